//! Repairs of a course of readings: what a cell should say hangs on the cells before and after it in the file.

use std::collections::BTreeSet;

use super::{Fix, lines, number};
use crate::error::TabularError;
use crate::field::round_to;
use crate::raw::RawTable;
use crate::text::{is_missing, write_number};
use crate::time::{DAY_S, parse_iso, write_iso};

/// Carries out a fix of a course.
///
/// # Errors
/// A column that the fix names is not there.
pub(super) fn apply(
    fix: &Fix,
    rows: &mut Vec<Vec<String>>,
    touched: &[usize],
    columns: &[usize],
    raw: &RawTable,
) -> Result<(), TabularError> {
    match fix {
        Fix::OffGrid { step_s } => {
            let is_off = |row: &&usize| {
                columns.iter().any(|column| {
                    parse_iso(&rows[**row][*column]).is_some_and(|moment| moment.rem_euclid(*step_s) != 0)
                })
            };
            let gone: BTreeSet<usize> = touched.iter().filter(is_off).copied().collect();
            lines::leave_out(rows, &gone);
        }
        Fix::Frozen { run } => thaw(rows, touched, columns, *run),
        Fix::Trend { time, origin, rate, decimals } => {
            let time = raw.require(time)?;
            each(rows, touched, columns, |row, column| {
                let days = (parse_iso(&row[time])? - origin) as f64 / DAY_S as f64;
                Some(round_to(number(&row[column])? - rate * days, *decimals))
            });
        }
        Fix::Twin { twin } => {
            let twin = raw.require(twin)?;
            for (row, column) in touched.iter().flat_map(|row| columns.iter().map(move |c| (*row, *c))) {
                if is_missing(&rows[row][column]) {
                    rows[row][column] = rows[row][twin].clone();
                }
            }
        }
        _ => {
            for &column in columns {
                let cells: Vec<&str> = touched.iter().map(|row| rows[*row][column].as_str()).collect();
                let changed = in_order(fix, &cells);
                for (&row, text) in touched.iter().zip(changed) {
                    if let Some(text) = text {
                        rows[row][column] = text;
                    }
                }
            }
        }
    }
    Ok(())
}

/// Sets every cell for which there is a number.
fn each(
    rows: &mut [Vec<String>],
    touched: &[usize],
    columns: &[usize],
    value: impl Fn(&[String], usize) -> Option<f64>,
) {
    for (row, column) in touched.iter().flat_map(|row| columns.iter().map(move |column| (*row, *column))) {
        if let Some(value) = value(&rows[row], column) {
            rows[row][column] = write_number(value);
        }
    }
}

/// What the cells of one column become, in the order of the file; nothing where they stay.
fn in_order(fix: &Fix, cells: &[&str]) -> Vec<Option<String>> {
    let numbers = || cells.iter().map(|cell| number(cell)).collect::<Vec<_>>();
    let written =
        |values: Vec<Option<f64>>| values.into_iter().map(|value| value.map(write_number)).collect();
    match fix {
        Fix::Unmean { width, decimals } => written(unmean(&numbers(), *width, *decimals)),
        Fix::Undelta { decimals } => {
            let mut sum = 0.0;
            let add = |value: Option<f64>| {
                sum = round_to(sum + value?, *decimals);
                Some(sum)
            };
            written(numbers().into_iter().map(add).collect())
        }
        Fix::Unreset { decimals } => {
            let (mut reached, mut last) = (0.0, f64::NEG_INFINITY);
            let add = |value: Option<f64>| {
                let value = value?;
                if value < last {
                    reached += last;
                }
                last = value;
                Some(round_to(value + reached, *decimals))
            };
            written(numbers().into_iter().map(add).collect())
        }
        Fix::Despike { reach } => {
            let numbers = numbers();
            let is_spike = |at: usize| {
                around(&numbers, at)
                    .zip(numbers[at])
                    .is_some_and(|(middle, own)| (own - middle).abs() > *reach)
            };
            (0..cells.len()).map(|at| is_spike(at).then(String::new)).collect()
        }
        Fix::Buffered { step_s } => spread(cells, *step_s),
        _ => vec![None; cells.len()],
    }
}

fn unmean(means: &[Option<f64>], width: usize, decimals: u8) -> Vec<Option<f64>> {
    let mut run: Vec<f64> = Vec::new();
    let mut last = |mean: &Option<f64>| {
        let Some(mean) = *mean else {
            run.clear();
            return None;
        };
        let before = &run[run.len().saturating_sub(width.saturating_sub(1))..];
        let value = round_to((before.len() + 1) as f64 * mean - before.iter().sum::<f64>(), decimals);
        run.push(value);
        Some(value)
    };
    means.iter().map(&mut last).collect()
}

