//! Grader: sole holder of a task's hidden half. It turns a submission into a verdict, in Rust, from files.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::episode::EpisodeSpec;
use crate::job::Work;
use crate::judge::{Question, Ruling};
use crate::record::Submission;
use crate::verdict::Score;

/// Grades one task; shared by a group of rollouts.
pub trait Grader: Send + Sync {
    /// Whether a submission is worth ending the episode for: a quick look that runs nothing.
    ///
    /// # Errors
    /// What is wrong with it, as the agent shall read it.
    fn check(&self, submission: &Submission) -> Result<(), String>;

    /// A coarse score on the oracle set, which is disjoint from the final one, for `eval_model`.
    fn probe(&self, input: ProbeInput) -> Box<dyn Work<ProbeReply>>;

    /// What only a judge can decide about a submission; nothing where everything is decided without one.
    fn questions(&self, _submission: &Submission) -> Vec<Question> {
        Vec::new()
    }

    /// The score. Whatever the agent's code does inside its limits is graded as found.
    fn grade(&self, input: GradeInput) -> Box<dyn Work<Score>>;
}

/// What is probed.
pub struct ProbeInput {
    /// The files as they stand.
    pub submission: Submission,
    /// What the last probe of this episode left behind; null at first.
    pub ladder: Value,
    /// How the task is attempted.
    pub episode: EpisodeSpec,
}

/// What a probe answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProbeReply {
    /// For the agent.
    pub text: String,
    /// The probe could not be scored (missing or crashing code).
    pub is_error: bool,
    /// For the next probe.
    pub ladder: Value,
}

/// What is graded.
pub struct GradeInput {
    /// The submission, or what lay there when the episode ended.
    pub submission: Submission,
    /// How the task was attempted.
    pub episode: EpisodeSpec,
    /// Uses of `eval_model`.
    pub probes: u32,
    /// What a judge ruled on the grader's questions; empty without one.
    pub rulings: Vec<Ruling>,
}
