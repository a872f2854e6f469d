//! How well a source's labels fit to what the other sources teach: 15 nearest neighbours on robustly scaled numbers.

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

/// The share of the sources' rows whose label is the one most frequent among their nearest rows elsewhere.
pub(super) fn agreement(table: &RawTable, fields: &[Field], sources: &[String]) -> Option<f64> {
    let position = |role: Role| {
        fields.iter().find(|field| field.role == role).and_then(|field| table.position(&field.name))
    };
    let (source, target) = (position(Role::Source)?, position(Role::Target)?);
    let (own, others): (Vec<usize>, Vec<usize>) = (0..table.rows())
        .filter(|row| !table.cell(*row, target).is_empty())
        .partition(|row| sources.iter().any(|name| name == table.cell(*row, source)));
    let (own, others) = (spread_out(&own, ASKED_MAX), spread_out(&others, TEACHERS_MAX));
    if own.is_empty() || others.len() < NEIGHBOURS {
        return None;
    }
    let points = scaled(table, fields, &others, &own);
    let (taught, asked) = points.split_at(others.len());
    let label = |row: usize| table.cell(row, target);
    let right = own.iter().zip(asked).filter(|(row, point)| {
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
        votes.into_iter().max_by_key(|(_, votes)| *votes).is_some_and(|(winner, _)| winner == label(**row))
    });
    Some(right.count() as f64 / own.len() as f64)
}

/// At most `most` of the rows, evenly spread over them.
fn spread_out(rows: &[usize], most: usize) -> Vec<usize> {
    let step = rows.len().div_ceil(most).max(1);
    rows.iter().copied().step_by(step).collect()
}

/// The numeric domain columns of the rows, in interquartile ranges from the median of the first group; a missing
/// value lies at the median.
fn scaled(table: &RawTable, fields: &[Field], first: &[usize], second: &[usize]) -> Vec<Vec<f64>> {
    let mut points = vec![Vec::new(); first.len() + second.len()];
    let is_asked = |field: &&Field| field.role.is_domain() && field.kind.is_numeric();
    for column in fields.iter().filter(is_asked).filter_map(|field| table.position(&field.name)) {
        let read = |row: &usize| parse_number(table.cell(*row, column));
        let mut sorted: Vec<f64> = first.iter().filter_map(read).collect();
        if sorted.is_empty() {
            continue;
        }
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share) as usize];
        let (median, spread) = (at(0.5), at(0.75) - at(0.25));
        if spread <= 0.0 {
            continue;
        }
        for (row, point) in first.iter().chain(second).zip(&mut points) {
            let value = read(row).map_or(0.0, |value| (value - median) / spread);
            point.push(value.clamp(-SCALED_MAX, SCALED_MAX));
        }
    }
    for field in fields.iter().filter(|field| field.role.is_domain() && field.kind == Kind::Category) {
        let Some(column) = table.position(&field.name) else { continue };
        // One level against each other one: half a unit away from both.
        for (row, point) in first.iter().chain(second).zip(&mut points) {
            let code = field.code(table.cell(*row, column));
            point.extend(
                (0..field.levels.len().min(6) as u32).map(
                    |level| {
                        if code == Some(level) { 1.0 } else { 0.0 }
                    },
                ),
            );
        }
    }
    points
}
