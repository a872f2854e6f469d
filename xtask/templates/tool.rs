//! `template_name`: what the agent gets by it.

use envy_core::{BoxFuture, SandboxError, Tool, ToolOutcome, ToolSchema, Workbox};
use serde_json::{Value, json};

use super::{mistaken, text, told};
use crate::paths;

pub(super) struct Template;

impl Tool for Template {
    fn schema(&self) -> ToolSchema {
        ToolSchema {
            name: "template_name".to_owned(),
            description: "Count the entries of a folder.".to_owned(),
            parameters: json!({
                "type": "object",
                "properties": {
                    "path": {
                        "type": "string",
                        "description": "The folder, relative to the work directory (default: the work directory).",
                    },
                },
                "required": [],
                "additionalProperties": false,
            }),
        }
    }

    fn call<'a>(
        &'a self,
        arguments: &'a Value,
        workbox: &'a mut dyn Workbox,
    ) -> BoxFuture<'a, Result<ToolOutcome, SandboxError>> {
        Box::pin(async move {
            // What an agent does wrong is an observation, never an error.
            let folder = match paths::relative(text(arguments, "path")) {
                Ok(folder) => folder,
                Err(problem) => return Ok(mistaken(problem)),
            };
            Ok(told(workbox.list(&folder).await?.len().to_string()))
        })
    }
}
