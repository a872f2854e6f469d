//! Cells that disagree with other cells of their row, where it can be told which of them is wrong.

use std::collections::{BTreeMap, BTreeSet};

use envy_tabular::repair::comparable;
use envy_tabular::text::parse_number;
use envy_tabular::{Field, Fix, Formula, Kind, Repair, RepairPlan};

use super::Case;

/// So many rows must disagree...
const COUNT_MIN: usize = 5;
/// ...and this share of the source's rows...
const SHARE_MIN: f64 = 0.1;
/// ...which is so many times their share elsewhere.
const RATIO_MIN: f64 = 3.0;
/// Of the rows that disagree, this share must tell that a column is the wrong one.
const TELLING_MIN: f64 = 0.6;

/// Brings back categories that another one rules out.
pub(super) fn lookups(case: &mut Case) {
    let fields = &case.sight.fields;
    let mut found = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let Some(determined) = &field.determined else { continue };
        let Some(by) = fields.iter().position(|other| other.name == determined.by) else { continue };
        let broken = |line: usize| {
            let (Some(by), Some(own)) =
                (fields[by].code(case.cell(line, by)), field.code(case.cell(line, index)))
            else {
                return false;
            };
            determined.codes.get(by as usize) != Some(&own)
        };
        let map: BTreeMap<String, String> = fields[by]
            .levels
            .iter()
            .zip(&determined.codes)
            .filter_map(|(level, code)| Some((level.clone(), field.levels.get(*code as usize)?.clone())))
            .collect();
        for source in breaking(case, broken) {
            let fix = Fix::Lookup { by: fields[by].name.clone(), map: map.clone() };
            found.push(Repair::new(&case.sources[source].name, &[&field.name], fix));
        }
    }
    for repair in found {
        case.accept(repair);
    }
}

/// Brings back numbers with which a formula fails: slips of the finger, and values that stand in each other's rows.
pub(super) fn solved(case: &mut Case) {
    let fields = &case.sight.fields;
    let formulas =
        fields.iter().enumerate().filter_map(|(index, field)| Some((index, field.formula.as_ref()?)));
    let mut found = Vec::new();
    for (derived, formula) in formulas {
        let fails = |line: usize| {
            let read = |name: &str| {
                let field = fields.iter().position(|field| field.name == name);
                field.and_then(|field| parse_number(case.cell(line, field))).unwrap_or(f64::NAN)
            };
            let (now, wanted) = (read(&fields[derived].name), formula.value(read));
            now.is_finite() && wanted.is_finite() && (now - wanted).abs() > 1e-6 * now.abs().max(wanted.abs())
        };
        for source in breaking(case, fails) {
            found.extend(culprit(case, source, derived, formula));
        }
    }
    for repair in found {
        case.accept(repair);
    }
}

/// The sources in which far more rows are broken than elsewhere.
fn breaking(case: &Case, broken: impl Fn(usize) -> bool) -> Vec<usize> {
    let counts: Vec<usize> =
        case.sources.iter().map(|source| source.lines.iter().filter(|line| broken(**line)).count()).collect();
    let (all, rows): (usize, usize) = (counts.iter().sum(), case.table.rows());
    (0..counts.len())
        .filter(|source| {
            let lines = case.sources[*source].lines.len();
            let own = counts[*source] as f64 / lines.max(1) as f64;
            let elsewhere = (all - counts[*source]) as f64 / (rows - lines).max(1) as f64;
            counts[*source] >= COUNT_MIN && own >= SHARE_MIN && own >= RATIO_MIN * elsewhere
        })
        .collect()
}

/// The column that is wrong where a formula fails, if one can be told: what stands there is a slip away from what should,
/// or the values that should stand there are those of other rows.
fn culprit(case: &Case, source: usize, derived: usize, formula: &Formula) -> Option<Repair> {
    let fields = &case.sight.fields;
    let name = &case.sources[source].name;
    let mut reads = formula.columns();
    reads.push(&fields[derived].name);
    let mut best: Option<(f64, Repair)> = None;
    for field in fields.iter().filter(|field| reads.contains(&field.name.as_str())) {
        let repair = solving(name, field, &fields[derived].name, formula);
        let telling = telling(case, source, field, &repair).unwrap_or(0.0);
        if best.as_ref().is_none_or(|(most, _)| telling > *most) {
            best = Some((telling, repair));
        }
    }
    best.filter(|(telling, _)| *telling >= TELLING_MIN).map(|(_, repair)| repair)
}

fn solving(source: &str, field: &Field, derived: &str, formula: &Formula) -> Repair {
    let decimals = if field.kind == Kind::Integer { Some(0) } else { field.decimals };
    let fix = Fix::Solve { derived: derived.to_owned(), formula: formula.clone(), decimals };
    Repair::new(source, &[&field.name], fix)
}

/// The share of the changed cells that are a slip away from what they become, or that become what another one was.
fn telling(case: &Case, source: usize, field: &Field, repair: &Repair) -> Option<f64> {
    let column = case.table.position(&field.name)?;
    let plan = RepairPlan::new(case.sight.source_name(), vec![repair.clone()]);
    let repaired = plan.apply(&case.table).ok()?;
    let lines = &case.sources[source].lines;
    let changed: Vec<(String, String)> = lines
        .iter()
        .map(|line| (comparable(case.table.cell(*line, column)), comparable(repaired.cell(*line, column))))
        .filter(|(before, after)| before != after)
        .collect();
    if changed.is_empty() {
        return None;
    }
    let legal = |text: &String| parse_number(text).is_some_and(|value| field.admits(value));
    let slips = changed.iter().filter(|(before, after)| legal(after) && is_slip(before, after)).count();
    let values: BTreeSet<&String> = changed.iter().map(|(before, _)| before).collect();
    let moved = changed.iter().filter(|(_, after)| values.contains(after)).count();
    Some(slips.max(moved) as f64 / changed.len() as f64)
}

/// One letter is replaced, left out or put in, or two neighbours are exchanged.
fn is_slip(left: &str, right: &str) -> bool {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let same = left.iter().zip(&right).take_while(|(a, b)| a == b).count();
    let (left, right) = (&left[same..], &right[same..]);
    match (left, right) {
        ([a, b, rest @ ..], [c, d, others @ ..]) if a == d && b == c && rest == others => true,
        ([_, rest @ ..], [_, others @ ..]) if rest == others => true,
        ([_, rest @ ..], others) if rest == others => true,
        (rest, [_, others @ ..]) => rest == others,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_one_key() {
        for (left, right) in [("71.2", "17.2"), ("71.2", "7.2"), ("71.2", "711.2"), ("71.2", "71.5")] {
            assert!(is_slip(left, right) && is_slip(right, left), "{left} {right}");
        }
        assert!(!is_slip("71.2", "12.7") && !is_slip("71.2", "7"));
    }
}
