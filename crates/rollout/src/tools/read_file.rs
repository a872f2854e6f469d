//! `read_file`: the content of a text file in the box.

use envy_core::{BoxFuture, SandboxError, Tool, ToolOutcome, ToolSchema, Workbox};
use serde_json::{Value, json};

use super::{missing, mistaken, text, told};
use crate::paths;

/// Bytes of the largest file that is read; an observation shows less anyway.
const READ_BYTES_MAX: u64 = 4 << 20;

pub(super) struct ReadFile;

impl Tool for ReadFile {
    fn schema(&self) -> ToolSchema {
        ToolSchema {
            name: "read_file".to_owned(),
            description: "Read a text file. A long file is shown with its middle cut out; \
                          use a script to look at its parts."
                .to_owned(),
            parameters: json!({
                "type": "object",
                "properties": {
                    "path": {
                        "type": "string",
                        "minLength": 1,
                        "description": "The file, relative to the work directory.",
                    },
                },
                "required": ["path"],
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
            let path = match paths::file(text(arguments, "path")) {
                Ok(path) => path,
                Err(problem) => return Ok(mistaken(problem)),
            };
            let Some(bytes) = workbox.read(&path, READ_BYTES_MAX).await? else {
                return Ok(missing(&path));
            };
            Ok(match String::from_utf8(bytes) {
                Ok(content) if content.is_empty() => told(format!("{path} is empty")),
                Ok(content) => told(content),
                Err(error) => mistaken(format!(
                    "{path} is not text ({} bytes); use a script to look at it",
                    error.as_bytes().len()
                )),
            })
        })
    }
}
