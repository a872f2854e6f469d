//! The type of one column of text, and its values.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::field::{Field, Kind, Role};
use crate::table::Column;
use crate::text::{is_missing, parse_number};
use crate::time::parse_iso;

/// A column with more different texts than this is free text.
const LEVELS_MAX: usize = 1_000;
/// A column of numbers may hold this many different words that stand for "nothing" ...
const MARKERS_MAX: usize = 2;
/// ... if at least this share of its cells are numbers.
const NUMBERS_SHARE_MIN: f64 = 0.9;

/// How the numbers of a column are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// `1234.5`
    Point,
    /// `1,234.5`
    Thousands,
    /// `1234,5`
    Comma,
}

/// The styles that are tried: where commas part the fields they are no decimal signs, and where semicolons do they
/// most likely are.
fn styles(delimiter: u8) -> &'static [Style] {
    match delimiter {
        b',' => &[Style::Point, Style::Thousands],
        b';' => &[Style::Point, Style::Comma, Style::Thousands],
        _ => &[Style::Point, Style::Thousands, Style::Comma],
    }
}

/// A typed column and what was noticed about it.
pub(super) struct Typed {
    pub(super) field: Field,
    pub(super) column: Column,
    pub(super) note: String,
}

/// Types a column: time, whole number, number, category or text, whichever first takes every cell.
pub(super) fn typed(name: &str, cells: &[&str], delimiter: u8) -> Typed {
    let present: Vec<&str> = cells.iter().map(|cell| cell.trim()).filter(|cell| !is_missing(cell)).collect();
    let missing = cells.len() - present.len();
    if !present.is_empty() {
        if present.iter().all(|cell| parse_iso(cell).is_some()) {
            return times(name, cells, missing);
        }
        if let Some((style, markers)) = number_style(&present, styles(delimiter)) {
            return numbers(name, cells, style, &markers, &present);
        }
    }
    words(name, cells, missing)
}

/// A column of categories, whatever its cells look like; levels that are numbers are in the order of numbers.
pub(super) fn categories(name: &str, cells: &[&str]) -> (Field, Column) {
    let mut codes: BTreeMap<&str, u32> =
        cells.iter().map(|cell| cell.trim()).filter(|cell| !is_missing(cell)).map(|cell| (cell, 0)).collect();
    let mut levels: Vec<&str> = codes.keys().copied().collect();
    if let Some(mut ordered) =
        levels.iter().map(|level| Some((parse_number(level)?, *level))).collect::<Option<Vec<_>>>()
    {
        ordered.sort_by(|left, right| left.0.total_cmp(&right.0));
        levels = ordered.into_iter().map(|(_, level)| level).collect();
    }
    for (code, level) in levels.iter().enumerate() {
        codes.insert(level, code as u32);
    }
    let column = Column::Category(cells.iter().map(|cell| codes.get(cell.trim()).copied()).collect());
    let levels = levels.into_iter().map(str::to_owned).collect();
    (Field { levels, ..Field::new(name, Kind::Category, Role::Feature) }, column)
}

fn times(name: &str, cells: &[&str], missing: usize) -> Typed {
    let column = Column::Time(cells.iter().map(|cell| parse_iso(cell)).collect());
    let note = noted(name, "time", missing);
    Typed { field: Field::new(name, Kind::Time, Role::Time), column, note }
}

fn words(name: &str, cells: &[&str], missing: usize) -> Typed {
    let (field, column) = categories(name, cells);
    let levels = field.levels.len();
    if levels <= LEVELS_MAX && 2 * levels <= (cells.len() - missing).max(4) {
        let note = noted(name, &format!("category of {levels} levels"), missing);
        return Typed { field, column, note };
    }
    let text = |cell: &&str| (!is_missing(cell)).then(|| cell.trim().to_owned());
    let column = Column::Text(cells.iter().map(text).collect());
    Typed { field: Field::new(name, Kind::Text, Role::Feature), column, note: noted(name, "text", missing) }
}

fn numbers(name: &str, cells: &[&str], style: Style, markers: &[&str], present: &[&str]) -> Typed {
    let read = |cell: &&str| number(cell.trim(), style);
    let values: Vec<Option<f64>> = cells.iter().map(read).collect();
    let found = || values.iter().flatten();
    let missing = values.len() - found().count();
    let range =
        (found().copied().fold(f64::INFINITY, f64::min), found().copied().fold(f64::NEG_INFINITY, f64::max));
    let whole = present.iter().filter(|cell| !markers.contains(cell)).all(|cell| is_whole(cell, style));
    let (kind, column) = if whole {
        // Every whole number passed `is_whole`, so it is exact as a float.
        (Kind::Integer, Column::Integer(values.iter().map(|value| value.map(|value| value as i64)).collect()))
    } else {
        (Kind::Number, Column::Number(values.iter().map(|value| value.unwrap_or(f64::NAN)).collect()))
    };
    let mut what = format!("{} from {} to {}", kind.word(), range.0, range.1);
    if style != Style::Point {
        what.push_str(if style == Style::Comma { ", decimal comma" } else { ", thousands separated" });
    }
    if !markers.is_empty() {
        let _ = write!(what, ", with `{}` for missing", markers.join("` and `"));
    }
    let field = Field { range: Some(range), ..Field::new(name, kind, Role::Feature) };
    Typed { field, column, note: noted(name, &what, missing) }
}

fn noted(name: &str, what: &str, missing: usize) -> String {
    if missing == 0 { format!("{name}: {what}") } else { format!("{name}: {what}, {missing} missing") }
}

/// The style in which (nearly) every cell is a number, and the words that are none.
fn number_style<'a>(present: &[&'a str], styles: &[Style]) -> Option<(Style, Vec<&'a str>)> {
    let style = styles.iter().copied().find(|style| {
        let numbers = present.iter().filter(|cell| number(cell, *style).is_some()).count();
        numbers as f64 >= NUMBERS_SHARE_MIN * present.len() as f64
    })?;
    let mut markers: Vec<&str> = Vec::new();
    for cell in present {
        if number(cell, style).is_none() && !markers.contains(cell) {
            markers.push(cell);
            if markers.len() > MARKERS_MAX {
                return None;
            }
        }
    }
    Some((style, markers))
}

/// The number that a cell says, if it is one in this style. A leading zero makes it a code, not a number.
fn number(cell: &str, style: Style) -> Option<f64> {
    let digits = cell.trim_start_matches(['-', '+']);
    let is_code = digits.len() > 1 && digits.starts_with('0') && digits.as_bytes()[1].is_ascii_digit();
    if is_code {
        return None;
    }
    match style {
        Style::Point => parse_number(cell),
        Style::Comma if cell.contains('.') || cell.matches(',').count() > 1 => None,
        Style::Comma => parse_number(&cell.replace(',', ".")),
        Style::Thousands => {
            let whole = digits.split_once('.').map_or(digits, |(whole, _)| whole);
            let mut groups = whole.split(',');
            let first =
                groups.next().is_some_and(|group| (1..=3).contains(&group.len()) || !whole.contains(','));
            (first && groups.all(|group| group.len() == 3)).then(|| parse_number(&cell.replace(',', "")))?
        }
    }
}

/// True for digits alone (a sign and thousands separators aside) that a float holds exactly.
fn is_whole(cell: &str, style: Style) -> bool {
    let digits = cell.trim_start_matches(['-', '+']);
    let allowed = |byte: u8| byte.is_ascii_digit() || (byte == b',' && style == Style::Thousands);
    digits.len() <= 15 && digits.bytes().all(allowed)
}
