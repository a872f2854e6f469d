//! What passes between the episode and a model.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::episode::Sampling;

/// One message of a conversation, in our own words. Providers translate it to their dialect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "half of all messages are replies")]
pub enum Message {
    /// The rules of the game.
    System {
        /// The words.
        text: String,
    },
    /// The task, a reminder.
    User {
        /// The words.
        text: String,
    },
    /// What the model said, kept as it came.
    Assistant(Reply),
    /// What its tool calls brought, one for each call in order.
    Tools {
        /// In the order of the calls.
        observations: Vec<Observation>,
    },
}

/// A model's reply.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The visible text.
    pub text: String,
    /// The tool calls, in order.
    pub calls: Vec<ToolCall>,
    /// The reply was cut at the token limit.
    #[serde(default)]
    pub truncated: bool,
    /// The model refused to go on.
    #[serde(default)]
    pub refused: bool,
    /// The provider's own word for why the reply ended; empty from a policy.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub finish: String,
    /// What it cost.
    #[serde(default)]
    pub usage: Usage,
    /// The engine's own tokens, from servers that give them; never made by tokenising again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Tokens>,
    /// The provider's own JSON, replayed unchanged (reasoning blocks, signatures); null from a policy.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub raw: Value,
    /// The call as it went over the wire, if the run records calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<Box<Exchange>>,
}

/// One call as it went over the wire. Headers, and with them the key, are not part of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// How many leading messages of the last request's list this one's begins with: they are not repeated.
    pub kept: usize,
    /// The request's body: the messages after those kept, and every other member that differs from the last request.
    pub request: Value,
    /// The whole body of the response; a streamed one put together.
    pub response: Value,
}

/// One tool call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The provider's id of the call.
    pub id: String,
    /// The tool's name, known or not.
    pub name: String,
    /// The arguments as JSON; a string that is no JSON is kept as that string.
    pub arguments: Value,
}

/// What one tool call brought. An agent's mistake is an observation too, never an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// The call's id.
    pub call: String,
    /// What the agent reads, already cut to its cap.
    pub text: String,
    /// The call failed.
    pub is_error: bool,
}

/// The tokens of one call as the inference engine saw them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tokens {
    /// Ids of the prompt; empty if the server does not give them.
    pub prompt_ids: Vec<u32>,
    /// Ids of the reply.
    pub completion_ids: Vec<u32>,
    /// Natural logarithm of the probability of each token of the reply.
    pub logprobs: Vec<f64>,
    /// How the sampler was asked to draw them; unset fields were the engine's own default.
    #[serde(default)]
    pub sampling: Sampling,
    /// The most tokens that the reply was allowed.
    #[serde(default)]
    pub tokens_max: u32,
}

/// Tokens and money of one reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens read.
    pub prompt_tokens: u64,
    /// Of those, tokens from the provider's cache.
    pub cached_tokens: u64,
    /// Tokens written.
    pub completion_tokens: u64,
    /// US dollars, if a price is known.
    pub cost: Option<f64>,
}
