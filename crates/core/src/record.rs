//! One sealed episode: everything that is needed to read it, count it and grade it again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::episode::EpisodeSpec;
use crate::id::{Digest, TaskId};
use crate::integrity::Integrity;
use crate::job::JobResult;
use crate::judge::Ruling;
use crate::message::{Message, Observation, Reply};
use crate::task::BoxFile;
use crate::verdict::{Score, Verdict};

/// Why an episode ended. An end is not an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// A valid submission.
    Submitted,
    /// No turns left.
    TurnLimit,
    /// No tokens left, or the context overflowed.
    TokenLimit,
    /// No money left.
    CostLimit,
    /// No time left.
    TimeLimit,
    /// The model stopped without submitting.
    GaveUp,
    /// A fault broke it off: the verdict is void and says whose.
    Fault,
}

/// What is graded: the answer given to `submit_answer` and the collected files. Data, never run on the host.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Submission {
    /// The arguments of `submit_answer`, or null if the episode ended otherwise.
    pub answer: Value,
    /// The files that the brief's `collect` patterns name, sorted by path.
    pub files: Vec<BoxFile>,
}

impl Submission {
    /// The content of a submitted file.
    pub fn file(&self, path: &str) -> Option<&[u8]> {
        self.files.iter().find(|file| file.path == path).map(|file| file.bytes.as_slice())
    }
}

/// One turn: a model call and what its tool calls brought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// The reply as it came.
    pub reply: Reply,
    /// One observation for each call.
    pub observations: Vec<Observation>,
    /// Wall clock of the model call, milliseconds.
    pub model_ms: u64,
    /// Wall clock of the tool calls, milliseconds.
    pub tools_ms: u64,
}

/// The conversation: what was said first, then the turns. Its size is linear in the number of turns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trajectory {
    /// System and user messages at the start.
    pub opening: Vec<Message>,
    /// The turns in order.
    pub turns: Vec<Turn>,
}

impl Record {
    /// The score as it counts under the record's integrity mode; nothing of a void or of an episode that is left out.
    pub fn counted(&self) -> Option<Score> {
        let mut score = self.verdict.score().filter(|_| !self.integrity.is_filtered())?.clone();
        (score.reward, score.passed) = self.integrity.counted(score.reward, score.passed);
        Some(score)
    }
}

/// One sealed episode. Hidden data is never in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Always `envy.record/1`.
    pub schema: String,
    /// The task.
    pub task: TaskId,
    /// The digest of the task's folder: public and hidden files.
    pub task_digest: Digest,
    /// Which rollout of the task this is, from 0.
    pub rollout: u32,
    /// How often this rollout was tried before because it came out void.
    pub attempt: u32,
    /// How it was attempted.
    pub episode: EpisodeSpec,
    /// Why it ended.
    pub end: End,
    /// The conversation.
    pub trajectory: Trajectory,
    /// What was graded.
    pub submission: Submission,
    /// The results of the grading jobs, from which the verdict can be computed again.
    pub job_results: Vec<Vec<JobResult>>,
    /// What a judge ruled, from which the verdict is computed again as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rulings: Vec<Ruling>,
    /// Uses of `eval_model`.
    pub probes: u32,
    /// The outcome.
    pub verdict: Verdict,
    /// Who graded it, by name and version; empty in records of an envy that did not say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub grader: String,
    /// What was seen of cheating, beside the score.
    #[serde(default)]
    pub integrity: Integrity,
    /// The backend and how strict it was.
    pub sandbox: String,
    /// The digest of the Python runtime's lock.
    pub runtime: String,
    /// Wall clock of the whole episode with its grading, milliseconds.
    pub wall_ms: u64,
    /// Figures of the machine and the like, for people.
    #[serde(default)]
    pub notes: BTreeMap<String, Value>,
}
