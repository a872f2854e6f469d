//! `python_expression`: a cell in a Python session that keeps its state from call to call.

use envy_core::{BoxFuture, SandboxError, Tool, ToolOutcome, ToolSchema, Workbox};
use serde_json::{Value, json};

use super::text;
use crate::program;

pub(super) struct PythonExpression;

impl Tool for PythonExpression {
    fn schema(&self) -> ToolSchema {
        ToolSchema {
            name: "python_expression".to_owned(),
            description: "Evaluate a Python expression or run statements in a session that keeps variables and imports \
                          from call to call. The value of a last expression is shown. There is no network. \
                          Answers what was printed."
                .to_owned(),
            parameters: json!({
                "type": "object",
                "properties": {
                    "expression": {
                        "type": "string",
                        "minLength": 1,
                        "description": "The expression or statements.",
                    },
                    "timeout": program::timeout_schema(),
                },
                "required": ["expression"],
                "additionalProperties": false,
            }),
        }
    }

    fn call<'a>(
        &'a self,
        arguments: &'a Value,
        workbox: &'a mut dyn Workbox,
    ) -> BoxFuture<'a, Result<ToolOutcome, SandboxError>> {
        Box::pin(
            async move { program::cell(workbox, text(arguments, "expression").to_owned(), arguments).await },
        )
    }
}
