//! Scenarios: the inputs on which a program is run to see what it does. None is told which one it is.

use std::collections::{BTreeMap, BTreeSet};

use envy_core::Seed;

use super::world::{Columns, DAY, Draw, Form, GROUP, LATER, ROW_ID, Rows, SENTINEL, day_number, other_later};

/// An input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scenario {
    /// The hidden draw as it is.
    Base,
    /// Half of the holdout is garbage with unseen levels.
    Garbage,
    /// The holdout's labels are dealt out again, and what is written after them is written for the new ones.
    Labels,
    /// Half of one group's training rows are garbage; of rows with a day, those of the last days, with other labels.
    PartGarbage,
    /// The training labels are dealt out again, so that they mean nothing.
    Noise,
    /// One column in another unit.
    Scaled,
    /// Other row numbers, names and spellings of levels, and another order of columns.
    Renamed,
    /// Gross values in one training row of a hundred, and gross amounts where amounts are predicted.
    Outliers,
    /// Gaps and sentinels change places.
    Gaps,
    /// Every other holdout row has a level of the first category that was never seen.
    Unseen,
}

/// Every scenario, the plain one first.
pub(super) const ALL: [Scenario; 10] = [
    Scenario::Base,
    Scenario::Garbage,
    Scenario::Labels,
    Scenario::PartGarbage,
    Scenario::Noise,
    Scenario::Scaled,
    Scenario::Renamed,
    Scenario::Outliers,
    Scenario::Gaps,
    Scenario::Unseen,
];

/// Another unit. A power of two, so that no rounding enters.
const UNIT: f64 = 1024.0;
/// Gross values are this many times too large.
const GROSS: f64 = 1e4;
/// A level that no row has.
pub(super) const UNSEEN: &str = "not listed";
/// One training row of so many has a gross value, in each column.
const GROSS_EVERY: usize = 100;

impl Scenario {
    /// The name of its job.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Garbage => "garbage",
            Self::Labels => "labels",
            Self::PartGarbage => "part-garbage",
            Self::Noise => "noise",
            Self::Scaled => "scaled",
            Self::Renamed => "renamed",
            Self::Outliers => "outliers",
            Self::Gaps => "gaps",
            Self::Unseen => "unseen",
        }
    }

    /// The input.
    pub(super) fn apply(self, base: &Draw, columns: &Columns, orderless: bool) -> Draw {
        let mut draw = base.clone();
        match self {
            Self::Base => {}
            Self::Garbage => {
                (1..draw.holdout.lines.len())
                    .step_by(2)
                    .for_each(|row| spoil(&mut draw.holdout, row, columns));
            }
            Self::Labels => deal_labels(&mut draw.holdout, columns, "diagnosis/holdout-labels"),
            Self::Noise => deal_labels(&mut draw.train, columns, "diagnosis/training-labels"),
            Self::PartGarbage if columns.form == Form::Timed => spoil_later(&mut draw.train, columns),
            Self::PartGarbage => {
                let group = lone_group(&draw.train, columns);
                group.into_iter().step_by(2).for_each(|row| spoil(&mut draw.train, row, columns));
            }
            Self::Scaled => each(&mut draw, |rows| multiply(rows, &columns.numbers[0], UNIT)),
            Self::Renamed => rename(&mut draw, columns, orderless),
            Self::Outliers => gross(&mut draw.train, columns),
            Self::Gaps => each(&mut draw, |rows| swap_gaps(rows, columns)),
            Self::Unseen => {
                let column = draw.holdout.column(&columns.categories[0]);
                let lines = draw.holdout.lines.iter_mut().step_by(2);
                lines.for_each(|line| UNSEEN.clone_into(&mut line[column]));
            }
        }
        draw
    }
}

/// The training rows of the largest group none of whose rows was sent twice.
pub(super) fn lone_group(rows: &Rows, columns: &Columns) -> Vec<usize> {
    let names: Vec<usize> = columns.numbers.iter().map(|name| rows.column(name)).collect();
    let content =
        |row: usize| -> Vec<&str> { names.iter().map(|column| rows.lines[row][*column].as_str()).collect() };
    let mut copies: BTreeMap<Vec<&str>, usize> = BTreeMap::new();
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, group) in rows.cells(GROUP).enumerate() {
        *copies.entry(content(row)).or_default() += 1;
        groups.entry(group).or_default().push(row);
    }
    let lone = groups.into_values().filter(|group| group.iter().all(|row| copies[&content(*row)] == 1));
    lone.max_by_key(Vec::len).unwrap_or_default()
}

fn each(draw: &mut Draw, mut change: impl FnMut(&mut Rows)) {
    change(&mut draw.train);
    change(&mut draw.holdout);
}

/// Puts garbage in the place of a row's features; its id, group and label stay.
fn spoil(rows: &mut Rows, row: usize, columns: &Columns) {
    spoil_as(rows, row, row, columns);
}

/// The same with the garbage that goes with a number.
fn spoil_as(rows: &mut Rows, row: usize, salt: usize, columns: &Columns) {
    for (number, name) in columns.numbers.iter().enumerate() {
        let column = rows.column(name);
        rows.lines[row][column] = format!("{}", 1e5 + (salt * 37 + number * 11) as f64);
    }
    for name in &columns.categories {
        let column = rows.column(name);
        rows.lines[row][column] = format!("unseen{}", salt % 3);
    }
}

/// The day from which on [`Scenario::PartGarbage`] spoils rows: one row in five is so late.
pub(super) fn late_day(rows: &Rows) -> i64 {
    let mut days: Vec<i64> = rows.cells(DAY).filter_map(day_number).collect();
    days.sort_unstable();
    days.get(days.len() * 4 / 5).copied().unwrap_or(i64::MAX)
}

