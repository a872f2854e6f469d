//! A user's own CSV as a typed table: delimiter and types are inferred, and what was understood is said.

mod bands;
mod column;
mod complete;
mod sniff;
#[cfg(test)]
mod tests;

pub use complete::complete;

use crate::error::TabularError;
use crate::field::{Field, Kind, Role};
use crate::population::{RECORDED_AT, ROW_ID, SOURCE};
use crate::raw::{Layout, RawLimits, RawTable, after_lines};
use crate::table::{Column, Table};

/// The most classes that a target may have.
pub const CLASSES_MAX: usize = 50;
/// The fewest different numbers of a target that stays a number.
pub const NUMBERS_MIN: usize = 10;
/// The fewest and the most levels of a user's own column that becomes the column of sources: one source with a fault
/// needs [`crate::recipe::GOOD_SOURCES_MIN`] others.
const SOURCE_LEVELS: std::ops::RangeInclusive<usize> = crate::recipe::GOOD_SOURCES_MIN + 1..=50;

/// How a user's CSV is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InferOptions {
    /// The target column: a header's name or a zero-based number (negative counts from the end).
    pub target: String,
    /// False if the first line read is already data; columns are then named `x0`, `x1`, ...
    pub header: bool,
    /// Lines passed over before the header or the data.
    pub skip_lines: usize,
    /// Into how many bands of equal size a target is cut that holds more than [`CLASSES_MAX`] different numbers.
    pub bands: usize,
    /// True if the target stays the number that it is.
    pub regression: bool,
}

/// A user's table, typed.
#[derive(Clone, Debug)]
pub struct Inferred {
    /// The columns in the file's order, the target last; every row has a target.
    pub table: Table,
    /// What was understood and what was left out, a line each, for people.
    pub notes: Vec<String>,
}

/// Reads and types a user's CSV.
///
/// The delimiter (comma, semicolon, tab, bar) is sniffed. Columns called `row_id`, `source` and `recorded_at` keep
/// these roles if their values fit them, and are renamed otherwise. Rows without a target are left out. A target of
/// many different numbers is cut into bands, unless it is to stay a number.
///
/// # Errors
/// Everything that [`RawTable::read_as`] says of the bytes; no such target, a target of one class or of more than
/// [`CLASSES_MAX`] words (of a number: one of words or of less than [`NUMBERS_MIN`] different numbers), no row with a
/// target, no other column.
pub fn infer(bytes: &[u8], options: &InferOptions) -> Result<Inferred, TabularError> {
    let delimiter = sniff::delimiter(after_lines(bytes, options.skip_lines));
    let layout = Layout { delimiter, header: options.header, skip_lines: options.skip_lines };
    let raw = RawTable::read_as(bytes, layout, RawLimits::OWN)?;
    let target = find_target(&raw, &options.target)?;
    let mut notes = vec![format!(
        "{} rows, {} columns, separated by {}",
        raw.rows(),
        raw.headers().len(),
        sign(delimiter)
    )];

    let (field, labels, understood) = if options.regression {
        numeric_target(&raw, target, delimiter)?
    } else {
        typed_target(&raw, target, options.bands, delimiter)?
    };
    let known = labels.numbers();
    let kept: Vec<usize> = (0..raw.rows()).filter(|row| !known[*row].is_nan()).collect();
    if kept.len() < raw.rows() {
        notes.push(format!("{} rows without a target were left out", raw.rows() - kept.len()));
    }
    let mut table = Table::default();
    for index in (0..raw.headers().len()).filter(|index| *index != target) {
        let cells: Vec<&str> = kept.iter().map(|row| raw.cell(*row, index)).collect();
        let column::Typed { field, column, note } = column::typed(&raw.headers()[index], &cells, delimiter);
        if is_empty(&column) {
            notes.push(format!("{}: empty, left out", field.name));
            continue;
        }
        notes.push(note);
        let field = with_role(field, &column, raw.headers(), &mut notes);
        table.push(field, column)?;
    }
    if !table.fields.iter().any(|field| field.role.is_domain()) {
        return Err(TabularError::NoFeatures { target: field.name });
    }
    let classes =
        || format!("{}: target of {} classes ({})", field.name, field.levels.len(), shown(&field.levels));
    notes.push(understood.unwrap_or_else(classes));
    let field = renamed(field, raw.headers(), &mut notes);
    table.push(field, labels.take(&kept))?;
    Ok(Inferred { table, notes })
}

/// The index of the column that `wanted` names: a header's text, else a number.
fn find_target(raw: &RawTable, wanted: &str) -> Result<usize, TabularError> {
    if let Some(index) = raw.position(wanted) {
        return Ok(index);
    }
    let Ok(number) = wanted.trim().parse::<i64>() else { return raw.require(wanted) };
    let columns = raw.headers().len();
    let index = if number < 0 { number + columns as i64 } else { number };
    if (0..columns as i64).contains(&index) {
        Ok(index as usize)
    } else {
        Err(TabularError::MissingNumber { number, columns })
    }
}

