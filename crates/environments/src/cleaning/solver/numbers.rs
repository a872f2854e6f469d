//! Numbers that are no readings: constants that stand for nothing, slipped points, values outside the legal range.

use std::collections::BTreeMap;

use envy_tabular::repair::comparable;
use envy_tabular::{Field, Fix, Kind, Repair, text};

use super::Case;
use super::quantiles::{distance, own_quantiles, peer_quantiles};

/// So many cells must show a pattern.
const COUNT_MIN: usize = 3;
/// A constant is a spike if it fills this share of a source's cells.
const SPIKE_SHARE_MIN: f64 = 0.04;
/// This share of the cells outside the range must have one way back.
const SHIFT_SHARE_MIN: f64 = 0.9;

/// Once slips are taken back, a source's quantiles may be this far from the others', in interquartile ranges.
const REST_MAX: f64 = 0.4;

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
            let least = COUNT_MIN.max((SPIKE_SHARE_MIN * source.lines.len() as f64) as usize);
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

/// Moves slipped decimal points back, and flips flipped bits: whichever brings more of a source's cells inside.
pub(super) fn slips(case: &mut Case) {
    let mut found = Vec::new();
    for (index, field, (low, high)) in ranges(case).into_iter().filter(|(_, field, _)| field.range.is_some())
    {
        let decimals = if field.kind == Kind::Integer { Some(0) } else { field.decimals };
        let fixes = [Fix::DecimalShift { low, high, decimals }, Fix::BitFlip { low, high }];
        for source in 0..case.sources.len() {
            let cells = case.sources[source].lines.iter().map(|line| case.cell(*line, index));
            let is_outside =
                |cell: &&str| text::parse_number(cell).is_some_and(|value| value < low || value > high);
            let outside: Vec<&str> = cells.filter(is_outside).collect();
            let count = |fix: &Fix| outside.iter().filter(|cell| fix.cell(cell).is_some()).count();
            // Of equally good fixes the first: people slip more often than memory does.
            let best = fixes.iter().map(|fix| (count(fix), fix)).rev().max_by_key(|(count, _)| *count);
            if let Some((back, fix)) = best
                && back >= COUNT_MIN
                && back as f64 >= SHIFT_SHARE_MIN * outside.len() as f64
                && fits(case, source, index, fix)
            {
                found.push(Repair::new(&case.sources[source].name, &[&field.name], fix.clone()));
            }
        }
    }
    for repair in found {
        case.accept(repair);
    }
}

/// True if the source's column is like the other sources' once it is fixed: a change of unit leaves cells outside the
/// range too, but some of its cells lie inside and stay wrong.
fn fits(case: &Case, source: usize, field: usize, fix: &Fix) -> bool {
    let fixed = |line: usize| {
        let cell = case.cell(line, field);
        fix.cell(cell).as_deref().or(Some(cell)).and_then(text::parse_number).unwrap_or(f64::NAN)
    };
    let mut numbers = case.numbers(field);
    let peers = peer_quantiles(case, &numbers, source);
    for line in &case.sources[source].lines {
        numbers[*line] = fixed(*line);
    }
    let own = own_quantiles(case, &numbers, source);
    let far = own.zip(peers).and_then(|(own, peers)| distance(&own, &peers));
    far.is_none_or(|far| far <= REST_MAX)
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
