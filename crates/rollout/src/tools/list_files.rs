//! `list_files`: what lies in a folder of the box.

use envy_core::{BoxFuture, SandboxError, Tool, ToolOutcome, ToolSchema, Workbox};
use serde_json::{Value, json};

use super::{mistaken, text, told};
use crate::paths;

/// Most entries that an observation lists.
const ENTRIES_MAX: usize = 500;

pub(super) struct ListFiles;

impl Tool for ListFiles {
    fn schema(&self) -> ToolSchema {
        ToolSchema {
            name: "list_files".to_owned(),
            description: "List a folder, one entry a line; a folder's name ends in /.".to_owned(),
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
            let folder = match paths::relative(text(arguments, "path")) {
                Ok(folder) => folder,
                Err(problem) => return Ok(mistaken(problem)),
            };
            let entries = workbox.list(&folder).await?;
            if entries.is_empty() {
                return Ok(told("the folder is empty"));
            }
            let mut lines: Vec<String> = entries.iter().take(ENTRIES_MAX).cloned().collect();
            if entries.len() > ENTRIES_MAX {
                lines.push(format!("[... and {} more]", entries.len() - ENTRIES_MAX));
            }
            Ok(told(lines.join("\n")))
        })
    }
}
