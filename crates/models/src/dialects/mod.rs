//! Dialects: how a provider wants a conversation written, and how it answers. Pure translation, no IO.
//!
//! A dialect keeps the provider's own JSON of every reply (`Reply::raw`) and sends it back unchanged, so that reasoning
//! blocks with their signatures survive and each request's prefix equals the last one's.

mod anthropic;
mod google;
mod openai_chat;
mod openai_responses;

use envy_core::{Message, Reply, Sampling, ToolSchema};
use serde_json::{Value, json};

pub use anthropic::Anthropic;
pub use google::Google;
pub use openai_chat::OpenAiChat;
pub use openai_responses::OpenAiResponses;

/// Every dialect.
pub const ALL: &[&dyn Dialect] = &[&Anthropic, &Google, &OpenAiChat, &OpenAiResponses];

/// The template of new files, compiled where they would lie.
#[cfg(test)]
#[path = "../../../../xtask/templates/provider.rs"]
mod template_name;
#[cfg(test)]
const _: &dyn Dialect = &template_name::Template;

/// What is asked of a provider.
pub struct Ask<'a> {
    /// The model's exact name, as the provider knows it.
    pub model: &'a str,
    /// The conversation so far.
    pub messages: &'a [Message],
    /// The tools on offer.
    pub tools: &'a [ToolSchema],
    /// The most tokens the reply may have.
    pub tokens_max: u32,
    /// How to sample.
    pub sampling: &'a Sampling,
    /// Ask for server-sent events.
    pub stream: bool,
    /// Hold the reply to this JSON schema.
    pub schema: Option<&'a Value>,
    /// A server of the open field, which may know only the older names of things.
    pub is_open: bool,
    /// Ask for token ids and log-probabilities (servers that do not know these fields would refuse them).
    pub capture: bool,
}

/// Where a request goes: the path after the base URL, and the headers.
pub struct Address {
    /// Path and query, without a leading slash.
    pub path: String,
    /// Names and values; the key is among them.
    pub headers: Vec<(&'static str, String)>,
}

/// A reply that cannot be read; the message says what was wrong with it.
pub type Unreadable = String;

/// One provider's way to write and answer a conversation.
pub trait Dialect: Send + Sync {
    /// Registry name.
    fn name(&self) -> &'static str;

    /// Where to send it.
    fn address(&self, model: &str, key: &str, stream: bool) -> Address;

    /// The request's body.
    fn body(&self, ask: &Ask<'_>) -> Value;

    /// Folds one streamed event into the body that the provider would have sent whole.
    /// True once the event says that nothing follows.
    ///
    /// # Errors
    /// The event is not of this dialect, or reports a failure.
    fn fold(&self, whole: &mut Value, event: &Value) -> Result<bool, Unreadable>;

    /// Reads a whole body.
    ///
    /// # Errors
    /// The body is not of this dialect.
    fn read(&self, body: Value) -> Result<Reply, Unreadable>;
}

/// Arguments as JSON; text that is none is kept as a string, for the tool to complain about.
fn arguments(text: &str) -> Value {
    if text.trim().is_empty() {
        return json!({});
    }
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// Sets `body[name]` if there is a value.
fn set(body: &mut Value, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        body[name] = value.into();
    }
}

/// The unsigned number at a JSON pointer, 0 if there is none.
fn count(value: &Value, pointer: &str) -> u64 {
    value.pointer(pointer).and_then(Value::as_u64).unwrap_or(0)
}

/// The string at a JSON pointer, empty if there is none.
fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The array at a JSON pointer, empty if there is none.
fn items<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Appends `more` to the string `object[name]`, which may not be there yet.
fn append(object: &mut Value, name: &str, more: &str) {
    match &mut object[name] {
        Value::String(text) => text.push_str(more),
        slot => *slot = Value::String(more.to_owned()),
    }
}

/// The error message of a body or an event that reports one.
fn reported(value: &Value) -> Option<Unreadable> {
    let error = value.get("error").filter(|error| !error.is_null())?;
    let message =
        error.get("message").and_then(Value::as_str).map_or_else(|| error.to_string(), String::from);
    Some(format!("the provider reports: {message}"))
}
