//! The tools an agent acts with, one file each. A tool is handed only its box; what needs the grader is an Effect.

mod bash_exec;
mod eval_model;
mod list_files;
mod python_expression;
mod read_file;
mod run_python;
mod submit_answer;
mod write_file;

use envy_core::{Tool, ToolOutcome};
use serde_json::Value;

pub use eval_model::EVAL_MODEL;
pub use submit_answer::SUBMIT_ANSWER;

/// Every tool; an environment lists the names of those it offers.
pub const ALL: &[&dyn Tool] = &[
    &bash_exec::BashExec,
    &eval_model::EvalModel,
    &list_files::ListFiles,
    &python_expression::PythonExpression,
    &read_file::ReadFile,
    &run_python::RunPython,
    &submit_answer::SubmitAnswer,
    &write_file::WriteFile,
];

/// The template of new files, compiled where they would lie.
#[cfg(test)]
#[path = "../../../../xtask/templates/tool.rs"]
mod template_name;
#[cfg(test)]
const _: &dyn Tool = &template_name::Template;

/// A text argument, empty if it is left out; the schema was checked before.
fn text<'a>(arguments: &'a Value, name: &str) -> &'a str {
    arguments.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn told(text: impl Into<String>) -> ToolOutcome {
    ToolOutcome::Observed { text: text.into(), is_error: false }
}

fn mistaken(text: impl Into<String>) -> ToolOutcome {
    ToolOutcome::Observed { text: text.into(), is_error: true }
}

/// What an agent reads that named a file which is not there.
fn missing(path: &str) -> ToolOutcome {
    mistaken(format!("there is no file {path}; list_files shows what is there"))
}
