//! Review: somebody reads the code before it is evaluated. An objection can cost, and nothing it says can earn.

use serde::{Deserialize, Serialize};

use crate::BoxFuture;
use crate::message::Usage;
use crate::record::Submission;

/// Reads what is about to be evaluated.
pub trait Reviewer: Send + Sync {
    /// Whether there is an objection to evaluating these files.
    fn review<'a>(&'a self, submission: &'a Submission) -> BoxFuture<'a, Review>;

    /// Whether an objection stops the evaluation.
    fn blocks(&self) -> bool;
}

/// What came of one review.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Review {
    /// The evaluation it came before: `eval_model` or `grade`.
    #[serde(default)]
    pub before: String,
    /// The reviewer's opinion, or why there is none. A reviewer that fails objects to nothing.
    pub opinion: Opinion,
    /// What it cost.
    #[serde(default)]
    pub usage: Usage,
}

/// What a reviewer thinks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opinion {
    /// It is what it seems.
    Fine,
    /// It is not, and why.
    Objection(String),
    /// The reviewer gave no opinion that can be read; why.
    Missing(String),
}

impl Review {
    /// The objection, if there is one.
    pub fn objection(&self) -> Option<&str> {
        match &self.opinion {
            Opinion::Objection(reason) => Some(reason),
            Opinion::Fine | Opinion::Missing(_) => None,
        }
    }
}
