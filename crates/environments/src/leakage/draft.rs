//! Draft: a task while leaks are planted into it: four parts with the same columns, and what is known of each column.

use envy_core::{BoxFile, Rng, Seed};
use envy_tabular::{Column, Field, Kind, Role};
use serde::{Deserialize, Serialize};

use super::knobs::{Clarity, Settings};
use super::world::Rows;

/// The parts, in the order of [`Draft::parts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// train.csv.
    Train,
    /// test.csv: drawn and leaking as training is.
    Test,
    /// The field: rows after training, with columns as they really are when a prediction is due.
    Deploy,
    /// The field in the past: accounts and times of training, columns as in the field.
    Known,
}

/// All of them.
pub(super) const PARTS: [Part; 4] = [Part::Train, Part::Test, Part::Deploy, Part::Known];

impl Part {
    /// Leaks hold information here.
    pub(super) fn leaks(self) -> bool {
        matches!(self, Self::Train | Self::Test)
    }
}

/// When a column's value is there, and who writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Job {
    /// When the row is recorded.
    Intake,
    /// From master data, before.
    MasterData,
    /// When the case is closed, after the decision.
    CaseClose,
    /// At the export, over all rows.
    Export,
    /// When training rows are labelled.
    Labelling,
}

/// What the documents say of a column.
#[derive(Clone, Debug)]
pub(super) struct ColumnNote {
    /// The column.
    pub(super) name: String,
    /// Who writes it.
    pub(super) job: Job,
    /// What the dictionary adds where leaks are named outright.
    pub(super) confession: &'static str,
    /// Where it gives itself away.
    pub(super) clarity: Clarity,
    /// Its definition in the ETL, if it is computed.
    pub(super) sql: Option<String>,
}

impl ColumnNote {
    /// A column that a job writes; documents are as clear of it as of every other.
    pub(super) fn new(name: &str, job: Job) -> Self {
        Self { name: name.to_owned(), job, confession: "", clarity: Clarity::Hinted, sql: None }
    }

    /// What the dictionary adds where leaks are named outright.
    pub(super) fn confessing(self, confession: &'static str) -> Self {
        Self { confession, ..self }
    }

    /// How the ETL computes it.
    pub(super) fn computed(self, sql: String) -> Self {
        Self { sql: Some(sql), ..self }
    }
}

/// What is to be done about a leak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Action {
    /// Do not use the column.
    Drop,
    /// Compute it again without the row's own label.
    OutOfFold,
    /// Use values only where they were written before the row.
    MaskByTime,
    /// Keep one row of each form.
    Dedupe,
    /// Split by account.
    GroupSplit,
    /// Split by time.
    ForwardSplit,
    /// Do it inside each fold.
    FitInFold,
    /// Correct for the prevalence of the field.
    Reweight,
    /// Do not look.
    Ignore,
}

/// A leak that was planted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Planted {
    /// The operator's name.
    pub(super) operator: String,
    /// Its code, `K1` to `K15`; `canary` for canaries.
    pub(super) code: String,
    /// The columns that must not be used as they are.
    pub(super) columns: Vec<String>,
    /// A moment column that tells which of its values are late, if values before it are legal.
    pub(super) late_by: Option<String>,
    /// How it arises.
    pub(super) process: String,
    /// What is to be done.
    pub(super) action: Action,
    /// Where it can be read.
    pub(super) evidence: String,
}

/// A task while leaks are planted.
pub(super) struct Draft<'a> {
    /// What was asked for.
    pub(super) settings: &'a Settings,
    /// The legal numeric columns, the strongest first.
    pub(super) numeric: Vec<String>,
    /// The category over which rates are computed, if there is one.
    pub(super) category: Option<String>,
    /// The probabilities of the rows are known; otherwise labels stand in their place.
    pub(super) exact: bool,
    /// The rows by [`Part`].
    pub(super) parts: [Rows; 4],
    /// What was planted.
    pub(super) planted: Vec<Planted>,
    /// What the documents say of each column.
    pub(super) notes: Vec<ColumnNote>,
    /// Sentences on how the rows were collected and will be used.
    pub(super) protocol: Vec<String>,
    /// Functions of the supplied helper code.
    pub(super) helpers: Vec<&'static str>,
    /// Further visible files.
    pub(super) files: Vec<BoxFile>,
    /// Legal columns that look leaky, by their present names.
    pub(super) decoys: Vec<String>,
}

impl Draft<'_> {
    /// The rows of a part.
    pub(super) fn part(&self, part: Part) -> &Rows {
        &self.parts[part as usize]
    }

    /// A name of the pool that no column has yet.
    pub(super) fn name(&self, pool: &[&str], rng: &mut Rng) -> String {
        let taken = |name: &str| self.part(Part::Train).table.position(name).is_some();
        let free: Vec<&&str> = pool.iter().filter(|name| !taken(name)).collect();
        if free.is_empty() {
            format!("{}_{}", pool[0], self.notes.len())
        } else {
            (**rng.pick(&free)).to_owned()
        }
    }

    /// Adds a column to every part; `values` makes each part's.
    ///
    /// # Panics
    /// A column of that name exists, or the values do not fit.
    pub(super) fn push(
        &mut self,
        note: ColumnNote,
        field: &Field,
        mut values: impl FnMut(&Rows, Part) -> Column,
    ) {
        let columns = PARTS.map(|part| values(self.part(part), part));
        for (rows, column) in self.parts.iter_mut().zip(columns) {
            rows.table.push(field.clone(), column).expect("a planted column fits its part");
        }
        self.notes.push(note);
    }

    /// Training rows of positive label, as a share.
    pub(super) fn train_share(&self) -> f64 {
        let train = self.part(Part::Train);
        train.positive.iter().filter(|positive| **positive).count() as f64 / train.len().max(1) as f64
    }

    /// Labels as a leak sees them: true where it leaks, drawn anew at the training share elsewhere, so that the column
    /// keeps its distribution and loses its information.
    pub(super) fn labels_for(&self, part: Part, seed: &Seed) -> Vec<bool> {
        if part.leaks() {
            return self.part(part).positive.clone();
        }
        let mut rng = seed.derive(&format!("blank/{}", part as usize)).rng();
        let share = self.train_share();
        (0..self.part(part).len()).map(|_| rng.chance(share)).collect()
    }

    /// How many standard deviations a planted column sets the classes apart.
    pub(super) fn separation(&self) -> f64 {
        2.8 - 1.9 * self.settings.subtlety
    }
}

/// A numeric feature field with a sentence.
pub(super) fn numeric(name: &str, kind: Kind, doc: &str) -> Field {
    let mut field = Field::new(name, kind, Role::Feature);
    doc.clone_into(&mut field.doc);
    field
}
