//! Habits with numbers: units, signs, offsets, slipped points, exchanged columns.
//!
//! For every source, each column's readings are weighed; columns of one formula are weighed together, since in the
//! right reading the formula holds. Two columns count as exchanged if that explains them better than any readings of
//! their own. The most telling habit of all is taken back first, and then again until none tells enough.

use std::collections::BTreeSet;

use envy_tabular::{Field, Fix, Repair};

use super::Case;
use super::quantiles::{distance, own_quantiles, peer_quantiles};
use super::readings::{Readings, Way};

/// How much a habit must explain, in interquartile ranges of the mean quantile.
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
            Self::High => 0.5,
            Self::Low => 0.2,
        }
    }
}

/// What the notes speak of needs this share of the gain.
const NOTED_SHARE: f64 = 0.4;
/// Cells that cannot be what they say need this much.
const SLIP_GAIN: f64 = 0.05;
/// What remains against a column must be at most this share of what was.
const REST_MAX: f64 = 0.6;
/// What speaks against readings in which a formula does not hold.
const FORMULA_WEIGHT: f64 = 1.5;
/// A formula holds within this relative error: what it reads may be rounded.
const FORMULA_TOLERANCE: f64 = 0.01;
/// Rows on which a formula is tried.
const FORMULA_ROWS: usize = 60;
/// A formula holds if it fails in no more rows than this share.
const BROKEN_MAX: f64 = 0.3;
/// An exchange of columns needs a reason...
const SWAP_COST: f64 = 0.1;
/// ...and must explain both better than any readings of their own, by this much...
const SWAP_MARGIN: f64 = 0.15;
/// ...or this much if the notes speak of both.
const SWAP_MARGIN_NOTED: f64 = -0.2;

/// A habit: what it explains beyond its bar, the columns and the steps that take it back.
struct Habit {
    gain: f64,
    fields: Vec<usize>,
    repairs: Vec<Repair>,
}

/// Takes back the most telling habit, and again until none tells enough.
pub(super) fn habits(case: &mut Case, bar: Bar) {
    let groups = groups(case);
    let mut done: BTreeSet<(usize, usize)> = BTreeSet::new();
    loop {
        let numbers: Vec<Vec<f64>> = (0..case.sight.fields.len()).map(|field| case.numbers(field)).collect();
        let mut best: Option<(usize, Habit)> = None;
        for source in 0..case.sources.len() {
            for habit in of_source(case, &numbers, source, &groups, bar) {
                let again = habit.fields.iter().any(|field| done.contains(&(source, *field)));
                if !again && best.as_ref().is_none_or(|(_, best)| habit.gain > best.gain) {
                    best = Some((source, habit));
                }
            }
        }
        let Some((source, habit)) = best else { return };
        done.extend(habit.fields.iter().map(|field| (source, *field)));
        for repair in habit.repairs {
            case.accept(repair);
        }
    }
}