/// The target's field, its code or number on each row, and what was done to it if it was cut into bands or is a number.
type Target = (Field, Column, Option<String>);

/// A target that stays a number.
fn numeric_target(raw: &RawTable, target: usize, delimiter: u8) -> Result<Target, TabularError> {
    let cells: Vec<&str> = (0..raw.rows()).map(|row| raw.cell(row, target)).collect();
    let column::Typed { field, column, .. } = column::typed(&raw.headers()[target], &cells, delimiter);
    let name = field.name.clone();
    if !field.kind.is_numeric() {
        return Err(TabularError::NoNumber { name });
    }
    let mut different: Vec<f64> =
        column.numbers().iter().copied().filter(|number| number.is_finite()).collect();
    different.sort_unstable_by(f64::total_cmp);
    different.dedup();
    if different.len() < NUMBERS_MIN {
        return Err(TabularError::TooFewNumbers { name, numbers: different.len(), least: NUMBERS_MIN });
    }
    let note = format!("{name}: target of {} different numbers", different.len());
    let column = Column::Number(column.numbers().into_owned());
    // A range and other units are for columns that faults may hit.
    let field = Field { decimals: field.decimals, ..Field::new(&name, Kind::Number, Role::Target) };
    Ok((field, column, Some(note)))
}

fn typed_target(raw: &RawTable, target: usize, bands: usize, delimiter: u8) -> Result<Target, TabularError> {
    let cells: Vec<&str> = (0..raw.rows()).map(|row| raw.cell(row, target)).collect();
    let (mut field, column) = column::categories(&raw.headers()[target], &cells);
    field.role = Role::Target;
    let name = field.name.clone();
    match (field.levels.len(), column) {
        (classes @ 0..=1, _) => Err(TabularError::TooFewClasses { name, classes }),
        (classes, _) if classes > CLASSES_MAX => {
            let typed = column::typed(&name, &cells, delimiter);
            let cut = typed.field.kind.is_numeric().then(|| bands::cut(&typed.field, &typed.column, bands));
            cut.flatten().ok_or(TabularError::TooManyClasses { name, classes, limit: CLASSES_MAX })
        }
        (_, codes @ Column::Category(_)) => Ok((field, codes, None)),
        (_, _) => unreachable!("categories() makes a category column"),
    }
}

fn is_empty(column: &Column) -> bool {
    match column {
        Column::Number(values) => values.iter().all(|value| value.is_nan()),
        Column::Integer(values) | Column::Time(values) => values.iter().all(Option::is_none),
        Column::Category(values) => values.iter().all(Option::is_none),
        Column::Text(values) => values.iter().all(Option::is_none),
    }
}

/// Gives a column with one of the reserved names its role if its values fit, and another name if they do not.
fn with_role(mut field: Field, column: &Column, headers: &[String], notes: &mut Vec<String>) -> Field {
    let role = match field.name.as_str() {
        ROW_ID if is_id(column) => Role::Id,
        SOURCE if field.kind == Kind::Category && SOURCE_LEVELS.contains(&field.levels.len()) => Role::Source,
        RECORDED_AT if field.kind == Kind::Time => Role::Time,
        _ => return renamed(field, headers, notes),
    };
    if has_missing(column) && role != Role::Time {
        return renamed(field, headers, notes);
    }
    field.role = role;
    field
}

fn is_id(column: &Column) -> bool {
    match column {
        Column::Integer(values) => all_differ(values),
        Column::Text(values) => all_differ(values),
        _ => false,
    }
}

fn all_differ<T: Ord>(values: &[T]) -> bool {
    let mut sorted: Vec<&T> = values.iter().collect();
    sorted.sort_unstable();
    sorted.windows(2).all(|pair| pair[0] != pair[1])
}

fn has_missing(column: &Column) -> bool {
    match column {
        Column::Number(values) => values.iter().any(|value| value.is_nan()),
        Column::Integer(values) | Column::Time(values) => values.iter().any(Option::is_none),
        Column::Category(values) => values.iter().any(Option::is_none),
        Column::Text(values) => values.iter().any(Option::is_none),
    }
}

/// A field under a name that is neither reserved nor another header's.
fn renamed(mut field: Field, headers: &[String], notes: &mut Vec<String>) -> Field {
    if [ROW_ID, SOURCE, RECORDED_AT].contains(&field.name.as_str()) {
        let mut name = format!("{}_original", field.name);
        while headers.contains(&name) {
            name.push('_');
        }
        notes
            .push(format!("{}: renamed to {name}, since its values do not fit that name's role", field.name));
        field.name = name;
    }
    field
}

fn sign(delimiter: u8) -> &'static str {
    match delimiter {
        b'\t' => "tabs",
        b';' => "semicolons",
        b'|' => "bars",
        _ => "commas",
    }
}

/// The first few names of many.
fn shown(names: &[String]) -> String {
    const SHOWN: usize = 6;
    let mut text = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text.push_str(", ...");
    }
    text
}