/// Whether a row is of a late day.
pub(super) fn is_late(rows: &Rows, row: usize, late: i64) -> bool {
    day_number(&rows.lines[row][rows.column(DAY)]).is_some_and(|day| day >= late)
}

/// Puts garbage in the place of every late row's features and turns its label round. What was sent twice still was: another
/// count of rows would move the bounds of a program's folds, and with them the scores of earlier rows.
fn spoil_later(rows: &mut Rows, columns: &Columns) {
    let (late, target) = (late_day(rows), rows.column(columns.target()));
    let features: Vec<usize> =
        columns.numbers.iter().chain(&columns.categories).map(|name| rows.column(name)).collect();
    let mut first: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for row in 0..rows.lines.len() {
        if is_late(rows, row, late) {
            let content = features.iter().map(|column| rows.lines[row][*column].clone()).collect();
            let salt = *first.entry(content).or_insert(row);
            spoil_as(rows, row, salt, columns);
            let other = if columns.is_one(&rows.lines[row][target]) { "0" } else { "1" };
            other.clone_into(&mut rows.lines[row][target]);
        }
    }
}

fn deal_labels(rows: &mut Rows, columns: &Columns, seed: &str) {
    let (target, later) = (rows.column(columns.target()), rows.column(LATER));
    let mut labels: Vec<String> = rows.cells(columns.target()).map(str::to_owned).collect();
    Seed::named(seed).rng().shuffle(&mut labels);
    for (line, label) in rows.lines.iter_mut().zip(labels) {
        if columns.is_one(&line[target]) != columns.is_one(&label) {
            line[later] = other_later(&line[later]);
        }
        line[target] = label;
    }
}

fn multiply(rows: &mut Rows, name: &str, factor: f64) {
    let column = rows.column(name);
    for line in &mut rows.lines {
        if let (true, Ok(value)) = (line[column] != SENTINEL, line[column].parse::<f64>()) {
            line[column] = format!("{}", value * factor);
        }
    }
}

fn gross(rows: &mut Rows, columns: &Columns) {
    let count = rows.lines.len();
    for (number, name) in columns.numbers.iter().enumerate() {
        let column = rows.column(name);
        for line in rows.lines.iter_mut().skip(number).step_by(GROSS_EVERY).take(count / GROSS_EVERY) {
            if let (true, Ok(value)) = (line[column] != SENTINEL, line[column].parse::<f64>()) {
                line[column] = format!("{}", (value.abs() + 1.0) * GROSS);
            }
        }
    }
    if columns.form == Form::Amounts {
        let target = rows.column(columns.target());
        for line in
            rows.lines.iter_mut().skip(columns.numbers.len()).step_by(GROSS_EVERY).take(count / GROSS_EVERY)
        {
            line[target] =
                line[target].parse::<f64>().map_or(String::new(), |amount| format!("{}", amount * GROSS));
        }
    }
}

fn swap_gaps(rows: &mut Rows, columns: &Columns) {
    for name in &columns.numbers {
        let column = rows.column(name);
        for line in &mut rows.lines {
            match line[column].as_str() {
                "" => SENTINEL.clone_into(&mut line[column]),
                SENTINEL => line[column].clear(),
                _ => {}
            }
        }
    }
}

/// New names in the reverse order of the old ones, or in the same where the order of columns matters.
fn rename(draw: &mut Draw, columns: &Columns, orderless: bool) {
    for name in &columns.categories {
        let tidy = |cell: &str| cell.trim().to_lowercase();
        let levels: BTreeSet<String> =
            draw.train.cells(name).chain(draw.holdout.cells(name)).map(tidy).collect();
        let count = levels.len();
        let place = |index: usize| if orderless { count - index } else { index };
        let names: BTreeMap<String, String> = levels
            .into_iter()
            .enumerate()
            .map(|(index, level)| (level, format!("level {:02}", place(index))))
            .collect();
        each(draw, |rows| {
            let column = rows.column(name);
            for (number, line) in rows.lines.iter_mut().enumerate() {
                let new = &names[&tidy(&line[column])];
                line[column] = if number % 2 == 0 { new.clone() } else { format!("{} ", new.to_uppercase()) };
            }
        });
    }
    let mut rng = Seed::named("diagnosis/row-ids").rng();
    each(draw, |rows| {
        let id = rows.column(ROW_ID);
        let mut numbers: Vec<usize> = (50_000..50_000 + 3 * rows.lines.len()).collect();
        rng.shuffle(&mut numbers);
        for (line, number) in rows.lines.iter_mut().zip(numbers) {
            line[id] = number.to_string();
        }
        reverse_columns(rows);
    });
}

fn reverse_columns(rows: &mut Rows) {
    rows.headers.reverse();
    rows.lines.iter_mut().for_each(|line| line.reverse());
    debug_assert!(rows.headers.iter().any(|header| header == GROUP), "every column is still there");
}

#[cfg(test)]
mod tests {
    use envy_tabular::domains;

    use super::*;
    use crate::diagnosis::world::World;

    #[test]
    fn what_was_sent_twice_was_so_after_late_rows_are_spoiled() {
        for number in 0..10 {
            let seed = Seed::named(&format!("copies-{number}"));
            let world = World::new(domains::ALL[number % domains::ALL.len()], &seed, 0.3, Form::Timed);
            let draw = world.draw(&seed);
            let spoiled = Scenario::PartGarbage.apply(&draw, &world.columns, true);
            let count = |draw: &Draw| draw.train.distinct(&world.columns).len();
            assert!(count(&draw) < draw.train.lines.len());
            assert_eq!(count(&spoiled), count(&draw), "{number}");
            assert_ne!(spoiled.train.lines, draw.train.lines);
        }
    }
}
