//! Numbers that are no readings: constants that stand for nothing, slipped points, values outside the legal range.

use std::collections::BTreeMap;

use envy_tabular::field::round_to;
use envy_tabular::repair::comparable;
use envy_tabular::{Field, Fix, Kind, Repair, text};

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

/// A source's greatest value is its full scale if it is this share of its values, and this share of others' is greater.
const FULL_SCALE_SHARE_MIN: f64 = 0.15;

/// Empties constants that a source writes where it has no reading, and computes derived ones again.
pub(super) fn sentinels(case: &mut Case) {
    let mut found = Vec::new();
    for (index, field) in case.sight.fields.iter().enumerate() {
        if !field.kind.is_numeric() || !field.role.is_domain() {
            continue;
        }
        for source in &case.sources {
            let is_infinite = |line: &&usize| INFINITIES.contains(&case.cell(**line, index));
            if source.lines.iter().filter(is_infinite).count() >= COUNT_MIN {
                let values = INFINITIES.map(str::to_owned).to_vec();
                found.push(Repair::new(&source.name, &[&field.name], Fix::Sentinel { values }));
            }
        }
    }
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

/// What programs write for a number beyond all numbers.
const INFINITIES: [&str; 2] = ["inf", "-inf"];

/// Puts the mean of what lies above in the place of a full scale: a value that a source has often and never exceeds.
pub(super) fn saturated(case: &mut Case) {
    let mut found = Vec::new();
    for (index, field) in case.sight.fields.iter().enumerate() {
        if !field.kind.is_numeric() || !field.role.is_domain() {
            continue;
        }
        let numbers = case.numbers(index);
        for source in &case.sources {
            found.extend(
                full_scale(case, &numbers, index, &source.lines)
                    .map(|map| Repair::new(&source.name, &[&field.name], Fix::Recode { map })),
            );
        }
    }
    for repair in found {
        case.accept(repair);
    }
}

/// The text of a source's full scale, and of the mean of what the other sources have above it.
fn full_scale(
    case: &Case,
    numbers: &[f64],
    index: usize,
    lines: &[usize],
) -> Option<BTreeMap<String, String>> {
    let own: Vec<f64> = lines.iter().map(|line| numbers[*line]).filter(|number| number.is_finite()).collect();
    let most = own.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let at_most = own.iter().filter(|number| **number == most).count();
    let is_own = |line: usize| lines.binary_search(&line).is_ok();
    let others: Vec<f64> = (0..numbers.len())
        .filter(|line| !is_own(*line) && numbers[*line].is_finite())
        .map(|line| numbers[line])
        .collect();
    let above: Vec<f64> = others.iter().copied().filter(|number| *number > most).collect();
    let tells = at_most >= COUNT_MIN
        && at_most as f64 >= FULL_SCALE_SHARE_MIN * own.len() as f64
        && above.len() as f64 >= FULL_SCALE_SHARE_MIN * others.len() as f64;
    if !tells {
        return None;
    }
    let line = lines.iter().find(|line| numbers[**line] == most)?;
    let field = &case.sight.fields[index];
    let decimals = if field.kind == Kind::Integer { Some(0) } else { field.decimals };
    let mean = above.iter().sum::<f64>() / above.len() as f64;
    let mean = decimals.map_or(mean, |decimals| round_to(mean, decimals));
    let text = if field.kind == Kind::Integer { format!("{mean:.0}") } else { text::write_number(mean) };
    Some(BTreeMap::from([(case.cell(*line, index).to_owned(), text)]))
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
