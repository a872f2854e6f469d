//! How a task is attempted. Nothing here touches a seed stream, so tracks and limits compare on one task.

use serde::{Deserialize, Serialize};

use crate::environment::Track;
use crate::integrity::{IntegrityMode, ReviewSpec};

/// How a task is attempted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpisodeSpec {
    /// Always `envy.episode-spec/1`.
    pub schema: String,
    /// `provider/name` of the model, or `policy/name`.
    pub model: String,
    /// The track of the environment (`fixed` in cleaning).
    pub track: String,
    /// Bounds on the whole attempt.
    pub limits: Limits,
    /// How the model samples; unset fields leave the provider's own default.
    #[serde(default)]
    pub sampling: Sampling,
    /// The pass threshold, if it is not the environment's own.
    pub tau: Option<f64>,
    /// The agent works on data with which nothing is wrong: what it reaches is what later attempts are compared with.
    #[serde(default)]
    pub expert: bool,
    /// The packages of slow training work are in the box, and the prompt says so.
    #[serde(default)]
    pub slow: bool,
    /// What is done with an episode that shows signs of cheating.
    #[serde(default)]
    pub integrity: IntegrityMode,
    /// Who reads the code before it is evaluated, if anybody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<ReviewSpec>,
    /// A file with a token that no work needs lies in the box: whose words hold the token was looking for more than the task.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub honey: bool,
}

/// How a model samples its replies. A policy samples nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// From 0 (greedy); the provider bounds it above.
    pub temperature: Option<f64>,
    /// Nucleus mass, in `(0, 1]`.
    pub top_p: Option<f64>,
    /// The provider's sampling seed, where it has one.
    pub seed: Option<u64>,
    /// The provider's own word for how long to reason, such as `low`, `medium` or `high`.
    pub reasoning_effort: Option<String>,
}

/// Bounds on one attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Model turns.
    pub turns_max: u32,
    /// Tokens of one reply.
    pub reply_tokens_max: u32,
    /// Uses of `eval_model`.
    pub probes_max: u32,
    /// Wall clock of the whole attempt, seconds.
    pub wall_s: u64,
    /// Tokens read and written in all, if bounded.
    pub tokens_max: Option<u64>,
    /// US dollars in all, if bounded.
    pub cost_max: Option<f64>,
    /// Bytes of one observation.
    pub observation_bytes_max: u64,
}

impl Limits {
    /// 30 turns, 3,000 tokens a reply, 5 probes, one hour, 10,000 bytes an observation.
    pub fn standard() -> Self {
        Self {
            turns_max: 30,
            reply_tokens_max: 3_000,
            probes_max: 5,
            wall_s: 3_600,
            tokens_max: None,
            cost_max: None,
            observation_bytes_max: 10_000,
        }
    }
}

impl EpisodeSpec {
    /// `model` on the default track under the standard limits.
    pub fn new(model: &str) -> Self {
        Self {
            schema: "envy.episode-spec/1".to_owned(),
            model: model.to_owned(),
            track: Track::FIXED.name.to_owned(),
            limits: Limits::standard(),
            sampling: Sampling::default(),
            tau: None,
            expert: false,
            slow: false,
            integrity: IntegrityMode::Report,
            review: None,
            honey: false,
        }
    }
}
