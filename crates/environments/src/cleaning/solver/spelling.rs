//! Spellings: cells that are no value of their column, but become one when read as the source wrote them.

use std::collections::BTreeMap;

use envy_tabular::repair::{DATE_FORMATS, NumberFormat, OFFICE_FORMATS, canonical_key};
use envy_tabular::time::{DAY_S, parse_iso};
use envy_tabular::{Field, Fix, Kind, Parsed, Repair, Role, Value, text};

use super::Case;

/// So many cells must become readable...
const COUNT_MIN: usize = 3;
/// ...and this share of the unreadable ones.
const SHARE_MIN: f64 = 0.5;
/// The fewest letters of a beginning that may stand for a level.
const BEGINNING_MIN: usize = 3;
/// How often text may have been read in the wrong encoding.
const MOJIBAKE_ROUNDS_MAX: u8 = 2;

/// How far from the others' moments a source's may lie.
const WINDOW_SLACK_S: i64 = 60 * DAY_S;

const NUMBER_FORMATS: [NumberFormat; 3] =
    [NumberFormat::DotComma, NumberFormat::BlankComma, NumberFormat::ApostrophePoint];

/// Brings spellings of categories back to their levels.
pub(super) fn categories(case: &mut Case) {
    each(
        case,
        |field| field.kind == Kind::Category && field.role.is_domain(),
        |field| {
            let mut fixes: Vec<Fix> =
                (1..=MOJIBAKE_ROUNDS_MAX).map(|rounds| Fix::Mojibake { rounds }).collect();
            fixes.push(Fix::Canonical { levels: field.levels.clone(), aliases: beginnings(&field.levels) });
            fixes.push(Fix::Nearest { levels: field.levels.clone() });
            fixes
        },
        |_| true,
    );
}

/// Reads moments in the format of each source: only as moments of the time in which the others lie, since two systems
/// of spreadsheets read each other's days as days of other years.
pub(super) fn times(case: &mut Case) {
    let mut moments: Vec<i64> = Vec::new();
    for (index, _) in case.sight.fields.iter().enumerate().filter(|(_, field)| is_moment(field)) {
        moments.extend((0..case.table.rows()).filter_map(|line| parse_iso(case.cell(line, index))));
    }
    let (first, last) = (moments.iter().min().copied(), moments.iter().max().copied());
    each(
        case,
        is_moment,
        |_| DATE_FORMATS.iter().chain(&OFFICE_FORMATS).map(|format| Fix::Dates { format: *format }).collect(),
        |value| match (value, first, last) {
            (Value::Time(moment), Some(first), Some(last)) => {
                (first - WINDOW_SLACK_S..=last + WINDOW_SLACK_S).contains(&moment)
            }
            _ => true,
        },
    );
}

fn is_moment(field: &Field) -> bool {
    field.kind == Kind::Time && field.role == Role::Time
}

/// Reads numbers with other decimal signs, or with words beside them.
pub(super) fn numbers(case: &mut Case) {
    each(
        case,
        |field| field.kind.is_numeric() && field.role.is_domain(),
        |field| {
            let mut fixes: Vec<Fix> =
                NUMBER_FORMATS.iter().map(|format| Fix::Number { format: *format }).collect();
            let beside = [field.unit.clone(), format!("{}:", field.name)];
            fixes.extend(
                beside
                    .into_iter()
                    .filter(|affix| !affix.is_empty())
                    .map(|affix| Fix::Affix { affixes: vec![affix] }),
            );
            fixes
        },
        |_| true,
    );
}

/// Tries the fixes of each source and column that has unreadable cells, and takes the one that reads the most.
fn each(
    case: &mut Case,
    wanted: impl Fn(&Field) -> bool,
    fixes: impl Fn(&Field) -> Vec<Fix>,
    likely: impl Fn(Value<'_>) -> bool,
) {
    let sight = case.sight;
    for (index, field) in sight.fields.iter().enumerate().filter(|(_, field)| wanted(field)) {
        let fixes = fixes(field);
        let mut found = Vec::new();
        for source in &case.sources {
            let cells = source.lines.iter().map(|line| case.cell(*line, index));
            let unreadable: Vec<&str> =
                cells.filter(|cell| text::parse(field, cell) == Parsed::Unreadable).collect();
            let read = |fix: &Fix| {
                let is_read = |cell: &&&str| {
                    fix.cell(cell).is_some_and(
                        |text| matches!(text::parse(field, &text), Parsed::Value(value) if likely(value)),
                    )
                };
                unreadable.iter().filter(is_read).count()
            };
            // Of equally good fixes the first: the plainer one.
            let best = fixes.iter().map(|fix| (read(fix), fix)).rev().max_by_key(|(count, _)| *count);
            if let Some((count, fix)) = best
                && count >= COUNT_MIN
                && count as f64 >= SHARE_MIN * unreadable.len() as f64
            {
                found.push(Repair::new(&source.name, &[&field.name], fix.clone()));
            }
        }
        for repair in found {
            case.accept(repair);
        }
    }
}

/// Every beginning that only one level has, and that level.
fn beginnings(levels: &[String]) -> BTreeMap<String, String> {
    let keys: Vec<String> = levels.iter().map(|level| canonical_key(level)).collect();
    let mut aliases = BTreeMap::new();
    for (level, key) in levels.iter().zip(&keys) {
        let letters: Vec<char> = key.chars().collect();
        for count in BEGINNING_MIN..letters.len() {
            let beginning: String = letters[..count].iter().collect();
            if keys.iter().filter(|other| other.starts_with(&beginning)).count() == 1 {
                aliases.insert(beginning, level.clone());
            }
        }
    }
    aliases
}