fn of_source(
    case: &Case,
    numbers: &[Vec<f64>],
    source: usize,
    groups: &[Vec<usize>],
    bar: Bar,
) -> Vec<Habit> {
    let readings: Vec<Option<Readings>> =
        (0..numbers.len()).map(|field| Readings::new(case, &numbers[field], source, field, bar)).collect();
    let mut habits: Vec<Habit> = groups
        .iter()
        .filter_map(|group| {
            let group: Option<Vec<&Readings>> = group.iter().map(|field| readings[*field].as_ref()).collect();
            together(case, numbers, source, &group?, bar)
        })
        .collect();
    let numeric: Vec<&Readings> =
        groups.iter().flatten().filter_map(|field| readings[*field].as_ref()).collect();
    for (at, left) in numeric.iter().enumerate() {
        for right in &numeric[at + 1..] {
            habits.extend(exchanged(case, numbers, source, left, right, bar));
        }
    }
    habits
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

/// The best readings of a group at a source, if they tell enough.
fn together(
    case: &Case,
    numbers: &[Vec<f64>],
    source: usize,
    group: &[&Readings],
    bar: Bar,
) -> Option<Habit> {
    let all = choices(group);
    let formula = |choice: &[usize]| broken(case, numbers, source, group, choice);
    // A formula that holds in no reading says nothing: what it reads may stand in other rows.
    let says_something = all.iter().any(|choice| formula(choice) <= BROKEN_MAX);
    let cost = |choice: &[usize]| {
        let parts = choice.iter().zip(group).map(|(way, column)| column.ways[*way].1);
        parts.sum::<f64>() + if says_something { FORMULA_WEIGHT * formula(choice) } else { 0.0 }
    };
    let (before, mut best) = (cost(&all[0]), (cost(&all[0]), &all[0]));
    for choice in &all[1..] {
        let now = cost(choice);
        if now < best.0 {
            best = (now, choice);
        }
    }
    let (after, choice) = best;
    let changed: Vec<usize> = (0..choice.len()).filter(|column| choice[*column] > 0).collect();
    let name = &case.sources[source].name;
    let way = |column: usize| &group[column].ways[choice[column]].0;
    let noted =
        changed.iter().all(|column| case.sight.is_noted(name, &case.sight.fields[group[*column].field].name));
    let slips = changed.iter().all(|column| matches!(way(*column), Way::Slip(_) | Way::Lost));
    let needed = match (slips, noted) {
        (true, _) => SLIP_GAIN,
        (false, true) => NOTED_SHARE * bar.gain(),
        (false, false) => bar.gain(),
    };
    let gain = before - after - needed;
    if changed.is_empty() || gain < 0.0 || after > REST_MAX * before {
        return None;
    }
    let repair = |column: &usize| {
        let field = &case.sight.fields[group[*column].field];
        Some(Repair::new(name, &[&field.name], way(*column).fix(field)?))
    };
    Some(Habit {
        gain,
        fields: changed.iter().map(|column| group[*column].field).collect(),
        repairs: changed.iter().filter_map(repair).collect(),
    })
}

/// Two columns that stand in each other's place, if that explains them better than their own readings.
fn exchanged(
    case: &Case,
    numbers: &[Vec<f64>],
    source: usize,
    left: &Readings,
    right: &Readings,
    bar: Bar,
) -> Option<Habit> {
    let own = |column: &Readings| {
        let lines = case.sources[source].lines.iter();
        own_quantiles(&lines.map(|line| numbers[column.field][*line]).collect::<Vec<_>>())
    };
    let peers = |column: &Readings| peer_quantiles(case, &numbers[column.field], source);
    let now = left.ways[0].1 + right.ways[0].1;
    // Comparing is the costly part: most pairs have nothing to gain.
    if now < bar.gain() + SWAP_COST {
        return None;
    }
    let swapped = SWAP_COST + distance(&own(right)?, &peers(left)?)? + distance(&own(left)?, &peers(right)?)?;
    let (fields, name) = (&case.sight.fields, &case.sources[source].name);
    let names = [&fields[left.field].name, &fields[right.field].name];
    let noted = names.iter().all(|column| case.sight.is_noted(name, column));
    let margin = if noted { SWAP_MARGIN_NOTED } else { SWAP_MARGIN };
    // Two columns are at stake, and a wrong mix of labels moves both.
    let needed = 2.0 * if noted { NOTED_SHARE * bar.gain() } else { bar.gain() };
    let gain = now - swapped - needed;
    let tells = gain > 0.0 && swapped <= REST_MAX * now && swapped + margin <= left.least() + right.least();
    tells.then(|| Habit {
        gain,
        fields: vec![left.field, right.field],
        repairs: vec![Repair::new(name, &names.map(String::as_str), Fix::Swap)],
    })
}

/// Every combination of ways, the present one first.
fn choices(group: &[&Readings]) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for column in group {
        all = all
            .into_iter()
            .flat_map(|choice: Vec<usize>| {
                (0..column.ways.len()).map(move |way| choice.iter().copied().chain([way]).collect())
            })
            .collect();
    }
    all
}

/// The share of the source's rows in which the group's formula does not hold.
fn broken(case: &Case, numbers: &[Vec<f64>], source: usize, group: &[&Readings], choice: &[usize]) -> f64 {
    let fields = &case.sight.fields;
    let Some((derived, formula)) =
        group.iter().find_map(|column| Some((column.field, fields[column.field].formula.as_ref()?)))
    else {
        return 0.0;
    };
    let value = |field: usize, line: usize| {
        let number = numbers[field][line];
        let column = group.iter().position(|column| column.field == field);
        column.map_or(number, |at| group[at].ways[choice[at]].0.read(number))
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
