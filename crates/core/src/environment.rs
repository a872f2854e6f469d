//! Environment: a kind of task with its knobs, tools, limits and grading.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::episode::EpisodeSpec;
use crate::grader::Grader;
use crate::job::Work;
use crate::knobs::{Dial, Knob, Preset};
use crate::policy::Policy;
use crate::seed::Salt;
use crate::spec::TaskSpec;
use crate::task::{Brief, Certificate, Hidden, Task};

/// A kind of task.
pub trait Environment: Send + Sync {
    /// Everything static about it.
    fn info(&self) -> &'static EnvironmentInfo;

    /// Generates the task of a spec, proving it on the way; the same input gives the same bytes everywhere.
    fn generate(&self, input: GenerateInput) -> Box<dyn Work<Result<Generated, GenerateError>>>;

    /// The holder of a task's hidden half.
    ///
    /// # Errors
    /// The folder was made by another version or edited: one sentence.
    fn grader(&self, brief: &Brief, hidden: &Hidden) -> Result<Box<dyn Grader>, String>;

    /// The first messages of an episode: (system, user).
    fn prompt(&self, brief: &Brief, episode: &EpisodeSpec) -> (String, String);

    /// The scripted agents, from null to reference, then the cheats.
    fn policies(&self) -> &'static [&'static dyn Policy];

    /// The cheats of the zoo that play here, beside those among the policies.
    fn exploits(&self) -> &'static [&'static dyn Policy] {
        &[]
    }

    /// What perfect work would score on the task of this certificate, where nobody needs to play for it.
    fn expert(&self, _certificate: &Certificate) -> Option<Expert> {
        None
    }

    /// Where the agent also models: the visible half without what is wrong with it, and the metric that an episode on it
    /// makes the expert's score.
    ///
    /// # Errors
    /// The hidden half cannot be read: one sentence.
    fn uncorrupted(&self, _brief: &Brief, _hidden: &Hidden) -> Result<Option<Uncorrupted>, String> {
        Ok(None)
    }
}

/// What an expert plays on.
pub struct Uncorrupted {
    /// The visible half with which nothing is wrong.
    pub brief: Brief,
    /// The metric of the score that counts.
    pub metric: &'static str,
}

/// What perfect work would score: a model's score on data with which nothing is wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expert {
    /// The model's score on the true data.
    pub score: f64,
    /// Where the model is the environment's own: its score on the data as the agent gets them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<f64>,
    /// The metric of an episode: with a floor, how far it came from there (0) to `score` (1), else the score itself.
    pub metric: String,
    /// Who played for it; nothing if nobody had to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

impl Expert {
    /// The model's score after an episode with these metrics, as a share of the expert's.
    pub fn share(&self, metrics: &BTreeMap<String, f64>) -> Option<f64> {
        let reached = *metrics.get(&self.metric)?;
        let score = self.floor.map_or(reached, |floor| floor + reached * (self.score - floor));
        Some(score / self.score).filter(|share| share.is_finite())
    }
}

/// A way in which a task is attempted; what is generated does not depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Track {
    /// The name after `--track`.
    pub name: &'static str,
    /// One sentence for people: what the agent writes.
    pub doc: &'static str,
    /// The agent trains a model, so that slow training work makes sense.
    pub trains: bool,
}

impl Track {
    /// The only track of an environment in which the agent trains nothing.
    pub const FIXED: Self = Self { name: "fixed", doc: "The task as it is.", trains: false };
}

/// Everything static about an environment.
pub struct EnvironmentInfo {
    /// Registry name.
    pub name: &'static str,
    /// The generator's version: part of every task's identity, raised when any byte changes.
    pub version: &'static str,
    /// The grader's version: raised when the same submission would get another verdict.
    pub grader: &'static str,
    /// One sentence for people.
    pub doc: &'static str,
    /// Its knobs.
    pub knobs: &'static [Knob],
    /// Its presets.
    pub presets: &'static [Preset],
    /// The presets that are its levels of difficulty, easiest first: level N is the N-th of them.
    pub levels: &'static [&'static str],
    /// The knobs that make its tasks harder, the strongest first, each with its easy and its hard end.
    pub dials: &'static [Dial],
    /// The ways in which its tasks are attempted, the default first; that one is called `fixed`.
    pub tracks: &'static [Track],
    /// The tools it offers, by name.
    pub tools: &'static [&'static str],
    /// The metrics of its score that a report shows, in order.
    pub metrics: &'static [&'static str],
    /// What the metrics of its score say, by name, those that no report shows included.
    pub explained: &'static [(&'static str, &'static str)],
    /// JSON schema of `submit_answer`'s arguments.
    pub submission_schema: fn() -> Value,
}

impl EnvironmentInfo {
    /// The grader by name and version, such as `cleaning 1`, as records have it.
    pub fn grader_name(&self) -> String {
        format!("{} {}", self.name, self.grader)
    }

    /// The track of that name.
    pub fn track(&self, name: &str) -> Option<&'static Track> {
        self.tracks.iter().find(|track| track.name == name)
    }
}

/// What a generation starts from.
pub struct GenerateInput {
    /// What to generate; its knobs are complete.
    pub spec: TaskSpec,
    /// The salt that `spec.salt` names.
    pub salt: Salt,
    /// The user's own table, if `spec.table` names one.
    pub table: Option<Vec<u8>>,
}

/// A task that proved itself, and the candidates that did not.
pub struct Generated {
    /// The task.
    pub task: Task,
    /// The candidates that the gate rejected on the way.
    pub rejections: Vec<Rejection>,
    /// What was understood of the user's table and the like, for people.
    pub notes: Vec<String>,
}

/// A candidate that the gate rejected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// The gate's condition, a stable kebab-case name.
    pub condition: String,
    /// The figures.
    pub detail: String,
}

/// Why there is no task.
#[derive(Debug, Error)]
pub enum GenerateError {
    /// The knobs or the user's table cannot make a task; `hint` says what to change.
    #[error("{what}")]
    Input {
        /// What is wrong.
        what: String,
        /// What to change.
        hint: String,
    },
    /// Every candidate was rejected.
    #[error("no candidate of {} passed the gate", .rejections.len())]
    Exhausted {
        /// Why each was.
        rejections: Vec<Rejection>,
    },
}
