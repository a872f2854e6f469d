//! Units, signs and offsets: columns that a source writes as `value * factor + offset`.
//!
//! A source's quantiles are compared with those of the other sources, weighted to the source's own mix of labels, as
//! they stand and as they would be in each unit that the schema lists. Columns of one formula are judged together:
//! in the right units the formula holds.

use envy_tabular::field::round_to;
use envy_tabular::{Field, Fix, Kind, Repair, Unit};

use super::Case;
use super::quantiles::{Quantiles, distance, own_quantiles, peer_quantiles};

/// How much a change of unit must improve, in interquartile ranges of the mean quantile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bar {
    /// Beyond doubt.
    High,
    /// Likely.
    Low,
}

impl Bar {
    fn gain(self) -> f64 {
        match self {
            Self::High => 0.6,
            Self::Low => 0.25,
        }
    }
}

/// What the notes speak of needs this share of the gain.
const NOTED_SHARE: f64 = 0.4;
/// What remains of a column's distance must be at most this share of it...
const REST_MAX: f64 = 0.6;
/// ...unless the formula holds with it and does not without.
const FORMULA_WEIGHT: f64 = 1.5;
/// A unit that changes needs a reason.
const CHANGE_COST: f64 = 0.08;
/// An offset that nobody has noted needs a better one.
const OFFSET_COST: f64 = 0.4;
/// A formula holds within this relative error: what it reads may be rounded.
const FORMULA_TOLERANCE: f64 = 0.01;
/// Rows on which a formula is tried.
const FORMULA_ROWS: usize = 60;
/// Factors between units in wide use, where the schema lists none.
const COMMON_FACTORS: [f64; 6] = [2.2046, 2.54, 1.609, 0.3048, 10.0, 1000.0];

/// A column of a group at one source: its ways to be read, as it stands first, with each one's distance.
struct Readings {
    field: usize,
    ways: Vec<(Option<Unit>, f64)>,
}

/// Takes back the most telling change of unit, and again until none tells enough.
pub(super) fn affine(case: &mut Case, bar: Bar) {
    let groups = groups(case);
    for _ in 0..case.sources.len() * groups.len() {
        let numbers: Vec<Vec<f64>> = (0..case.sight.fields.len()).map(|field| case.numbers(field)).collect();
        let pairs =
            (0..case.sources.len()).flat_map(|source| groups.iter().map(move |group| (source, group)));
        let found = pairs.filter_map(|(source, group)| judge(case, &numbers, source, group, bar));
        let mut best: Option<(f64, Vec<Repair>)> = None;
        for candidate in found {
            if best.as_ref().is_none_or(|best| candidate.0 > best.0) {
                best = Some(candidate);
            }
        }
        let Some((_, repairs)) = best else { return };
        for repair in repairs {
            case.accept(repair);
        }
    }
}

/// The columns that are judged together: each formula with what it reads, and every other column alone.
fn groups(case: &Case) -> Vec<Vec<usize>> {
    let fields = &case.sight.fields;
    let is_number = |field: &Field| field.kind.is_numeric() && field.role.is_domain();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let Some(formula) = &field.formula else { continue };
        let reads = formula.columns();
        let mut group: Vec<usize> =
            (0..fields.len()).filter(|other| reads.contains(&fields[*other].name.as_str())).collect();
        group.push(index);
        groups.push(group);
    }
    for (index, field) in fields.iter().enumerate() {
        if is_number(field) && !groups.iter().any(|group| group.contains(&index)) {
            groups.push(vec![index]);
        }
    }
    groups
}

/// The best reading of a group at a source, if it clears the bar: by how much, and the steps.
fn judge(
    case: &Case,
    numbers: &[Vec<f64>],
    source: usize,
    group: &[usize],
    bar: Bar,
) -> Option<(f64, Vec<Repair>)> {
    let readings: Vec<Readings> =
        group.iter().filter_map(|field| readings(case, &numbers[*field], source, *field)).collect();
    if readings.len() < group.len() {
        return None;
    }
    let cost = |choice: &[usize]| {
        let parts = choice.iter().zip(&readings).map(|(way, column)| column.ways[*way].1);
        parts.sum::<f64>() + FORMULA_WEIGHT * broken(case, numbers, source, &readings, choice)
    };
    let present = vec![0; readings.len()];
    let before = cost(&present);
    let mut best = (before, present);
    for choice in choices(&readings) {
        let now = cost(&choice);
        if now < best.0 {
            best = (now, choice);
        }
    }
    let (after, choice) = best;
    let noted =
        |field: usize| case.sight.is_noted(&case.sources[source].name, &case.sight.fields[field].name);
    let changed: Vec<usize> = (0..choice.len()).filter(|column| choice[*column] > 0).collect();
    let told = !changed.is_empty() && changed.iter().all(|column| noted(readings[*column].field));
    let needed = if told { NOTED_SHARE * bar.gain() } else { bar.gain() };
    let gain = before - after - needed;
    if changed.is_empty() || gain < 0.0 || after > REST_MAX * before {
        return None;
    }
    let repairs = changed.iter().map(|column| {
        let field = &case.sight.fields[readings[*column].field];
        let unit = readings[*column].ways[choice[*column]].0.as_ref();
        repair(&case.sources[source].name, field, unit.expect("a changed column has a unit"))
    });
    Some((gain, repairs.collect()))
}

