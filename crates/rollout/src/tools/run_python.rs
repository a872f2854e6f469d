//! `run_python`: a script of the work directory under the runtime's Python.

use envy_core::near::nearest;
use envy_core::{BoxFuture, SandboxError, Tool, ToolOutcome, ToolSchema, Workbox};
use serde_json::{Value, json};

use super::{mistaken, text};
use crate::{paths, program};

pub(super) struct RunPython;

impl Tool for RunPython {
    fn schema(&self) -> ToolSchema {
        ToolSchema {
            name: "run_python".to_owned(),
            description: "Run a Python script of the work directory. There is no network. \
                          Answers the exit code, stdout and stderr."
                .to_owned(),
            parameters: json!({
                "type": "object",
                "properties": {
                    "script_path": {
                        "type": "string",
                        "minLength": 1,
                        "description": "The script, relative to the work directory, such as clean.py.",
                    },
                    "timeout": program::timeout_schema(),
                },
                "required": ["script_path"],
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
            let script = match paths::file(text(arguments, "script_path")) {
                Ok(script) => script,
                Err(problem) => return Ok(mistaken(problem)),
            };
            if let Some(problem) = absent(workbox, &script).await? {
                return Ok(mistaken(problem));
            }
            // Unbuffered, so that what was printed before a time-out is not lost with the process.
            program::run(workbox, &["python3", "-u", &script], String::new(), arguments).await
        })
    }
}

/// What to tell the agent if there is no such script; Python's own message names no way out.
async fn absent(workbox: &mut dyn Workbox, script: &str) -> Result<Option<String>, SandboxError> {
    let (folder, name) = paths::split(script);
    let entries = match workbox.list(folder).await {
        Ok(entries) => entries,
        Err(SandboxError::Refused(reason)) => return Ok(Some(reason)),
        Err(host) => return Err(host),
    };
    if entries.iter().any(|entry| entry == name) {
        return Ok(None);
    }
    if entries.iter().any(|entry| entry.strip_suffix('/') == Some(name)) {
        return Ok(Some(format!("{script} is a folder; name the script in it")));
    }
    let hint = match nearest(name, entries.iter().map(String::as_str)) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => "write_file makes it".to_owned(),
    };
    Ok(Some(format!("there is no script {script}; {hint}")))
}
