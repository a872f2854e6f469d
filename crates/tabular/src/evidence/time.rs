//! Evidence in time: a source's moments beside those of the rows around them, and trends that only one source has.

use super::Visible;
use crate::field::{Kind, Role};
use crate::raw::RawTable;
use crate::repair::Repair;
use crate::table::{Column, Table};
use crate::text::parse_number;
use crate::time::parse_iso;

/// Rows of other sources on either side that a moment is compared with.
const AROUND: usize = 5;
/// A source's moments are off if their median difference to the rows around is so many standard errors...
const ERRORS_MIN: f64 = 4.0;
/// ...and a repair mends them if it leaves this share of it.
const REST_MAX: f64 = 0.5;
/// A slope is a trend with this absolute t-value.
const TREND_MIN: f64 = 5.0;
/// Fewer values prove nothing.
const COUNT_MIN: usize = 20;

/// The source's moments fit between those around them once repaired, and do not as they stand.
pub(super) fn order_agrees(visible: &Visible, repair: &Repair) -> Option<bool> {
    let column = visible.table.position(repair.columns.first()?)?;
    let (before, error) = clock_error(&visible.table, visible.source, &repair.sources, column)?;
    let (after, _) = clock_error(&visible.repaired(repair)?, visible.source, &repair.sources, column)?;
    Some(before.abs() >= ERRORS_MIN * error && after.abs() <= REST_MAX * before.abs())
}

/// By how much the clock of these sources is fast, in seconds, and the standard error: the median difference of their
/// moments to the median of the other sources' rows around each. Nothing if there are too few rows.
pub fn clock_error(
    table: &RawTable,
    source_column: usize,
    sources: &[String],
    column: usize,
) -> Option<(f64, f64)> {
    middle(differences(table, source_column, sources, column))
}

fn differences(table: &RawTable, source_column: usize, sources: &[String], column: usize) -> Vec<f64> {
    let is_own = |row: usize| sources.iter().any(|source| source == table.cell(row, source_column));
    let others: Vec<(usize, i64)> = (0..table.rows())
        .filter(|row| !is_own(*row))
        .filter_map(|row| Some((row, parse_iso(table.cell(row, column))?)))
        .collect();
    let own = (0..table.rows()).filter(|row| is_own(*row));
    own.filter_map(|row| {
        let moment = parse_iso(table.cell(row, column))?;
        let place = others.partition_point(|(other, _)| *other < row);
        // At the ends as many on either side: a median of later rows alone would be later.
        let reach = AROUND.min(place).min(others.len() - place);
        let mut around: Vec<i64> =
            others[place - reach..place + reach].iter().map(|(_, moment)| *moment).collect();
        around.sort_unstable();
        let middle = around.len() / 2;
        let median =
            if reach == 0 { return None } else { (around[middle - 1] + around[middle]) as f64 / 2.0 };
        Some(moment as f64 - median)
    })
    .collect()
}

/// The median and its standard error, from the quartiles.
fn middle(mut values: Vec<f64>) -> Option<(f64, f64)> {
    if values.len() < COUNT_MIN {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| values[((values.len() - 1) as f64 * share) as usize];
    let error = 1.25 * (at(0.75) - at(0.25)) / 1.349 / (values.len() as f64).sqrt();
    Some((at(0.5), error))
}

/// The source's numbers have a trend that the others do not have, and lose it by the repair.
pub(super) fn trend_vanishes(visible: &Visible, repair: &Repair, time: &str) -> Option<bool> {
    let (column, time) = (visible.table.position(repair.columns.first()?)?, visible.table.position(time)?);
    let points = |table: &RawTable, own: bool| -> Vec<(f64, f64)> {
        let is_own =
            |row: usize| repair.sources.iter().any(|source| source == table.cell(row, visible.source));
        (0..table.rows())
            .filter(|row| is_own(*row) == own)
            .filter_map(|row| {
                let moment = parse_iso(table.cell(row, time))?;
                Some((moment as f64, parse_number(table.cell(row, column))?))
            })
            .collect()
    };
    let before = slope(&points(&visible.table, true))?;
    let others = slope(&points(&visible.table, false))?;
    let after = slope(&points(&visible.repaired(repair)?, true))?;
    let is_trend = |t: f64| t.abs() >= TREND_MIN;
    Some(is_trend(before) && !is_trend(others) && after.abs() <= REST_MAX * before.abs())
}

/// The t-value of the slope of a straight line through the points.
fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let n = points.len() as f64;
    if points.len() < COUNT_MIN {
        return None;
    }
    let (mean_x, mean_y) =
        (points.iter().map(|p| p.0).sum::<f64>() / n, points.iter().map(|p| p.1).sum::<f64>() / n);
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in points {
        xx += (x - mean_x) * (x - mean_x);
        xy += (x - mean_x) * (y - mean_y);
        yy += (y - mean_y) * (y - mean_y);
    }
    let rest = yy - xy * xy / xx;
    let error = (rest.max(0.0) / (n - 2.0) / xx).sqrt();
    let t = xy / xx / error;
    t.is_finite().then_some(t)
}

/// True if the table's rows stand in the order of their moments, as they do unless a source's clock is wrong.
pub(crate) fn is_in_order(table: &Table) -> bool {
    let column = table.role(Role::Time).filter(|column| table.fields[*column].kind == Kind::Time);
    column.is_some_and(|column| match &table.columns[column] {
        Column::Time(moments) => moments.iter().all(Option::is_some) && moments.is_sorted(),
        _ => false,
    })
}