fn repair(source: &str, field: &Field, unit: &Unit) -> Repair {
    let decimals = if field.kind == Kind::Integer { Some(0) } else { field.decimals };
    let fix = Fix::Affine { factor: unit.factor, offset: unit.offset, decimals };
    Repair::new(source, &[&field.name], fix)
}

/// Every combination of ways but the first.
fn choices(readings: &[Readings]) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for column in readings {
        all = all
            .into_iter()
            .flat_map(|choice: Vec<usize>| {
                (0..column.ways.len()).map(move |way| choice.iter().copied().chain([way]).collect())
            })
            .collect();
    }
    all.into_iter().skip(1).collect()
}

/// The share of the source's rows in which the group's formula does not hold.
fn broken(case: &Case, numbers: &[Vec<f64>], source: usize, readings: &[Readings], choice: &[usize]) -> f64 {
    let fields = &case.sight.fields;
    let Some((derived, formula)) = readings
        .iter()
        .find_map(|column| fields[column.field].formula.as_ref().map(|formula| (column.field, formula)))
    else {
        return 0.0;
    };
    let value = |field: usize, line: usize| {
        let number = numbers[field][line];
        let column = readings.iter().position(|column| column.field == field);
        column.map_or(number, |at| {
            readings[at].ways[choice[at]].0.as_ref().map_or(number, |unit| unit.read(number))
        })
    };
    let (mut seen, mut wrong) = (0_u32, 0_u32);
    for line in case.sources[source].lines.iter().take(FORMULA_ROWS) {
        let read = |name: &str| {
            let field = fields.iter().position(|field| field.name == name);
            field.map_or(f64::NAN, |field| value(field, *line))
        };
        let (found, wanted) = (value(derived, *line), formula.value(read));
        if found.is_finite() && wanted.is_finite() {
            seen += 1;
            wrong += u32::from((found - wanted).abs() > FORMULA_TOLERANCE * found.abs().max(wanted.abs()));
        }
    }
    if seen == 0 { 0.0 } else { f64::from(wrong) / f64::from(seen) }
}

/// The ways to read a column of a source; nothing if there is too little to compare.
fn readings(case: &Case, numbers: &[f64], source: usize, field: usize) -> Option<Readings> {
    let own = own_quantiles(case, numbers, source)?;
    let peers = peer_quantiles(case, numbers, source)?;
    let mut ways = vec![(None, distance(&own, &peers)?)];
    for unit in units(case, field) {
        let cost = CHANGE_COST + distance(&own.map(|x| unit.read(x)), &peers)?;
        ways.push((Some(unit), cost));
    }
    let (offset, cost) =
        match case.sight.noted_offset(&case.sources[source].name, &case.sight.fields[field].name) {
            Some(offset) => (offset, CHANGE_COST),
            // Any shift can be explained by an offset that is free: it needs more of a reason.
            None => (likely_offset(&case.sight.fields[field], &own, &peers), OFFSET_COST),
        };
    let unit = Unit { name: String::new(), factor: 1.0, offset };
    let cost = cost + distance(&own.map(|x| unit.read(x)), &peers)?;
    ways.push((Some(unit), cost));
    Some(Readings { field, ways })
}

/// The mean difference of the quantiles, to the digits that the column records.
fn likely_offset(field: &Field, own: &Quantiles, peers: &Quantiles) -> f64 {
    let mean = own.iter().zip(peers).map(|(own, peers)| own - peers).sum::<f64>() / own.len() as f64;
    let decimals = if field.kind == Kind::Integer { Some(0) } else { field.decimals };
    decimals.map_or(mean, |decimals| round_to(mean, decimals))
}

/// The units that a column may be written in.
fn units(case: &Case, field: usize) -> Vec<Unit> {
    let fields = &case.sight.fields;
    let unit = |factor: f64| Unit { name: String::new(), factor, offset: 0.0 };
    let mut units = if fields.iter().any(|field| !field.units.is_empty()) {
        fields[field].units.clone()
    } else {
        COMMON_FACTORS.iter().flat_map(|factor| [unit(*factor), unit(1.0 / factor)]).collect()
    };
    units.push(unit(-1.0));
    units
}
