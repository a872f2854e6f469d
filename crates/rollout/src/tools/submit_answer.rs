//! `submit_answer`: ends the episode. Its argument schema comes from the environment, its check from the grader.

use envy_core::{BoxFuture, Effect, SandboxError, Tool, ToolOutcome, ToolSchema, Workbox};
use serde_json::{Value, json};

/// The tool's name, whose schema an environment replaces.
pub const SUBMIT_ANSWER: &str = "submit_answer";

pub(super) struct SubmitAnswer;

impl Tool for SubmitAnswer {
    fn schema(&self) -> ToolSchema {
        ToolSchema {
            name: SUBMIT_ANSWER.to_owned(),
            description: "Hand in your work. The first valid submission ends the episode.".to_owned(),
            parameters: json!({"type": "object", "properties": {}, "required": []}),
        }
    }

    fn call<'a>(
        &'a self,
        arguments: &'a Value,
        _workbox: &'a mut dyn Workbox,
    ) -> BoxFuture<'a, Result<ToolOutcome, SandboxError>> {
        Box::pin(async { Ok(ToolOutcome::Effect(Effect::Submit(arguments.clone()))) })
    }
}