/// The median of the two numbers before and the two after a place; nothing with fewer than three of them.
fn around(numbers: &[Option<f64>], at: usize) -> Option<f64> {
    let places = [at.checked_sub(2), at.checked_sub(1), Some(at + 1), Some(at + 2)];
    let mut near: Vec<f64> =
        places.iter().flatten().filter_map(|place| numbers.get(*place).copied().flatten()).collect();
    near.sort_by(f64::total_cmp);
    let middle = near.len() / 2;
    match near.len() {
        0..=2 => None,
        n if n % 2 == 1 => Some(near[middle]),
        _ => Some(0.5 * (near[middle - 1] + near[middle])),
    }
}

/// Moments of one upload, each a step before the next.
fn spread(cells: &[&str], step_s: i64) -> Vec<Option<String>> {
    let mut changed = vec![None; cells.len()];
    let mut end = 0;
    for run in cells.chunk_by(|left, right| left == right) {
        end += run.len();
        let Some(moment) = parse_iso(run[0]) else { continue };
        for back in 1..run.len() {
            changed[end - 1 - back] = Some(write_iso(moment - back as i64 * step_s));
        }
    }
    changed
}

/// Empties what repeats itself in all columns.
fn thaw(rows: &mut [Vec<String>], touched: &[usize], columns: &[usize], run: usize) {
    let says = |row: usize| -> Option<Vec<f64>> {
        columns.iter().map(|column| number(&rows[row][*column])).collect::<Option<Vec<f64>>>()
    };
    let said: Vec<Option<Vec<f64>>> = touched.iter().map(|row| says(*row)).collect();
    let mut frozen = Vec::new();
    let mut begin = 0;
    for same in said.chunk_by(|left, right| left.is_some() && left == right) {
        if same.len() >= run.max(2) {
            frozen.extend(touched[begin + 1..begin + same.len()].iter().copied());
        }
        begin += same.len();
    }
    for row in frozen {
        for column in columns {
            rows[row][*column].clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repair::{Repair, RepairPlan};

    /// What a fix makes of one column of readings two hours apart.
    fn fixed(fix: Fix, cells: &[&str]) -> Vec<String> {
        let headers = ["device", "at", "x", "x_twin"].map(str::to_owned).to_vec();
        let row = |(hour, cell): (usize, &&str)| {
            vec!["d".to_owned(), write_iso(7_200 * hour as i64), (*cell).to_owned(), "7".to_owned()]
        };
        let raw = RawTable::new(headers, cells.iter().enumerate().map(row).collect()).unwrap();
        let plan = RepairPlan::new("device", vec![Repair::new("d", &["x"], fix)]);
        let after = plan.apply(&raw).unwrap();
        (0..after.rows()).map(|row| after.cell(row, 2).to_owned()).collect()
    }

    #[test]
    fn means_sums_and_restarts_are_taken_back() {
        let unmean = Fix::Unmean { width: 3, decimals: 1 };
        assert_eq!(fixed(unmean, &["1", "1.5", "2", "3", "", "5"]), ["1.0", "2.0", "3.0", "4.0", "", "5.0"]);
        assert_eq!(
            fixed(Fix::Undelta { decimals: 1 }, &["10", "0.5", "x", "1"]),
            ["10.0", "10.5", "x", "11.5"]
        );
        assert_eq!(
            fixed(Fix::Unreset { decimals: 0 }, &["7", "9", "2", "5", "1"]),
            ["7.0", "9.0", "11.0", "14.0", "15.0"]
        );
        let trend = Fix::Trend { time: "at".to_owned(), origin: 0, rate: 12.0, decimals: 1 };
        assert_eq!(fixed(trend, &["5", "6", "x"]), ["5.0", "5.0", "x"]);
    }

    #[test]
    fn what_stands_still_and_what_jumps_is_emptied_and_filled_by_the_twin() {
        assert_eq!(
            fixed(Fix::Frozen { run: 3 }, &["1", "1", "2", "2", "2.0", "3"]),
            ["1", "1", "2", "", "", "3"]
        );
        assert_eq!(fixed(Fix::Despike { reach: 5.0 }, &["1", "2", "90", "3", "2"]), ["1", "2", "", "3", "2"]);
        assert_eq!(fixed(Fix::Twin { twin: "x_twin".to_owned() }, &["1", "", "NA"]), ["1", "7", "7"]);
    }

    #[test]
    fn moments_of_one_upload_are_spread_and_rows_between_the_steps_are_left_out() {
        let at = |seconds: i64| write_iso(seconds);
        let (eight, six) = (at(8 * 3_600), at(6 * 3_600));
        let spread = fixed(Fix::Buffered { step_s: 7_200 }, &[&at(0), &eight, &eight, "later"]);
        assert_eq!(spread, [at(0), six.clone(), eight.clone(), "later".to_owned()]);
        let kept = fixed(Fix::OffGrid { step_s: 7_200 }, &[&six, &at(7_000), "later", &eight]);
        assert_eq!(kept, [six, "later".to_owned(), eight]);
        let zone = Fix::Zone { since: 7_200, before: 3_600, after: 7_200 };
        assert_eq!(fixed(zone, &[&at(3_600), &at(10_800)]), [at(0), at(3_600)]);
    }
}
