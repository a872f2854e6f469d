//! Frames: tables with values put in the place of leaks, and their bytes.

use envy_core::{Rng, Seed};
use envy_tabular::{Column, Sheet, Table, raw::write_csv, time::DAY_S};

use super::candidate::Candidate;
use super::draft::{Part, Planted};
use super::plan;
use super::world::Rows;

/// A table's bytes.
pub(super) fn csv(table: &Table) -> Vec<u8> {
    Sheet::new(table.clone()).write()
}

/// The bytes of a part's truth: id, label, probability.
pub(super) fn truth_csv(rows: &Rows) -> Vec<u8> {
    let id = rows.table.role(envy_tabular::Role::Id).unwrap_or(0);
    let headers = ["row_id", "target", "eta"].map(str::to_owned);
    let line = |row: usize| {
        let label = u8::from(rows.positive[row]).to_string();
        [rows.table.text(row, id).into_owned(), label, format!("{:?}", rows.eta[row])].into_iter()
    };
    write_csv(&headers, (0..rows.len()).map(line))
}

/// The table with every leak's values dealt out anew among its rows: the distribution stays, the information goes.
///
/// Of a leak that only late values make, the values of late rows alone are dealt out, and with `late` every row is late: a
/// pipeline that masks them by time then sees two tables that say the same.
pub(super) fn neutralised(table: &Table, planted: &[Planted], seed: &Seed, late: bool) -> Table {
    let mut table = table.clone();
    for leak in planted {
        for name in &leak.columns {
            let Some(at) = table.position(name) else { continue };
            let moment = leak.late_by.as_ref().and_then(|moment| table.position(moment));
            let rows = match moment {
                Some(moment) => late_rows(&mut table, moment, late),
                None => (0..table.rows()).collect(),
            };
            permute(&mut table.columns[at], &rows, &mut seed.derive(name).rng());
        }
    }
    table
}

/// The same table but for late moments, which both of a pair need.
pub(super) fn made_late(table: &Table, planted: &[Planted]) -> Table {
    let mut table = table.clone();
    for moment in planted.iter().filter_map(|leak| leak.late_by.as_ref()) {
        if let Some(at) = table.position(moment) {
            late_rows(&mut table, at, true);
        }
    }
    table
}

/// The frames on which predictions of leaks, canaries and later rows show: what the grader hands to the boxes.
pub(super) struct Altered {
    /// Rows of the field, every backfilled value late.
    pub(super) plain: Table,
    /// The same with the leaks dealt out anew.
    pub(super) neutral: Table,
    /// Rows of the field with the canaries dealt out anew.
    pub(super) canary: Table,
    /// Rows of the field of which the later half is altered.
    pub(super) future: Table,
    /// Training rows whose leaks and canaries are noise.
    pub(super) noised: Table,
}

impl Altered {
    /// Those of a candidate.
    pub(super) fn new(candidate: &Candidate, seed: &Seed) -> Self {
        let field = &candidate.part(Part::Deploy).table;
        let slice = |rows: std::ops::Range<usize>| field.take(&rows.collect::<Vec<_>>());
        let (canaries, leaks): (Vec<_>, Vec<_>) =
            candidate.planted.iter().cloned().partition(|leak| leak.code == "canary");
        let plain = made_late(&slice(plan::NEUTRAL), &leaks);
        let future = slice(plan::FUTURE);
        let later: Vec<usize> = (future.rows() / 2..future.rows()).collect();
        let train = &candidate.part(Part::Train).table;
        Self {
            neutral: neutralised(&plain, &leaks, &seed.derive("neutral"), true),
            canary: neutralised(&slice(plan::CANARY), &canaries, &seed.derive("canary"), false),
            future: altered(&future, &seed.derive("future"), &later),
            noised: neutralised(train, &candidate.planted, &seed.derive("noised"), false),
            plain,
        }
    }
}

/// The rows whose moment lies after they were recorded; with `all`, every row is made one.
fn late_rows(table: &mut Table, moment: usize, all: bool) -> Vec<usize> {
    let recorded = table.role(envy_tabular::Role::Time).map(|at| table.columns[at].numbers().into_owned());
    let recorded = recorded.unwrap_or_else(|| vec![0.0; table.rows()]);
    let Column::Time(moments) = &mut table.columns[moment] else { return Vec::new() };
    for (moment, recorded) in moments.iter_mut().zip(&recorded).filter(|_| all) {
        *moment = Some(*recorded as i64 + 9 * DAY_S);
    }
    let is_late = |row: &usize| moments[*row].is_some_and(|moment| moment as f64 > recorded[*row]);
    (0..recorded.len()).filter(is_late).collect()
}

/// Deals out the values of `rows` anew among them.
pub(super) fn permute(column: &mut Column, rows: &[usize], rng: &mut Rng) {
    let mut from = rows.to_vec();
    rng.shuffle(&mut from);
    let dealt = column.take(&from);
    match (column, dealt) {
        (Column::Number(to), Column::Number(dealt)) => put(to, rows, dealt),
        (Column::Integer(to), Column::Integer(dealt)) | (Column::Time(to), Column::Time(dealt)) => {
            put(to, rows, dealt);
        }
        (Column::Category(to), Column::Category(dealt)) => put(to, rows, dealt),
        (Column::Text(to), Column::Text(dealt)) => put(to, rows, dealt),
        _ => {}
    }
}

fn put<T>(to: &mut [T], rows: &[usize], values: Vec<T>) {
    for (row, value) in rows.iter().zip(values) {
        to[*row] = value;
    }
}

/// The table with every column but the id and the moment dealt out anew: nothing can be learned from it.
pub(super) fn garbage(table: &Table, seed: &Seed) -> Table {
    altered(table, seed, &(0..table.rows()).collect::<Vec<_>>())
}

/// The table with the values of `rows` dealt out anew among them in every column but the id and the moment.
pub(super) fn altered(table: &Table, seed: &Seed, rows: &[usize]) -> Table {
    let mut table = table.clone();
    for (at, field) in table.fields.iter().enumerate() {
        if !matches!(field.role, envy_tabular::Role::Id | envy_tabular::Role::Time) {
            permute(&mut table.columns[at], rows, &mut seed.derive(&field.name).rng());
        }
    }
    table
}
