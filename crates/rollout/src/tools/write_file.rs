//! `write_file`: puts a text file into the box, in place of one that is there.

use envy_core::{BoxFile, BoxFuture, SandboxError, Tool, ToolOutcome, ToolSchema, Workbox};
use serde_json::{Value, json};

use super::{mistaken, text, told};
use crate::paths;

/// Bytes of the largest file that one call writes.
const WRITE_BYTES_MAX: usize = 1 << 20;

pub(super) struct WriteFile;

impl Tool for WriteFile {
    fn schema(&self) -> ToolSchema {
        ToolSchema {
            name: "write_file".to_owned(),
            description: "Write a text file, replacing what was there and making its folders.".to_owned(),
            parameters: json!({
                "type": "object",
                "properties": {
                    "path": {
                        "type": "string",
                        "minLength": 1,
                        "description": "The file, relative to the work directory.",
                    },
                    "content": {"type": "string", "description": "The whole content of the file."},
                },
                "required": ["path", "content"],
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
            let content = text(arguments, "content");
            let size = content.len();
            if size > WRITE_BYTES_MAX {
                return Ok(mistaken(format!(
                    "the content has {size} bytes; at most {WRITE_BYTES_MAX} are written at once"
                )));
            }
            workbox.write(BoxFile::new(path.clone(), content)).await?;
            Ok(told(format!("wrote {size} bytes to {path}")))
        })
    }
}
