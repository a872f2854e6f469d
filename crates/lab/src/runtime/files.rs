//! Copying and walking folders, with errors that name the file.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::RuntimeError;

/// Copies a file's content and execute bit, making the folders above it. An existing file is replaced.
///
/// # Errors
/// Either file cannot be used.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), RuntimeError> {
    make_parent(to)?;
    fs::copy(from, to).map(drop).map_err(|error| RuntimeError::file("write", to, error))
}

/// Writes a file, making the folders above it.
///
/// # Errors
/// It cannot be written.
pub(super) fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<(), RuntimeError> {
    make_parent(path)?;
    fs::write(path, bytes).map_err(|error| RuntimeError::file("write", path, error))
}

/// Makes a symbolic link that holds `target`, making the folders above it.
///
/// # Errors
/// It cannot be made.
pub(super) fn link(target: &Path, path: &Path) -> Result<(), RuntimeError> {
    make_parent(path)?;
    std::os::unix::fs::symlink(target, path).map_err(|error| RuntimeError::file("link", path, error))
}

/// Makes a folder and those above it.
///
/// # Errors
/// It cannot be made.
pub(super) fn make(folder: &Path) -> Result<(), RuntimeError> {
    fs::create_dir_all(folder).map_err(|error| RuntimeError::file("make", folder, error))
}

fn make_parent(path: &Path) -> Result<(), RuntimeError> {
    path.parent().map_or(Ok(()), make)
}

/// Removes a file or a whole folder; nothing there is fine.
///
/// # Errors
/// It cannot be removed.
pub(super) fn remove(path: &Path) -> Result<(), RuntimeError> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(_) => Ok(()),
    };
    removed.map_err(|error| RuntimeError::file("remove", path, error))
}

/// Something in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Where it is, the walked folder included.
    pub(super) path: PathBuf,
    /// What it is itself: a link is not followed.
    pub(super) kind: fs::FileType,
}

/// Everything beneath `folder`, sorted, a folder before what is in it. `enter` says which folders are looked into; one
/// that is not is still listed.
///
/// # Errors
/// A folder cannot be read.
pub(super) fn walk(folder: &Path, enter: &dyn Fn(&Path) -> bool) -> Result<Vec<Entry>, RuntimeError> {
    let mut entries = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let failed = |error| RuntimeError::file("read", &folder, error);
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let entry = Entry { path: entry.path(), kind: entry.file_type().map_err(failed)? };
            if entry.kind.is_dir() && enter(&entry.path) {
                folders.push(entry.path.clone());
            }
            entries.push(entry);
        }
    }
    entries.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(entries)
}

/// Everything beneath `folder`.
///
/// # Errors
/// A folder cannot be read.
pub(super) fn walk_all(folder: &Path) -> Result<Vec<Entry>, RuntimeError> {
    walk(folder, &|_| true)
}

/// The last part of a path as text.
pub(super) fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

/// Whether a path ends in `.extension`.
pub(super) fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|own| own == extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_is_sorted_and_follows_no_link() {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join("b/c"), "1").unwrap();
        write(&folder.path().join("a"), "2").unwrap();
        link(Path::new("/"), &folder.path().join("b/root")).unwrap();
        let names = |entries: Vec<Entry>| {
            let relative = |entry: Entry| entry.path.strip_prefix(folder.path()).unwrap().to_owned();
            entries.into_iter().map(relative).collect::<Vec<_>>()
        };
        let all = names(walk_all(folder.path()).unwrap());
        assert_eq!(all, ["a", "b", "b/c", "b/root"].map(PathBuf::from));
        assert_eq!(names(walk(folder.path(), &|_| false).unwrap()), ["a", "b"].map(PathBuf::from));
        remove(&folder.path().join("b")).unwrap();
        remove(&folder.path().join("b")).unwrap();
        assert_eq!(names(walk_all(folder.path()).unwrap()), [PathBuf::from("a")]);
    }
}
