//! How well a source's labels fit to what the other sources teach: 15 nearest neighbours on robustly scaled columns,
//! each weighed by what it says of the label elsewhere (a column that says nothing would only blur the distances).

use std::collections::BTreeMap;

use crate::field::{Field, Kind, Role};
use crate::raw::RawTable;
use crate::text::parse_number;

/// Neighbours that vote.
const NEIGHBOURS: usize = 15;
/// The most rows of the source that are asked, and of the others that answer.
const ASKED_MAX: usize = 300;
const TEACHERS_MAX: usize = 1500;
/// Scaled values beyond this many interquartile ranges are pulled in: one column's outliers shall not decide.
const SCALED_MAX: f64 = 3.0;
/// Levels of a category that get a column.
const LEVELS_MAX: usize = 12;
/// Quantile bins of a column.
const PARTS: usize = 5;

/// For each of the sources' rows, whether its label is the one most frequent among its nearest rows elsewhere.
pub(super) fn fits(table: &RawTable, fields: &[Field], sources: &[String]) -> Option<Vec<bool>> {
    let position = |role: Role| {
        fields.iter().find(|field| field.role == role).and_then(|field| table.position(&field.name))
    };
    let (source, target) = (position(Role::Source)?, position(Role::Target)?);
    // Who has the same number as the row is nobody: neighbours vote for classes alone.
    if fields.iter().any(|field| field.role == Role::Target && field.kind == Kind::Number) {
        return None;
    }
    let (own, others): (Vec<usize>, Vec<usize>) = (0..table.rows())
        .filter(|row| !table.cell(*row, target).is_empty())
        .partition(|row| sources.iter().any(|name| name == table.cell(*row, source)));
    let (own, others) = (spread_out(&own, ASKED_MAX), spread_out(&others, TEACHERS_MAX));
    if own.is_empty() || others.len() < NEIGHBOURS {
        return None;
    }
    let label = |row: usize| table.cell(row, target);
    let labels: Vec<&str> = others.iter().map(|row| label(*row)).collect();
    let mut points = vec![Vec::new(); others.len() + own.len()];
    for mut values in scaled(table, fields, &others, &own) {
        let weight = relevance(&values[..others.len()], &labels).sqrt();
        for value in &mut values {
            *value *= weight;
        }
        points.iter_mut().zip(values).for_each(|(point, value)| point.push(value));
    }
    let (taught, asked) = points.split_at(others.len());
    let fits = |(row, point): (&usize, &Vec<f64>)| {
        let mut near: Vec<(f64, usize)> = taught
            .iter()
            .zip(&others)
            .map(|(other, row)| (point.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum(), *row))
            .collect();
        near.select_nth_unstable_by(NEIGHBOURS - 1, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, row) in &near[..NEIGHBOURS] {
            *votes.entry(label(*row)).or_default() += 1;
        }
        votes.into_iter().max_by_key(|(_, votes)| *votes).is_some_and(|(winner, _)| winner == label(*row))
    };
    Some(own.iter().zip(asked).map(fits).collect())
}

/// At most `most` of the rows, evenly spread over them.
fn spread_out(rows: &[usize], most: usize) -> Vec<usize> {
    let step = rows.len().div_ceil(most).max(1);
    rows.iter().copied().step_by(step).collect()
}

/// The domain columns over both groups of rows: numbers in interquartile ranges from the median of the first group
/// (a missing one lies at the median), and one column for each of a category's first levels.
fn scaled(table: &RawTable, fields: &[Field], first: &[usize], second: &[usize]) -> Vec<Vec<f64>> {
    let rows: Vec<usize> = first.iter().chain(second).copied().collect();
    let mut columns = Vec::new();
    for field in fields.iter().filter(|field| field.role.is_domain()) {
        let Some(column) = table.position(&field.name) else { continue };
        if field.kind == Kind::Category {
            let codes: Vec<Option<u32>> =
                rows.iter().map(|row| field.code(table.cell(*row, column))).collect();
            for level in 0..field.levels.len().min(LEVELS_MAX) as u32 {
                columns.push(codes.iter().map(|code| f64::from(u8::from(*code == Some(level)))).collect());
            }
        } else if field.kind.is_numeric() {
            let numbers: Vec<Option<f64>> =
                rows.iter().map(|row| parse_number(table.cell(*row, column))).collect();
            columns.extend(scaled_numbers(&numbers, first.len()));
        }
    }
    columns
}

fn scaled_numbers(numbers: &[Option<f64>], first: usize) -> Option<Vec<f64>> {
    let mut sorted: Vec<f64> = numbers[..first].iter().flatten().copied().collect();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| sorted.get(((sorted.len().saturating_sub(1)) as f64 * share) as usize).copied();
    let (median, spread) = (at(0.5)?, at(0.75)? - at(0.25)?);
    let scale = |number: &Option<f64>| {
        let value = number.map_or(0.0, |value| (value - median) / spread);
        value.clamp(-SCALED_MAX, SCALED_MAX)
    };
    (spread > 0.0).then(|| numbers.iter().map(scale).collect())
}

/// What a column says of the labels: the chi-square of its fifths against them beyond what chance gives, per row.
fn relevance(values: &[f64], labels: &[&str]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let cuts: Vec<f64> = (1..PARTS).map(|part| sorted[part * sorted.len() / PARTS]).collect();
    let mut counts: BTreeMap<(usize, &str), f64> = BTreeMap::new();
    let mut parts: BTreeMap<usize, f64> = BTreeMap::new();
    let mut classes: BTreeMap<&str, f64> = BTreeMap::new();
    for (value, label) in values.iter().zip(labels) {
        let part = cuts.iter().filter(|cut| **cut < *value).count();
        *counts.entry((part, label)).or_default() += 1.0;
        *parts.entry(part).or_default() += 1.0;
        *classes.entry(label).or_default() += 1.0;
    }
    let rows = values.len() as f64;
    let mut chi_square = 0.0;
    for (part, in_part) in &parts {
        for (class, in_class) in &classes {
            let expected = in_part * in_class / rows;
            let found = counts.get(&(*part, class)).copied().unwrap_or(0.0);
            chi_square += (found - expected) * (found - expected) / expected;
        }
    }
    let freedom = ((parts.len() - 1) * (classes.len() - 1)) as f64;
    (chi_square - freedom).max(0.0) / rows
}
