//! The manifest of a sealed tree: what it was built from, and digests of what lies in it.
//!
//! There are two digests. That of the shape (names, kinds, modes, sizes, times) is checked whenever the tree is used, in a
//! few hundredths of a second; that of the content by `envy doctor`. Every file's time is set when the tree is sealed, so
//! whoever edits a file later shows in the shape.

use std::fs::{self, File, FileTimes, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::RuntimeError;
use super::files::{self, Entry, walk_all};

/// The parts of a tree that a box mounts; the manifest lies beside them, out of its sight.
const PARTS: &[&str] = &["usr", "etc"];
const FILE: &str = "manifest.json";
const SCHEMA: &str = "envy.runtime-manifest/1";
/// The time of every file in a tree: the start of 2020, in seconds since 1970.
const TIME_S: u64 = 1_577_836_800;

/// What a tree was built from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Origin {
    /// The digest of the lock files.
    pub(super) lock: String,
    /// The interpreter's version.
    pub(super) python: String,
    /// `cp311-x86_64`.
    pub(super) tag: String,
    /// Whether the packages of `--slow` are in it.
    pub(super) slow: bool,
}

/// What a sealed tree says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    schema: String,
    /// What it was built from.
    pub(super) origin: Origin,
    /// Regular files.
    pub(super) files: u64,
    /// Bytes in them.
    pub(super) bytes: u64,
    shape: String,
    content: String,
}

/// Gives every file its final mode and time, digests the tree and writes the manifest.
///
/// # Errors
/// A file cannot be read or changed.
pub(super) fn seal(root: &Path, origin: Origin) -> Result<Manifest, RuntimeError> {
    let entries = entries(root)?;
    entries.par_iter().try_for_each(normalise)?;
    let (shape, files, bytes) = shape(root, &entries)?;
    let content = content(root, &entries)?;
    let manifest = Manifest { schema: SCHEMA.to_owned(), origin, files, bytes, shape, content };
    let text = serde_json::to_string_pretty(&manifest).unwrap_or_default();
    files::write(&root.join(FILE), text + "\n")?;
    Ok(manifest)
}

/// The manifest of a tree whose shape is as it was sealed; `None` if there is no tree.
///
/// # Errors
/// [`RuntimeError::Altered`] with what differs.
pub(super) fn check_shape(root: &Path) -> Result<Option<Manifest>, RuntimeError> {
    if !root.exists() {
        return Ok(None);
    }
    let altered = |what: &str| RuntimeError::Altered { root: root.to_owned(), what: what.to_owned() };
    let text = fs::read(root.join(FILE)).map_err(|_| altered("its manifest is missing"))?;
    let manifest: Manifest =
        serde_json::from_slice(&text).map_err(|_| altered("its manifest cannot be read"))?;
    if manifest.schema != SCHEMA {
        return Err(altered("its manifest has another format"));
    }
    let (shape, files, _) = entries(root).and_then(|entries| shape(root, &entries))?;
    if files != manifest.files {
        return Err(altered(&format!("it has {files} files instead of {}", manifest.files)));
    }
    if shape != manifest.shape {
        return Err(altered("a file in it was changed, renamed or given another mode"));
    }
    Ok(Some(manifest))
}

/// Whether every byte of a tree is as it was sealed.
///
/// # Errors
/// [`RuntimeError::Altered`], or a file cannot be read.
pub(super) fn check_content(root: &Path, manifest: &Manifest) -> Result<(), RuntimeError> {
    if entries(root).and_then(|entries| content(root, &entries))? == manifest.content {
        return Ok(());
    }
    let what = "a file in it holds other bytes".to_owned();
    Err(RuntimeError::Altered { root: root.to_owned(), what })
}

fn entries(root: &Path) -> Result<Vec<Entry>, RuntimeError> {
    let mut all = Vec::new();
    for path in PARTS.iter().map(|part| root.join(part)) {
        let kind = fs::symlink_metadata(&path)
            .map_err(|error| RuntimeError::file("read", &path, error))?
            .file_type();
        all.push(Entry { path: path.clone(), kind });
        all.extend(walk_all(&path)?);
    }
    Ok(all)
}

/// Readable by all, writable by the owner, executable if it was; no special bits.
fn normalise(entry: &Entry) -> Result<(), RuntimeError> {
    if entry.kind.is_symlink() {
        return Ok(());
    }
    let failed = |error| RuntimeError::file("change", &entry.path, error);
    let mode = fs::metadata(&entry.path).map_err(failed)?.mode();
    let mode = if entry.kind.is_dir() || mode & 0o111 != 0 { 0o755 } else { 0o644 };
    fs::set_permissions(&entry.path, Permissions::from_mode(mode)).map_err(failed)?;
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(TIME_S);
    let times = FileTimes::new().set_accessed(time).set_modified(time);
    File::open(&entry.path).and_then(|file| file.set_times(times)).map_err(failed)
}

/// The digest of everything but the content, with the number and the bytes of the regular files.
fn shape(root: &Path, entries: &[Entry]) -> Result<(String, u64, u64), RuntimeError> {
    let (mut hasher, mut count, mut bytes) = (blake3::Hasher::new(), 0, 0);
    let lines: Vec<_> = entries.par_iter().map(|entry| line(root, entry)).collect();
    for line in lines {
        let (line, size) = line?;
        hasher.update(&line);
        count += u64::from(size.is_some());
        bytes += size.unwrap_or(0);
    }
    Ok((hasher.finalize().to_hex().to_string(), count, bytes))
}

