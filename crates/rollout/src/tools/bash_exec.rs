//! `bash_exec`: a shell command in the box. Nothing survives it but files: no shell session is kept.

use envy_core::{BoxFuture, SandboxError, Tool, ToolOutcome, ToolSchema, Workbox};
use serde_json::{Value, json};

use super::{mistaken, text};
use crate::{paths, program};

pub(super) struct BashExec;

impl Tool for BashExec {
    fn schema(&self) -> ToolSchema {
        ToolSchema {
            name: "bash_exec".to_owned(),
            description:
                "Run a bash command. There is no network. Files stay; variables, the current folder and \
                          background processes do not. Answers the exit code, stdout and stderr."
                    .to_owned(),
            parameters: json!({
                "type": "object",
                "properties": {
                    "command": {"type": "string", "minLength": 1, "description": "The command."},
                    "timeout": program::timeout_schema(),
                    "cwd": {
                        "type": "string",
                        "description": "Folder to run in, relative to the work directory (default: the work directory).",
                    },
                },
                "required": ["command"],
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
            let cwd = match paths::relative(text(arguments, "cwd")) {
                Ok(cwd) => cwd,
                Err(problem) => return Ok(mistaken(problem)),
            };
            program::run(workbox, &["bash", "-c", text(arguments, "command")], cwd, arguments).await
        })
    }
}
