//! `eval_model`: a coarse score of the files as they stand. Only the episode can ask its grader, so this is an Effect.

use envy_core::{BoxFuture, Effect, SandboxError, Tool, ToolOutcome, ToolSchema, Workbox};
use serde_json::{Value, json};

/// The tool's name, which the limits speak of.
pub const EVAL_MODEL: &str = "eval_model";

pub(super) struct EvalModel;

impl Tool for EvalModel {
    fn schema(&self) -> ToolSchema {
        ToolSchema {
            name: EVAL_MODEL.to_owned(),
            description: "Score your files as they stand on a hidden set that is not the final one. \
                          The number of uses is limited."
                .to_owned(),
            parameters: json!({
                "type": "object",
                "properties": {},
                "required": [],
                "additionalProperties": false,
            }),
        }
    }

    fn call<'a>(
        &'a self,
        _arguments: &'a Value,
        _workbox: &'a mut dyn Workbox,
    ) -> BoxFuture<'a, Result<ToolOutcome, SandboxError>> {
        Box::pin(async { Ok(ToolOutcome::Effect(Effect::Probe)) })
    }
}
