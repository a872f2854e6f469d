//! A fault is not a score: a verdict is graded, or it is void and says whose fault that was.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The outcome of one episode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// A number exists only here.
    Graded(Score),
    /// No number: something broke that no agent byte can break.
    Void(Fault),
}

impl Verdict {
    /// The score, if there is one.
    pub fn score(&self) -> Option<&Score> {
        match self {
            Self::Graded(score) => Some(score),
            Self::Void(_) => None,
        }
    }
}

/// Whose fault a void is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The model's service.
    Provider,
    /// The host under the box.
    Sandbox,
    /// The task's folder.
    Task,
    /// Our grading code.
    Grader,
}

/// Why an episode is void. It is retried within a bound, counted and shown, never averaged in as 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Whose.
    pub kind: FaultKind,
    /// What happened, for the operator.
    pub detail: String,
}

impl Fault {
    /// A fault of `kind`.
    pub fn new(kind: FaultKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }
}

/// A graded episode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// In `[0, 1]`.
    pub reward: f64,
    /// The environment's pass rule held.
    pub passed: bool,
    /// Named figures (`recovery`, `repair_f1`, `damage`, ...); each is finite.
    pub metrics: BTreeMap<String, f64>,
    /// What the reward and the pass are made of, in order.
    pub criteria: Vec<Criterion>,
    /// Signs of cheating or breakage, beside the score and never mixed into it.
    pub flags: Vec<Flag>,
}

impl Score {
    /// Reward 0, not passed, with the reason as its one criterion: no work, crashing work, or work past reading.
    pub fn zero(reason: impl Into<String>) -> Self {
        Self {
            reward: 0.0,
            passed: false,
            metrics: BTreeMap::new(),
            criteria: vec![Criterion { name: "submission".to_owned(), met: false, detail: reason.into() }],
            flags: Vec::new(),
        }
    }
}

/// One named condition and how it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    /// Its name.
    pub name: String,
    /// Whether it holds.
    pub met: bool,
    /// The figures behind it, for the operator.
    pub detail: String,
}

/// A sign of cheating or breakage with its evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flag {
    /// A stable kebab-case name, such as `output-unreadable`.
    pub name: String,
    /// Turn, file or line.
    pub evidence: String,
}
