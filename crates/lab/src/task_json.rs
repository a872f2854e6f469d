//! Tasks in the published format, written for other harnesses: prompt, files and rubric in one JSON file.

use std::io::Read as _;
use std::path::Path;

use envy_core::{BoxFile, Digest, TableSource};
use envy_environments::{authored, diagnosis};

use crate::dataset::{OwnTable, TaskRef, files_beneath};
use crate::error::LabError;

/// The most files that are mounted.
const MOUNTED_FILES_MAX: usize = 500;
/// And the most bytes of them all.
const MOUNTED_BYTES_MAX: u64 = 16 << 20;

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

/// The file of a task written by hand with the files of a folder in it.
///
/// # Errors
/// The folder cannot be read or holds too much, or the file is no JSON.
pub fn with_mounted(table: OwnTable, folder: &Path) -> Result<OwnTable, LabError> {
    if !folder.is_dir() {
        return Err(LabError::usage(format!("{} is no folder", folder.display()), "--files takes a folder"));
    }
    let mut files = Vec::new();
    let mut left = MOUNTED_BYTES_MAX;
    for path in files_beneath(folder, MOUNTED_FILES_MAX)? {
        let full = folder.join(&path);
        let mut bytes = Vec::new();
        let read = std::fs::File::open(&full).and_then(|file| file.take(left + 1).read_to_end(&mut bytes));
        read.map_err(|error| LabError::file("read", &full, &error))?;
        left = left.checked_sub(bytes.len() as u64).ok_or_else(|| {
            let what = format!("{} holds more than {} MB", folder.display(), MOUNTED_BYTES_MAX >> 20);
            LabError::usage(what, "mount less")
        })?;
        files.push(BoxFile { path, bytes });
    }
    let bytes = authored::with_mounted(&table.bytes, &files)
        .map_err(|what| LabError::usage(what, "docs/environments/authored.md shows the format"))?;
    let source = TableSource { digest: Digest::of(&bytes), ..table.source };
    Ok(OwnTable { source, bytes })
}

/// Whether a task written by hand asks for boxes in a container.
///
/// # Errors
/// The task was edited.
pub fn wants_container(task: &TaskRef) -> Result<bool, LabError> {
    let is_authored = task.manifest().environment == "authored";
    Ok(is_authored && authored::wants_container(&task.hidden()?))
}

/// The model turns that a task written by hand asks for; nothing for other tasks.
///
/// # Errors
/// The task was edited.
pub fn turns_asked(task: &TaskRef) -> Result<Option<u32>, LabError> {
    let is_authored = task.manifest().environment == "authored";
    Ok(if is_authored { authored::turns_asked(task.brief()?.as_ref()) } else { None })
}
