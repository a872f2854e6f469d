//! Evidence in a course of readings: a twin sensor, the moments of other devices, counters, numbers that stand still.

use std::collections::BTreeMap;

use super::Visible;
use crate::raw::RawTable;
use crate::repair::Repair;
use crate::text::parse_number;
use crate::time::parse_iso;

/// A sensor is far from its twin if their mean distance is so many times the median of the other sources'...
const TWIN_RATIO: f64 = 1.5;
/// ...and a repair mends it if it leaves this share of what is beyond theirs.
const TWIN_REST_MAX: f64 = 0.5;
/// Rows of other sources on either side among which a moment is looked for, and how many must have it: two that are wrong
/// alike prove nothing.
const BESIDE: usize = 6;
const BESIDE_MIN: usize = 3;
/// A source's clock is wrong if at most this share of its moments is found there...
const MOMENTS_WRONG_MAX: f64 = 0.9;
/// ...and right if at least this share is.
const MOMENTS_RIGHT_MIN: f64 = 0.95;
/// Stretches of numbers that stand still...
const STILL_MIN: usize = 3;
/// ...for so many rows in a row.
const STILL_ROWS: usize = 3;
/// Others stand still at most this share as often.
const STILL_RATIO: f64 = 0.2;

/// A figure of each source by name.
type BySource<'t> = BTreeMap<&'t str, f64>;

/// The sources' own figure, all together, and the median of the other sources': some of those may be bad too.
fn own_and_peers(figures: &BySource, is_own: impl Fn(&str) -> bool) -> [f64; 2] {
    let mut sides = [Vec::new(), Vec::new()];
    for (name, figure) in figures {
        sides[usize::from(!is_own(name))].push(*figure);
    }
    sides.map(|mut side| {
        side.sort_by(f64::total_cmp);
        side.get(side.len() / 2).copied().unwrap_or_default()
    })
}

/// The mean distance of a column to its twin, of the sources and of the others.
fn distances(visible: &Visible, table: &RawTable, repair: &Repair, columns: [usize; 2]) -> [f64; 2] {
    let mut sums: BTreeMap<&str, (f64, usize)> = BTreeMap::new();
    for row in 0..table.rows() {
        let [Some(left), Some(right)] = columns.map(|column| parse_number(table.cell(row, column))) else {
            continue;
        };
        let sum = sums.entry(table.cell(row, visible.source)).or_default();
        *sum = (sum.0 + (left - right).abs(), sum.1 + 1);
    }
    let means: BySource = sums.into_iter().map(|(name, (sum, count))| (name, sum / count as f64)).collect();
    own_and_peers(&means, |name| repair.sources.iter().any(|source| source == name))
}

pub(super) fn twin_agrees(visible: &Visible, repair: &Repair, twin: &str) -> Option<bool> {
    let columns = [visible.table.position(repair.columns.first()?)?, visible.table.position(twin)?];
    let repaired = visible.repaired(repair)?;
    let [before, peers] = distances(visible, &visible.table, repair, columns);
    let [after, _] = distances(visible, &repaired, repair, columns);
    Some(before >= TWIN_RATIO * peers && after - peers <= TWIN_REST_MAX * (before - peers))
}

/// The share of the sources' rows whose moment stands beside them at other sources too.
fn in_step(visible: &Visible, table: &RawTable, repair: &Repair, column: usize) -> f64 {
    let is_own = |row: usize| repair.sources.iter().any(|source| source == table.cell(row, visible.source));
    let others: Vec<usize> = (0..table.rows()).filter(|row| !is_own(*row)).collect();
    let own: Vec<usize> = (0..table.rows()).filter(|row| is_own(*row)).collect();
    let fits = |row: &&usize| {
        let place = others.partition_point(|other| other < *row);
        let beside = &others[place.saturating_sub(BESIDE)..(place + BESIDE).min(others.len())];
        let moment = parse_iso(table.cell(**row, column));
        let same = beside.iter().filter(|other| parse_iso(table.cell(**other, column)) == moment).count();
        moment.is_some() && same >= BESIDE_MIN
    };
    own.iter().filter(fits).count() as f64 / own.len().max(1) as f64
}

pub(super) fn moments_agree(visible: &Visible, repair: &Repair) -> Option<bool> {
    let column = visible.table.position(repair.columns.first()?)?;
    let before = in_step(visible, &visible.table, repair, column);
    let after = in_step(visible, &visible.repaired(repair)?, repair, column);
    Some(before <= MOMENTS_WRONG_MAX && after >= MOMENTS_RIGHT_MIN)
}

/// How often the sources' counter falls from one row to the next.
fn falls(visible: &Visible, table: &RawTable, repair: &Repair, column: usize) -> usize {
    let own = (0..table.rows())
        .filter(|row| repair.sources.iter().any(|source| source == table.cell(*row, visible.source)));
    let values: Vec<f64> = own.filter_map(|row| parse_number(table.cell(row, column))).collect();
    values.windows(2).filter(|pair| pair[1] < pair[0]).count()
}

pub(super) fn counter_rises(visible: &Visible, repair: &Repair) -> Option<bool> {
    let column = visible.table.position(repair.columns.first()?)?;
    let before = falls(visible, &visible.table, repair, column);
    let after = falls(visible, &visible.repaired(repair)?, repair, column);
    Some(before > 0 && after == 0)
}

/// How many stretches stand still in all columns, by source.
fn still<'t>(visible: &'t Visible, columns: &[usize]) -> BySource<'t> {
    let table = &visible.table;
    let mut last: BTreeMap<&str, (Vec<&str>, usize)> = BTreeMap::new();
    let mut stretches = BySource::new();
    for row in 0..table.rows() {
        let name = table.cell(row, visible.source);
        let said: Vec<&str> = columns.iter().map(|column| table.cell(row, *column)).collect();
        let state = last.entry(name).or_default();
        state.1 = if state.0 == said { state.1 + 1 } else { 1 };
        state.0 = said;
        *stretches.entry(name).or_default() += if state.1 == STILL_ROWS { 1.0 } else { 0.0 };
    }
    stretches
}

pub(super) fn is_frozen(visible: &Visible, source: &str, columns: &[String]) -> Option<bool> {
    let columns: Vec<usize> =
        columns.iter().map(|name| visible.table.position(name)).collect::<Option<Vec<usize>>>()?;
    let [own, others] = own_and_peers(&still(visible, &columns), |name| name == source);
    Some(own >= STILL_MIN as f64 && others <= STILL_RATIO * own)
}
