//! Files in the published task format: read as they are, run like any task, their results written in its form.

use std::path::{Path, PathBuf};

use envy_core::Salt;
use envy_lab::dataset::{Order, OwnTable, TaskRef};
use envy_lab::exports::{self, Source};
use envy_lab::{LabError, registry, task_json};

use crate::fail::Failure;
use crate::output;
use crate::session::{self, Session};

/// The environment of such tasks.
const ENVIRONMENT: &str = "authored";

/// The files of a task's own folder and of a set, which are no tasks in the published format.
const MANIFESTS: [&str; 2] = ["task.json", "set.json"];

/// The export that has the format's results.
const RESULTS: &str = "task-results";

/// Whether `path` is a file in the published format rather than a task of ours.
pub(super) fn is_one(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    path.is_file() && !MANIFESTS.contains(&name)
}

/// The files in the published format that lie in `folder`, by name.
pub(super) fn within(folder: &Path) -> Result<Vec<PathBuf>, LabError> {
    let failed = |error: std::io::Error| LabError::file("read", folder, &error);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if is_one(&path) && path.extension().is_some_and(|end| end == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The task of a file, with the files of a folder beside its own.
pub(super) fn task(session: &Session, file: &Path, mounted: Option<&Path>) -> Result<TaskRef, Failure> {
    let mut table = OwnTable::read(file, "", false, 0)?;
    if let Some(folder) = mounted {
        table = task_json::with_mounted(table, folder)?;
    }
    let environment = session.registry.environment(ENVIRONMENT)?;
    let order = Order {
        environment,
        knobs: registry::knobs(environment, None, &[])?,
        seed: 0,
        count: 1,
        salt: Salt::public(),
        table: Some(table),
        place: None,
    };
    let mut made = session.generate(&order)?;
    Ok(made.tasks.remove(0))
}

/// The model turns that the tasks' files ask for: the most of them.
pub(super) fn turns(tasks: Option<&[TaskRef]>) -> Result<Option<u32>, LabError> {
    let mut most = None;
    for task in tasks.unwrap_or_default() {
        most = most.max(task_json::turns_asked(task)?);
    }
    Ok(most)
}

/// Opens boxes in a container if a task's file asks for them and the user named nothing else.
pub(super) fn choose_backend(tasks: &[TaskRef]) -> Result<(), LabError> {
    for task in tasks {
        if task_json::wants_container(task)? {
            output::note(
                "a task's file says use_docker: boxes are opened in a container (`--sandbox native` isolates as well)",
            );
            session::choose_backend("container");
            return Ok(());
        }
    }
    Ok(())
}

/// Writes the results of a run into `folder`.
pub(super) fn write_results(source: &Source<'_>, folder: &Path) -> Result<(), LabError> {
    std::fs::create_dir_all(folder).map_err(|error| LabError::file("create", folder, &error))?;
    let format = exports::ALL.iter().find(|format| format.name() == RESULTS);
    let exported = format.expect("the format is one of ours").write(source, folder)?;
    output::note(format!("{} in {}", output::counted(exported.episodes, "result"), folder.display()));
    Ok(())
}
