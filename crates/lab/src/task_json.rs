//! Tasks in the published format, written for other harnesses: prompt, files and rubric in one JSON file.

use envy_environments::{authored, diagnosis};

use crate::dataset::TaskRef;
use crate::error::LabError;

/// The text of a task's file, answers included: it is for the task's owner.
///
/// # Errors
/// The environment has no such form, or the task was edited.
pub fn text(task: &TaskRef) -> Result<String, LabError> {
    let (brief, hidden) = (task.brief()?, task.hidden()?);
    let made = match task.manifest().environment.as_str() {
        "diagnosis" => diagnosis::task_json(task.id().as_str(), &brief, &hidden),
        "authored" => authored::task_json(&hidden),
        other => {
            return Err(LabError::usage(
                format!("tasks of {other} have no form in the published format"),
                "tasks of diagnosis and of authored have one",
            ));
        }
    };
    made.map_err(|what| LabError::usage(what, "generate the task again"))
}

/// The model turns that a task written by hand asks for; nothing for other tasks.
///
/// # Errors
/// The task was edited.
pub fn turns_asked(task: &TaskRef) -> Result<Option<u32>, LabError> {
    let is_authored = task.manifest().environment == "authored";
    Ok(if is_authored { authored::turns_asked(task.brief()?.as_ref()) } else { None })
}
