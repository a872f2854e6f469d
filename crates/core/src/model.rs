//! Model: messages in, reply out. An LLM provider, a scripted policy or a replay.

use thiserror::Error;

use crate::BoxFuture;
use crate::episode::EpisodeSpec;
use crate::message::{Message, Reply};
use crate::seed::Seed;
use crate::task::Brief;
use crate::tool::ToolSchema;

/// A source of replies, shared by all episodes of a run.
pub trait Model: Send + Sync {
    /// `provider/name`, as on the command line.
    fn name(&self) -> &str;

    /// A conversation for one episode.
    ///
    /// # Errors
    /// The model cannot play this environment.
    fn open(&self, opening: &Opening<'_>) -> Result<Box<dyn Chat>, ModelError>;
}

/// What a conversation may know when it starts. A provider needs none of it; a policy reads the brief.
pub struct Opening<'a> {
    /// The visible half of the task.
    pub brief: &'a Brief,
    /// How the task is attempted.
    pub episode: &'a EpisodeSpec,
    /// For a policy's own choices, different in each rollout.
    pub seed: Seed,
}

/// What is asked of the model at one turn.
pub struct ChatRequest<'a> {
    /// The conversation so far.
    pub messages: &'a [Message],
    /// The tools on offer.
    pub tools: &'a [ToolSchema],
    /// The most tokens one reply may have.
    pub tokens_max: u32,
}

/// One conversation.
pub trait Chat: Send {
    /// The model's next reply.
    fn reply<'a>(&'a mut self, request: ChatRequest<'a>) -> BoxFuture<'a, Result<Reply, ModelError>>;
}

/// Why there is no reply. All but [`ModelError::ContextFull`] void the episode (`Fault::Provider`).
#[derive(Debug, Error)]
pub enum ModelError {
    /// No such model, no key, no policy of that name for the environment.
    #[error("{0}")]
    Unusable(String),
    /// The conversation no longer fits the model's context: an end (`TokenLimit`), not a fault.
    #[error("the conversation no longer fits the model's context: {0}")]
    ContextFull(String),
    /// The service answered badly or not at all; worth another try.
    #[error("the model's service failed: {0}")]
    Service(String),
}
