//! Library: the datasets of this machine, found by id, by the shortest prefix of one, or by folder.

use std::path::{Path, PathBuf};

use envy_core::{TaskId, near};

use super::files;
use super::manifest::{SET_SCHEMA, SetManifest};
use super::task::TaskRef;
use crate::error::LabError;

/// How many names an ambiguity is explained with.
const NAMED_MAX: usize = 5;

/// The datasets beneath one folder.
pub struct Library {
    root: PathBuf,
}

/// A task as it is listed.
pub struct Listed {
    /// The task, or why its folder cannot be used.
    pub task: Result<TaskRef, LabError>,
    /// The set that it belongs to.
    pub set: Option<String>,
}

impl Library {
    /// The manifest of a set.
    pub(crate) const SET_FILE: &'static str = "set.json";

    /// The datasets beneath `root`, which need not exist yet.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where they lie.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// All tasks, oldest first; those of a set together.
    ///
    /// # Errors
    /// The folder cannot be read. A single task that cannot be is listed as such.
    pub fn list(&self) -> Result<Vec<Listed>, LabError> {
        let mut groups = Vec::new();
        for folder in subfolders(&self.root)? {
            let group = if Self::set_is_at(&folder) { listed_set(&folder) } else { listed_task(&folder) };
            let age = group.iter().filter_map(|one| one.task.as_ref().ok()?.written_at()).max();
            groups.push((age, folder, group));
        }
        groups.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        Ok(groups.into_iter().flat_map(|(_, _, group)| group).collect())
    }

    /// The tasks that `written` means: a folder (a task, a set, a folder of tasks), or an id of a task or a set or
    /// the beginning of one.
    ///
    /// # Errors
    /// Nothing or more than one thing is meant, or a task was edited.
    pub fn find(&self, written: &str) -> Result<Vec<TaskRef>, LabError> {
        let path = Path::new(written);
        if path.is_dir() {
            return Self::tasks_at(path);
        }
        if path.is_file() {
            return Self::tasks_at(Self::folder_of(path));
        }
        let listed = self.list()?;
        let usable = || listed.iter().filter_map(|one| Some((one.task.as_ref().ok()?, one.set.as_ref())));
        let mut sets: Vec<&str> = usable().filter_map(|(_, set)| set).map(String::as_str).collect();
        sets.dedup();
        let sets: Vec<&str> = sets.into_iter().filter(|set| set.starts_with(written)).collect();
        let tasks: Vec<&TaskRef> =
            usable().map(|(task, _)| task).filter(|task| task.id().matches(written)).collect();
        let mut tasks_by_id: Vec<&TaskId> = tasks.iter().map(|task| task.id()).collect();
        tasks_by_id.sort();
        tasks_by_id.dedup();
        match (&sets[..], &tasks_by_id[..]) {
            ([set], []) => Self::tasks_at(&self.root.join(set)),
            // The same task may be in several sets: any copy is the same bytes.
            ([], [_]) => Ok(vec![tasks[0].clone()]),
            ([], []) => Err(Self::unknown(written, &listed)),
            _ => {
                let names = sets.iter().copied().chain(tasks_by_id.iter().map(|id| id.as_str()));
                let named: Vec<&str> = names.take(NAMED_MAX).collect();
                Err(LabError::usage(
                    format!("\"{written}\" means more than one dataset"),
                    format!("write more of it: {}", named.join(", ")),
                ))
            }
        }
    }

    /// The folder that `path` means: itself, or the one of the manifest that it names.
    pub fn folder_of(path: &Path) -> &Path {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        if path.is_file() { parent.unwrap_or(Path::new(".")) } else { path }
    }

    /// The tasks of the newest dataset: of the set or the single task that was written last.
    ///
    /// # Errors
    /// There is none.
    pub fn newest(&self) -> Result<Vec<TaskRef>, LabError> {
        let listed = self.list()?;
        // Those that cannot be used have no age and stand first: they are named only where there is nothing else.
        match listed.into_iter().next_back() {
            None => Err(LabError::usage("there is no dataset yet", NONE_YET)),
            Some(Listed { task: Ok(_), set: Some(set) }) => Self::tasks_at(&self.root.join(set)),
            Some(Listed { task, .. }) => task.map(|task| vec![task]),
        }
    }

    /// The tasks of a folder: a task's own, a set's, or those of the folders in it.
    ///
    /// # Errors
    /// It holds no task, or one was edited.
    pub fn tasks_at(folder: &Path) -> Result<Vec<TaskRef>, LabError> {
        if TaskRef::is_at(folder) {
            return Ok(vec![TaskRef::open(folder)?]);
        }
        if Self::set_is_at(folder) {
            return Ok(Self::open_set(folder)?.1);
        }
        let mut tasks = Vec::new();
        for below in subfolders(folder)?.into_iter().filter(|below| TaskRef::is_at(below)) {
            tasks.push(TaskRef::open(&below)?);
        }
        if tasks.is_empty() {
            return Err(LabError::usage(format!("{} holds no task", folder.display()), NONE_YET));
        }
        Ok(tasks)
    }

