//! Files: folders that appear whole or not at all, and files that only their owner may read.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Component, Path, PathBuf};

use tempfile::TempDir;

use crate::error::LabError;

/// No file of a task is larger than this, bytes.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// How the half-made folders are called; a later generation sweeps those whose process is gone.
const UNFINISHED: &str = ".unfinished-";

/// A folder in the making, beside its place. Dropping it unfinished removes it.
pub(crate) struct Unfinished {
    folder: TempDir,
    place: PathBuf,
}

impl Unfinished {
    /// Starts a folder that shall end up at `place`.
    pub(crate) fn beside(place: &Path) -> Result<Self, LabError> {
        let parent = place.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(|error| LabError::file("create", parent, &error))?;
        sweep(parent);
        let folder = tempfile::Builder::new()
            .prefix(&format!("{UNFINISHED}{}-", std::process::id()))
            .tempdir_in(parent)
            .map_err(|error| LabError::file("create", place, &error))?;
        Ok(Self { folder, place: place.to_owned() })
    }

    /// Where to write meanwhile.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Puts the folder in its place, in one step.
    pub(crate) fn finish(self) -> Result<(), LabError> {
        let failed = |error| LabError::file("write", &self.place, &error);
        fs::set_permissions(self.folder.path(), Permissions::from_mode(0o755)).map_err(failed)?;
        fs::rename(self.folder.path(), &self.place).map_err(failed)?;
        // Renamed away: there is nothing left for the drop to remove.
        let _gone = self.folder.keep();
        Ok(())
    }
}

/// Removes what earlier processes left unfinished (a kill, a power cut). It is best effort: the leftovers only
/// take space, they are never read.
fn sweep(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(rest) = name.to_str().and_then(|name| name.strip_prefix(UNFINISHED)) else { continue };
        let process = rest.split('-').next().unwrap_or_default();
        let numeric = !process.is_empty() && process.bytes().all(|byte| byte.is_ascii_digit());
        if numeric && !Path::new("/proc").join(process).exists() {
            let _best_effort = fs::remove_dir_all(entry.path());
        }
    }
}

/// Who may read a file.
#[derive(Clone, Copy)]
pub(crate) enum Readers {
    Everyone,
    OwnerOnly,
}

impl Readers {
    fn modes(self) -> (u32, u32) {
        match self {
            Self::Everyone => (0o755, 0o644),
            Self::OwnerOnly => (0o700, 0o600),
        }
    }
}

/// Makes a folder.
pub(crate) fn create_folder(path: &Path, readers: Readers) -> Result<(), LabError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(readers.modes().0);
    builder.create(path).map_err(|error| LabError::file("create", path, &error))
}

/// Writes a new file beneath `folder`, with the folders on its way.
pub(crate) fn write_file(
    folder: &Path,
    relative: &str,
    bytes: &[u8],
    readers: Readers,
) -> Result<(), LabError> {
    let path = inside(folder, relative)?;
    if let Some(parent) = path.parent() {
        create_folder(parent, readers)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(readers.modes().1);
    let failed = |error: std::io::Error| LabError::file("write", &path, &error);
    options.open(&path).map_err(failed)?.write_all(bytes).map_err(failed)
}

/// Reads a file beneath `folder`; `None` if there is none.
pub(crate) fn read_file(folder: &Path, relative: &str) -> Result<Option<Vec<u8>>, LabError> {
    let path = inside(folder, relative)?;
    let failed = |error: std::io::Error| LabError::file("read", &path, &error);
    let size = match fs::metadata(&path) {
        Ok(metadata) if metadata.is_file() => metadata.len(),
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    if size > FILE_BYTES_MAX {
        return Err(LabError::edited(folder, format!("{relative} has {size} bytes, too many for a task")));
    }
    fs::read(&path).map(Some).map_err(failed)
}

/// `folder/relative`, if that lies beneath the folder.
fn inside(folder: &Path, relative: &str) -> Result<PathBuf, LabError> {
    let path = Path::new(relative);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    if plain && !relative.is_empty() {
        Ok(folder.join(path))
    } else {
        Err(LabError::edited(folder, format!("\"{relative}\" is no path beneath the task's folder")))
    }
}

/// Every regular file beneath `folder`, by its relative path with `/` between the parts, sorted.
pub(crate) fn files_beneath(folder: &Path, count_max: usize) -> Result<Vec<String>, LabError> {
    let mut found = Vec::new();
    let mut waiting = vec![String::new()];
    while let Some(relative) = waiting.pop() {
        let path = folder.join(&relative);
        let failed = |error: std::io::Error| LabError::file("read", &path, &error);
        for entry in fs::read_dir(&path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let below = if relative.is_empty() { name } else { format!("{relative}/{name}") };
            let kind = entry.file_type().map_err(failed)?;
            if kind.is_dir() {
                waiting.push(below);
            } else if kind.is_file() {
                found.push(below);
            }
            if found.len() + waiting.len() > count_max {
                return Err(LabError::usage(
                    format!("{} holds more than {count_max} files", folder.display()),
                    "name a folder that holds the submitted files alone",
                ));
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unfinished_folder_leaves_nothing_behind() {
        let home = tempfile::tempdir().unwrap();
        let place = home.path().join("deep/place");
        let unfinished = Unfinished::beside(&place).unwrap();
        write_file(unfinished.path(), "a/b.txt", b"x", Readers::Everyone).unwrap();
        drop(unfinished);
        assert_eq!(fs::read_dir(home.path().join("deep")).unwrap().count(), 0);
    }

    #[test]
    fn a_finished_folder_is_in_its_place_and_hidden_files_are_their_owners() {
        let home = tempfile::tempdir().unwrap();
        let place = home.path().join("place");
        let unfinished = Unfinished::beside(&place).unwrap();
        write_file(unfinished.path(), "hidden/golden.csv", b"x", Readers::OwnerOnly).unwrap();
        unfinished.finish().unwrap();
        let mode = |path: &str| fs::metadata(place.join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("hidden"), mode("hidden/golden.csv"), mode("")), (0o700, 0o600, 0o755));
        assert_eq!(read_file(&place, "hidden/golden.csv").unwrap().unwrap(), b"x");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_a_dead_process_left_is_swept() {
        let home = tempfile::tempdir().unwrap();
        let dead = home.path().join(format!("{UNFINISHED}{}-x", u32::MAX));
        let alive = home.path().join(format!("{UNFINISHED}{}-x", std::process::id()));
        fs::create_dir(&dead).unwrap();
        fs::create_dir(&alive).unwrap();
        sweep(home.path());
        assert!(!dead.exists() && alive.exists());
    }

    #[test]
    fn paths_that_lead_elsewhere_are_refused() {
        for path in ["", "/etc/passwd", "../x", "a/../../x"] {
            assert!(inside(Path::new("/task"), path).is_err(), "{path}");
        }
    }
}
