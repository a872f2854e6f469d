//! Numbers that are no readings: constants that stand for nothing, slipped points, values outside the legal range.

use std::collections::BTreeMap;

use envy_tabular::repair::comparable;
use envy_tabular::{Field, Fix, Repair, text};

use super::Case;

/// So many cells must show a pattern.
const COUNT_MIN: usize = 3;
/// A constant is a spike if it fills this share of a source's cells.
const SPIKE_SHARE_MIN: f64 = 0.04;
/// This share of a source's cells outside the range must be the constant.
const CONSTANT_SHARE_MIN: f64 = 0.8;

/// The legal ranges of numeric domain columns, by field.
fn ranges<'a>(case: &Case<'a>) -> Vec<(usize, &'a Field, (f64, f64))> {
    let fields = case.sight.fields.iter().enumerate();
    fields
        .filter(|(_, field)| field.kind.is_numeric() && field.role.is_domain())
        .filter_map(|(index, field)| Some((index, field, field.range.or_else(|| usual(case, index))?)))
        .collect()
}

/// Where no range is published: three times the middle half of the values on either side.
fn usual(case: &Case, field: usize) -> Option<(f64, f64)> {
    let mut values = case.numbers(field);
    values.retain(|value| value.is_finite());
    values.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| values.get((share * values.len() as f64) as usize).copied();
    let (low, high) = (at(0.25)?, at(0.75)?);
    let reach = 3.0 * (high - low);
    (reach > 0.0).then_some((low - reach, high + reach))
}

/// Empties constants that a source writes where it has no reading, and computes derived ones again.
pub(super) fn sentinels(case: &mut Case) {
    let mut found = Vec::new();
    for (index, field, (low, high)) in ranges(case) {
        for source in &case.sources {
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            for line in &source.lines {
                let cell = case.cell(*line, index);
                if text::parse_number(cell).is_some_and(|value| value < low || value > high) {
                    *counts.entry(comparable(cell)).or_default() += 1;
                }
            }
            let outside: usize = counts.values().sum();
            let shares = [SPIKE_SHARE_MIN * source.lines.len() as f64, CONSTANT_SHARE_MIN * outside as f64];
            let least = shares.into_iter().fold(COUNT_MIN, |least, share| least.max(share as usize));
            let values: Vec<String> =
                counts.into_iter().filter(|(_, count)| *count >= least).map(|(value, _)| value).collect();
            if values.len() == 1 {
                found.push(Repair::new(&source.name, &[&field.name], Fix::Sentinel { values }));
            }
        }
    }
    for repair in found {
        case.accept(repair);
    }
}

/// Empties what is left outside the legal range: whatever it was, it is not that.
pub(super) fn out_of_range(case: &mut Case) {
    for (index, field, (low, high)) in ranges(case).into_iter().filter(|(_, field, _)| field.range.is_some())
    {
        if case.numbers(index).iter().any(|value| *value < low || *value > high) {
            let sources = Vec::new();
            let fix = Fix::OutOfRange { low, high };
            case.accept(Repair { sources, columns: vec![field.name.clone()], fix });
        }
    }
}

/// Computes empty derived cells from their formula.
pub(super) fn fill_derived(case: &mut Case) {
    for (index, field) in case.sight.fields.iter().enumerate() {
        let Some(formula) = &field.formula else { continue };
        if (0..case.table.rows()).any(|line| text::is_missing(case.cell(line, index))) {
            let fix = Fix::Fill { formula: formula.clone() };
            case.accept(Repair { sources: Vec::new(), columns: vec![field.name.clone()], fix });
        }
    }
}
