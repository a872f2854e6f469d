//! Models that follow a script, wait, fail or panic.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use envy_core::{BoxFuture, Chat, ChatRequest, Model, ModelError, Opening, Reply, ToolCall, Usage};
use serde_json::{Value, json};

use super::Failing;

/// One line of a script: what the model does at one turn.
#[derive(Clone)]
pub(crate) enum Line {
    /// These calls, at no cost.
    Calls(Vec<ToolCall>),
    /// This reply.
    Says(Box<Reply>),
    /// Waits so many milliseconds before it goes on with the script.
    Thinks(u64),
    /// The service fails.
    Fails,
    /// The service refuses for good.
    Unusable,
    /// The context is full.
    Overflows,
    /// The adapter panics.
    Panics,
}

/// A call of `name`.
pub(crate) fn call(name: &str, arguments: Value) -> Line {
    Line::Calls(vec![tool_call(name, arguments)])
}

/// The call that ends an episode, with a `clean.py` that says `content` first.
pub(crate) fn submit(content: &str) -> Line {
    Line::Calls(vec![
        tool_call("write_file", json!({"path": "clean.py", "content": content})),
        tool_call("submit_answer", json!({"note": "done"})),
    ])
}

fn tool_call(name: &str, arguments: Value) -> ToolCall {
    ToolCall { id: format!("id-{name}"), name: name.to_owned(), arguments }
}

impl Line {
    /// A reply with a text and no call.
    pub(crate) fn silence() -> Self {
        Self::Says(Reply { text: "hm".to_owned(), ..Reply::default() }.into())
    }

    /// The same line, at a price.
    pub(crate) fn costing(self, tokens: u64, cost: f64) -> Self {
        let usage =
            Usage { prompt_tokens: tokens - 1, completion_tokens: 1, cached_tokens: 0, cost: Some(cost) };
        match self {
            Self::Calls(calls) => Self::Says(Reply { calls, usage, ..Reply::default() }.into()),
            Self::Says(reply) => Self::Says(Reply { usage, ..*reply }.into()),
            other => other,
        }
    }

    pub(crate) fn and(self, more: Self) -> Self {
        match (self, more) {
            (Self::Calls(mut calls), Self::Calls(more)) => {
                calls.extend(more);
                Self::Calls(calls)
            }
            _ => panic!("only calls can be joined"),
        }
    }
}

/// A model that follows a script in every conversation, and is silent after it.
pub(crate) struct Scripted {
    lines: Vec<Line>,
    /// Which replies fail, counted over all conversations.
    failing: Failing,
    replies: Arc<AtomicU64>,
}

impl Scripted {
    pub(crate) fn new(lines: Vec<Line>) -> Self {
        Self { lines, failing: Failing::Never, replies: Arc::default() }
    }

    pub(crate) fn failing(lines: Vec<Line>, failing: Failing) -> Self {
        Self { failing, ..Self::new(lines) }
    }

    /// Replies asked for so far.
    pub(crate) fn replies(&self) -> u64 {
        self.replies.load(SeqCst)
    }
}

impl Model for Scripted {
    fn name(&self) -> &'static str {
        "test/scripted"
    }

    fn open(&self, _opening: &Opening<'_>) -> Result<Box<dyn Chat>, ModelError> {
        if matches!(self.lines.first(), Some(Line::Unusable)) {
            return Err(ModelError::Unusable("no key: set TEST_KEY".to_owned()));
        }
        let lines = self.lines.clone().into_iter();
        Ok(Box::new(Talk { lines, failing: self.failing, replies: Arc::clone(&self.replies) }))
    }
}

struct Talk {
    lines: std::vec::IntoIter<Line>,
    failing: Failing,
    replies: Arc<AtomicU64>,
}

impl Chat for Talk {
    fn reply<'a>(&'a mut self, _request: ChatRequest<'a>) -> BoxFuture<'a, Result<Reply, ModelError>> {
        Box::pin(async move {
            let count = self.replies.fetch_add(1, SeqCst) + 1;
            if self.failing.hits(count) {
                return Err(ModelError::Service("503".to_owned()));
            }
            loop {
                return match self.lines.next() {
                    Some(Line::Calls(calls)) => Ok(Reply { calls, ..Reply::default() }),
                    Some(Line::Says(reply)) => Ok(*reply),
                    Some(Line::Thinks(ms)) => {
                        tokio::time::sleep(Duration::from_millis(ms)).await;
                        continue;
                    }
                    Some(Line::Fails) => Err(ModelError::Service("529 overloaded".to_owned())),
                    Some(Line::Unusable) => Err(ModelError::Unusable("wrong key".to_owned())),
                    Some(Line::Overflows) => Err(ModelError::ContextFull("8192 tokens".to_owned())),
                    Some(Line::Panics) => panic!("adapter out of range"),
                    None => Ok(Reply::default()),
                };
            }
        })
    }
}
