//! Serving: a batch of new rows with the same faults and without labels also goes through the agent's code, and the model
//! that learned from its table is asked about what comes back.
//!
//! Every record of the batch must come back: who drops what is hard to repair is wrong on it. Surplus lines are no
//! records; whether they come back does not matter.

use std::borrow::Cow;

use envy_core::BoxFile;
use envy_tabular::{RawTable, Role, Table};

use super::cells::{Returned, Truth};
use super::exam::Exam;
use super::features::Encoder;

/// The batch of the given draw, in the brief.
pub(super) const SERVE: &str = "serve.csv";
/// The program with which the agent tries its code on that.
pub(super) const SERVE_DRIVER: &str = "run_serve.py";
/// Its text.
const SERVE_DRIVER_SOURCE: &str = include_str!("run_serve.py");
/// Of the given draw's batch: as it should be, and what was done to it.
pub(super) const SERVE_TRUTH: [&str; 2] = ["serve/golden.csv", "serve/ledger.jsonl"];
/// The fresh draw's batch: as it comes, as it should be, and what was done to it.
pub(super) const FRESH_SERVE: [&str; 3] =
    ["fresh/serve.csv", "fresh/serve_golden.csv", "fresh/serve_ledger.jsonl"];

/// Rows of a batch: the error of a recovery stays under 0.03 at a headroom of 0.12.
pub(super) const SERVE_ROWS: usize = 3_000;

/// What the agent gets of a batch.
pub(super) fn files(export: Vec<u8>) -> [BoxFile; 2] {
    [BoxFile::new(SERVE, export), BoxFile::new(SERVE_DRIVER, SERVE_DRIVER_SOURCE)]
}

/// A table as it is served: with empty labels.
pub(super) fn unlabelled(raw: &RawTable, golden: &Table) -> Option<RawTable> {
    let target = golden.role(Role::Target).and_then(|target| raw.position(&golden.fields[target].name))?;
    let width = raw.headers().len();
    let cell = |row, column| if column == target { String::new() } else { raw.cell(row, column).to_owned() };
    let line = |row| (0..width).map(|column| cell(row, column)).collect();
    RawTable::new(raw.headers().to_vec(), (0..raw.rows()).map(line).collect()).ok()
}

/// Where the model that learned from a draw is asked: on clean rows, or on a batch as it comes back.
#[derive(Clone, Copy)]
pub(super) struct Examiner<'a> {
    /// Clean rows.
    pub(super) clean: &'a Exam,
    /// The draw's batch.
    pub(super) batch: Option<&'a Truth>,
    /// What the model reads.
    pub(super) encoder: &'a Encoder,
}

impl<'a> Examiner<'a> {
    /// On the true rows.
    pub(super) fn golden(&self) -> Cow<'a, Exam> {
        self.asked(|batch| batch.exam_of_truth(self.encoder))
    }

    /// On the rows as they came.
    pub(super) fn dirty(&self) -> Cow<'a, Exam> {
        self.asked(|batch| batch.exam(&batch.account(batch.dirty().clone()), self.encoder))
    }

    /// On what became of the rows; clean rows are the same for everyone.
    pub(super) fn of(&self, served: Option<&Returned>) -> Cow<'a, Exam> {
        self.asked(|batch| match served {
            Some(served) => batch.exam(served, self.encoder),
            None => batch.exam_of_truth(self.encoder).without(|_| true),
        })
    }

    /// On a table that a policy makes of the batch.
    pub(super) fn of_table(&self, served: Option<RawTable>) -> Cow<'a, Exam> {
        self.of(self.batch.zip(served).map(|(batch, table)| batch.account(table)).as_ref())
    }

    fn asked(&self, of_batch: impl Fn(&Truth) -> Exam) -> Cow<'a, Exam> {
        match self.batch {
            Some(batch) => Cow::Owned(of_batch(batch)),
            None => Cow::Borrowed(self.clean),
        }
    }
}
