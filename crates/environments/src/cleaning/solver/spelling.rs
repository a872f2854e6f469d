//! Spellings: cells that are no value of their column, but become one when read as the source wrote them.

use std::collections::BTreeMap;

use envy_tabular::repair::{DATE_FORMATS, NumberFormat, canonical_key};
use envy_tabular::{Field, Fix, Kind, Parsed, Repair, Role, text};

use super::Case;

/// So many cells must become readable...
const COUNT_MIN: usize = 3;
/// ...and this share of the unreadable ones.
const SHARE_MIN: f64 = 0.5;
/// The fewest letters of a beginning that may stand for a level.
const BEGINNING_MIN: usize = 3;
/// How often text may have been read in the wrong encoding.
const MOJIBAKE_ROUNDS_MAX: u8 = 2;

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
    );
}

/// Reads moments in the format of each source.
pub(super) fn times(case: &mut Case) {
    each(
        case,
        |field| field.kind == Kind::Time && field.role == Role::Time,
        |_| DATE_FORMATS.iter().map(|format| Fix::Dates { format: *format }).collect(),
    );
}

/// Reads numbers with other decimal signs.
pub(super) fn numbers(case: &mut Case) {
    each(
        case,
        |field| field.kind.is_numeric() && field.role.is_domain(),
        |_| NUMBER_FORMATS.iter().map(|format| Fix::Number { format: *format }).collect(),
    );
}

/// Tries the fixes of each source and column that has unreadable cells, and takes the one that reads the most.
fn each(case: &mut Case, wanted: impl Fn(&Field) -> bool, fixes: impl Fn(&Field) -> Vec<Fix>) {
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
                    fix.cell(cell).is_some_and(|text| matches!(text::parse(field, &text), Parsed::Value(_)))
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
