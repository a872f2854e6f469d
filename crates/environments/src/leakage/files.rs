//! The names of a task's files, the hidden meta, and reading both back.

use std::collections::BTreeMap;

use envy_core::Hidden;
use envy_tabular::{RawLimits, RawTable};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::draft::Planted;

/// The header of the label.
pub(super) const TARGET: &str = "target";
/// Rows with labels.
pub(super) const TRAIN: &str = "train.csv";
/// Rows without.
pub(super) const TEST: &str = "test.csv";
/// The columns with their kinds.
pub(super) const COLUMNS: &str = "columns.json";
/// The data dictionary.
pub(super) const README: &str = "README.md";
/// Who writes which column when.
pub(super) const ASOF: &str = "logs/asof.log";
/// Jobs and definitions of computed columns.
pub(super) const ETL: &str = "etl/features.sql";
/// Supplied code.
pub(super) const HELPERS: &str = "helpers.py";
/// What an earlier run left behind.
pub(super) const CACHE: &str = "cache/features_v1.csv";
/// What a session of Python starts with.
pub(super) const SESSION: &str = "session_start.py";
/// The program that runs a pipeline as the grader does.
pub(super) const DRIVER: &str = "run_pipeline.py";
/// The agent's code.
pub(super) const PIPELINE: &str = "pipeline.py";
/// What the agent says of it.
pub(super) const REPORT: &str = "report.json";
/// What a grading job is to do.
pub(super) const PLAN: &str = "plan.json";
/// What the driver writes.
pub(super) const PREDICTIONS: &str = "predictions.csv";

/// The hidden test rows' labels and probabilities.
pub(super) const TEST_TRUTH: &str = "test_truth.csv";
/// The field, without labels.
pub(super) const DEPLOY: &str = "deploy.csv";
/// Its labels and probabilities.
pub(super) const DEPLOY_TRUTH: &str = "deploy_truth.csv";
/// The field's past, without labels.
pub(super) const KNOWN: &str = "known.csv";
/// Its labels and probabilities.
pub(super) const KNOWN_TRUTH: &str = "known_truth.csv";
/// Training rows whose leaks are noise.
pub(super) const NOISED: &str = "train_noised.csv";
/// Rows of the field with other values in the leaks, pairwise.
pub(super) const NEUTRAL: [&str; 2] = ["neutral_a.csv", "neutral_b.csv"];
/// Rows of the field of which the later ones are altered.
pub(super) const FUTURE: &str = "future.csv";
/// Rows of the field with other values in the canaries.
pub(super) const CANARY: &str = "canary.csv";
/// A test frame of garbage.
pub(super) const GARBAGE: &str = "garbage.csv";
/// Everything else.
pub(super) const META: &str = "meta.json";

/// What the grader needs beside the tables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Meta {
    /// Always `envy.leakage-meta/1`.
    pub(super) schema: String,
    /// Probabilities are known; otherwise labels stand in their place and scores are empirical.
    pub(super) exact: bool,
    /// What was planted.
    pub(super) planted: Vec<Planted>,
    /// Legal columns that look leaky.
    pub(super) decoys: Vec<String>,
    /// Every legal column that predicts something, decoys included.
    pub(super) legal: Vec<String>,
    /// Rows of the field before it repeats itself.
    pub(super) unique: usize,
    /// The anchors of the threshold.
    pub(super) scale: Scale,
    /// The threshold's place between them.
    pub(super) lambda: f64,
    /// AUROC on test.csv of a model that uses everything.
    pub(super) naive_public: f64,
    /// Rows of train.csv of each label, negative first: an AUROC estimated from them has an error.
    pub(super) train_counts: [usize; 2],
}

/// What the agent's AUROC in the field is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Scale {
    /// The Bayes bound in the field; for a user's table, where no bound is known, 1.
    pub(super) bayes: f64,
    /// The Bayes bound on test.csv.
    pub(super) bayes_public: f64,
    /// The Bayes bound in the field's past.
    pub(super) bayes_known: f64,
    /// The honest baseline: two errors below the weaker of a logistic and a boosted model on the legal columns.
    pub(super) honest: f64,
    /// The same on test.csv.
    pub(super) honest_public: f64,
    /// A model that uses everything.
    pub(super) naive: f64,
    /// The standard error of an AUROC in the field.
    pub(super) error: f64,
}

impl Scale {
    /// The AUROC that a pass needs at a place: 0 is the honest baseline, 1 the Bayes bound, and never closer to the bound
    /// than two standard errors.
    pub(super) fn tau(&self, lambda: f64) -> f64 {
        (self.honest + lambda * (self.bayes - self.honest)).min(self.bayes - 2.0 * self.error)
    }

    /// The same for predictions of test.csv.
    pub(super) fn tau_public(&self, lambda: f64) -> f64 {
        (self.honest_public + lambda * (self.bayes_public - self.honest_public))
            .min(self.bayes_public - 2.0 * self.error)
    }

    /// The error that labels add to an AUROC in the field: none where probabilities are known.
    pub(super) fn label_error(&self, exact: bool) -> f64 {
        if exact { 0.0 } else { self.error }
    }

    /// The place of an AUROC.
    pub(super) fn lambda(&self, auroc: f64) -> f64 {
        (auroc - self.honest) / (self.bayes - self.honest).max(1e-9)
    }

    /// Below this nothing is paid: a quarter of the way from the honest baseline to chance.
    pub(super) fn floor(&self) -> f64 {
        self.honest - 0.25 * (self.honest - 0.5)
    }
}

/// Reads a hidden entry.
///
/// # Errors
/// It is not there.
pub(super) fn entry<'a>(hidden: &'a Hidden, name: &str) -> Result<&'a [u8], String> {
    hidden.get(name).ok_or_else(|| format!("the hidden half has no {name}"))
}

/// Reads a hidden JSON entry.
///
/// # Errors
/// It is not there, or is something else.
pub(super) fn json<T: DeserializeOwned>(hidden: &Hidden, name: &str) -> Result<T, String> {
    serde_json::from_slice(entry(hidden, name)?).map_err(|error| format!("{name} cannot be read: {error}"))
}

/// Labels and probabilities of a part.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Truth {
    /// The rows' ids.
    pub(super) ids: Vec<String>,
    /// The labels, 0 or 1.
    pub(super) labels: Vec<f64>,
    /// The probabilities.
    pub(super) eta: Vec<f64>,
}

impl Truth {
    /// Reads a hidden truth.
    ///
    /// # Errors
    /// It is not there, or is something else.
    pub(super) fn read(hidden: &Hidden, name: &str) -> Result<Self, String> {
        let raw = RawTable::read(entry(hidden, name)?, RawLimits::OWN)
            .map_err(|error| format!("{name}: {error}"))?;
        let mut truth = Self { ids: Vec::new(), labels: Vec::new(), eta: Vec::new() };
        if raw.headers().len() != 3 {
            return Err(format!("{name} is damaged"));
        }
        for row in 0..raw.rows() {
            let number = |column: usize| {
                let value = raw.cell(row, column).parse::<f64>().ok();
                value.filter(|value| (0.0..=1.0).contains(value)).ok_or_else(|| format!("{name} is damaged"))
            };
            truth.ids.push(raw.cell(row, 0).to_owned());
            truth.labels.push(number(1)?);
            truth.eta.push(number(2)?);
        }
        Ok(truth)
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.eta.len()
    }
}

/// Figures by name.
pub(super) type Figures = BTreeMap<String, f64>;