/// What the shape knows of an entry, ended by a zero; and the size of a regular file.
fn line(root: &Path, entry: &Entry) -> Result<(Vec<u8>, Option<u64>), RuntimeError> {
    let failed = |error| RuntimeError::file("read", &entry.path, error);
    let place = entry.path.strip_prefix(root).unwrap_or(&entry.path).as_os_str().as_encoded_bytes();
    let found = fs::symlink_metadata(&entry.path).map_err(failed)?;
    let (text, size) = if found.is_symlink() {
        (format!("link {} ", fs::read_link(&entry.path).map_err(failed)?.display()), None)
    } else if found.is_dir() {
        (format!("folder {:o} ", found.mode()), None)
    } else {
        let size = found.len();
        (format!("file {:o} {size} {}.{} ", found.mode(), found.mtime(), found.mtime_nsec()), Some(size))
    };
    Ok(([text.as_bytes(), place, &[0]].concat(), size))
}

fn content(root: &Path, entries: &[Entry]) -> Result<String, RuntimeError> {
    let files: Vec<_> = entries.iter().filter(|entry| entry.kind.is_file()).collect();
    let digests: Vec<_> = files
        .par_iter()
        .map(|entry| {
            let failed = |error| RuntimeError::file("read", &entry.path, error);
            let mut hasher = blake3::Hasher::new();
            hasher.update_reader(File::open(&entry.path).map_err(failed)?).map_err(failed)?;
            Ok(hasher.finalize())
        })
        .collect();
    let mut whole = blake3::Hasher::new();
    for (entry, digest) in files.iter().zip(digests) {
        whole.update(entry.path.strip_prefix(root).unwrap_or(&entry.path).as_os_str().as_encoded_bytes());
        whole.update(&[0]).update(digest?.as_bytes());
    }
    Ok(whole.finalize().to_hex().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        files::write(&root.join("usr/bin/tool"), "one").unwrap();
        files::write(&root.join("usr/lib/a"), "two").unwrap();
        files::write(&root.join("etc/passwd"), "three").unwrap();
        files::link(Path::new("tool"), &root.join("usr/bin/other")).unwrap();
        fs::set_permissions(root.join("usr/bin/tool"), Permissions::from_mode(0o4700)).unwrap();
        fs::set_permissions(root.join("etc/passwd"), Permissions::from_mode(0o600)).unwrap();
        fs::set_permissions(root.join("usr"), Permissions::from_mode(0o700)).unwrap();
        let origin =
            Origin { lock: "l".into(), python: "3.11.7".into(), tag: "cp311-x86_64".into(), slow: false };
        let manifest = seal(root, origin).unwrap();
        assert_eq!((manifest.files, manifest.bytes), (3, 11));
        assert_eq!(check_shape(root).unwrap(), Some(manifest.clone()));
        check_content(root, &manifest).unwrap();
        folder
    }

    #[test]
    fn everybody_may_read_a_sealed_tree_and_nothing_in_it_gives_rights() {
        let folder = sealed();
        let mode = |path: &str| fs::metadata(folder.path().join(path)).unwrap().mode() & 0o7777;
        assert_eq!((mode("usr/bin/tool"), mode("etc/passwd"), mode("usr")), (0o755, 0o644, 0o755));
    }

    #[test]
    fn every_kind_of_edit_is_seen() {
        type Edit = fn(&Path);
        let edits: &[(&str, Edit)] = &[
            ("was changed", |root| fs::write(root.join("usr/lib/a"), "owt").unwrap()),
            ("instead of 3", |root| fs::write(root.join("usr/lib/b"), "new").unwrap()),
            ("instead of 3", |root| fs::remove_file(root.join("etc/passwd")).unwrap()),
            ("was changed", |root| fs::create_dir(root.join("usr/empty")).unwrap()),
            ("was changed", |root| fs::rename(root.join("usr/lib/a"), root.join("usr/lib/b")).unwrap()),
            ("was changed", |root| {
                fs::set_permissions(root.join("usr/lib/a"), Permissions::from_mode(0o755)).unwrap();
            }),
            ("was changed", |root| {
                fs::remove_file(root.join("usr/bin/other")).unwrap();
                files::link(Path::new("/bin/sh"), &root.join("usr/bin/other")).unwrap();
            }),
            ("is missing", |root| fs::remove_file(root.join(FILE)).unwrap()),
            ("cannot be read", |root| fs::write(root.join(FILE), "{").unwrap()),
        ];
        for (sentence, edit) in edits {
            let folder = sealed();
            edit(folder.path());
            let error = check_shape(folder.path()).unwrap_err();
            assert!(error.to_string().contains(sentence), "{error}");
        }
    }

    #[test]
    fn bytes_that_keep_the_shape_are_seen_in_the_content() {
        let folder = sealed();
        let manifest = check_shape(folder.path()).unwrap().unwrap();
        let path = folder.path().join("usr/lib/a");
        fs::write(&path, "owt").unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(TIME_S);
        File::open(&path).unwrap().set_modified(time).unwrap();
        assert!(check_shape(folder.path()).unwrap().is_some());
        assert!(check_content(folder.path(), &manifest).unwrap_err().to_string().contains("other bytes"));
    }
}