    /// True if `folder` holds a set's manifest.
    pub(crate) fn set_is_at(folder: &Path) -> bool {
        folder.join(Self::SET_FILE).is_file()
    }

    /// Opens a set.
    pub(crate) fn open_set(folder: &Path) -> Result<(SetManifest, Vec<TaskRef>), LabError> {
        let text = files::read_file(folder, Self::SET_FILE)?.unwrap_or_default();
        let manifest: SetManifest = serde_json::from_slice(&text).map_err(|error| {
            LabError::edited(folder, format!("{} is no set manifest ({error})", Self::SET_FILE))
        })?;
        if manifest.schema != SET_SCHEMA {
            return Err(LabError::edited(
                folder,
                format!(
                    "{} has the schema \"{}\", this envy reads \"{SET_SCHEMA}\"",
                    Self::SET_FILE,
                    manifest.schema
                ),
            ));
        }
        let mut tasks = Vec::with_capacity(manifest.tasks.len());
        for id in &manifest.tasks {
            let task = TaskRef::open(&folder.join(id.as_str()))?;
            if task.id() != id {
                return Err(LabError::edited(task.folder(), format!("it holds the task {}", task.id())));
            }
            tasks.push(task);
        }
        Ok((manifest, tasks))
    }

    fn unknown(written: &str, listed: &[Listed]) -> LabError {
        let names: Vec<&str> = listed
            .iter()
            .filter_map(|one| Some((one.task.as_ref().ok()?, one.set.as_deref())))
            .flat_map(|(task, set)| [Some(task.id().short()), set])
            .flatten()
            .collect();
        let suggestion = if names.is_empty() {
            NONE_YET.to_owned()
        } else {
            match near::nearest(written, names) {
                Some(near) => format!("did you mean \"{near}\"? `envy dataset list` shows all"),
                None => "`envy dataset list` shows the datasets there are".to_owned(),
            }
        };
        LabError::Unknown { kind: "dataset", name: written.to_owned(), suggestion }
    }
}

const NONE_YET: &str = "make one with `envy dataset generate`";

/// The folders in `folder` without those that a generation has not finished, sorted.
fn subfolders(folder: &Path) -> Result<Vec<PathBuf>, LabError> {
    let failed = |error: std::io::Error| LabError::file("read", folder, &error);
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() && !hidden {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn listed_task(folder: &Path) -> Vec<Listed> {
    if TaskRef::is_at(folder) { vec![Listed { task: TaskRef::open(folder), set: None }] } else { Vec::new() }
}

fn listed_set(folder: &Path) -> Vec<Listed> {
    let set = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    match Library::open_set(folder) {
        Ok((_, tasks)) => tasks.into_iter().map(|task| Listed { task: Ok(task), set: set.clone() }).collect(),
        Err(error) => vec![Listed { task: Err(error), set }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::generate;
    use crate::testing::{self, Quiet};

    #[test]
    fn tasks_are_found_by_prefix_by_set_and_by_folder() {
        let home = tempfile::tempdir().unwrap();
        let library = Library::at(home.path().join("datasets"));
        assert!(library.newest().unwrap_err().hint().contains("dataset generate"));
        let single = generate(&testing::order(1, 1), &library, &Quiet::default()).unwrap();
        let set = generate(&testing::order(1, 3), &library, &Quiet::default()).unwrap();
        let names = |tasks: Vec<TaskRef>| tasks.iter().map(|task| task.id().clone()).collect::<Vec<_>>();
        let id = single.tasks[0].id();
        assert_eq!(names(library.find(id.short()).unwrap()), std::slice::from_ref(id));
        assert_eq!(names(library.find(single.folder.to_str().unwrap()).unwrap()), std::slice::from_ref(id));
        let name = set.set.unwrap();
        assert_eq!(names(library.find(&name[..name.len() - 2]).unwrap()), names(set.tasks.clone()));
        assert_eq!(names(library.find(set.folder.join("set.json").to_str().unwrap()).unwrap()).len(), 3);
        assert_eq!(library.find(library.root().to_str().unwrap()).unwrap().len(), 1);
        assert_eq!(Library::folder_of(Path::new("Cargo.toml")), Path::new("."));
        assert_eq!(library.list().unwrap().len(), 4);
    }

    #[test]
    fn what_is_unknown_or_ambiguous_is_explained() {
        let home = tempfile::tempdir().unwrap();
        let library = Library::at(home.path());
        assert!(library.find("guess-00").unwrap_err().hint().contains("dataset generate"));
        let make = |seed| generate(&testing::order(seed, 1), &library, &Quiet::default()).unwrap();
        let made = [make(0), make(1), make(2)];
        let short = made[0].tasks[0].id().short().to_owned();
        assert!(library.find("guess-").unwrap_err().to_string().contains("more than one"));
        assert!(library.find(&short.replace("guess", "gues")).unwrap_err().hint().contains(&short));
    }
}
