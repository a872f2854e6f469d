//! Collecting a submission: the files that the brief's patterns name, as they lie in the agent's box.

use std::collections::{BTreeMap, BTreeSet};

use envy_core::{BoxFile, SandboxError, Workbox};

use crate::paths::Pattern;
use crate::workbox::LazyBox;

/// Most files of a submission.
pub const SUBMISSION_FILES_MAX: usize = 64;

/// Bytes of the largest file of a submission.
pub const SUBMISSION_FILE_BYTES_MAX: usize = 1 << 20;

/// Bytes of all files of a submission.
pub const SUBMISSION_BYTES_MAX: usize = 4 << 20;

/// Most folder entries that are looked at; an agent can make more than anybody wants to walk.
const ENTRIES_MAX: usize = 10_000;

/// Deepest folder that is looked into.
const DEPTH_MAX: usize = 16;

/// What was taken, and what was not.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    files: BTreeMap<String, Vec<u8>>,
    bytes: usize,
    /// One line for each file that a pattern names and a cap leaves out.
    pub(crate) left_out: Vec<String>,
}

impl Collected {
    /// The files, sorted by path.
    pub(crate) fn into_files(self) -> Vec<BoxFile> {
        self.files.into_iter().map(|(path, bytes)| BoxFile { path, bytes }).collect()
    }

    /// What an agent reads whose files are over a cap.
    pub(crate) fn complaint(&self) -> Option<String> {
        let first = self.left_out.first()?;
        Some(format!(
            "the files cannot be taken: {first}. A submission has at most {SUBMISSION_FILES_MAX} files, \
             {SUBMISSION_FILE_BYTES_MAX} bytes each, {SUBMISSION_BYTES_MAX} bytes in all; remove or shrink some."
        ))
    }

    fn admit(&mut self, path: &str, bytes: &[u8]) {
        let size = bytes.len();
        if size > SUBMISSION_FILE_BYTES_MAX {
            self.left_out.push(format!("{path} has more than {SUBMISSION_FILE_BYTES_MAX} bytes"));
        } else if self.files.len() >= SUBMISSION_FILES_MAX {
            self.left_out.push(format!("{path} is one file too many"));
        } else if self.bytes + size > SUBMISSION_BYTES_MAX {
            self.left_out.push(format!("{path} brings the files over {SUBMISSION_BYTES_MAX} bytes in all"));
        } else {
            self.bytes += size;
            self.files.insert(path.to_owned(), bytes.to_vec());
        }
    }

    fn is_full(&self) -> bool {
        self.files.len() >= SUBMISSION_FILES_MAX && !self.left_out.is_empty()
    }
}

/// Takes what `patterns` name, earlier patterns first, within the caps. A box that nobody touched stays closed.
///
/// # Errors
/// The host under the box failed.
pub(crate) async fn collect(workbox: &mut LazyBox, patterns: &[String]) -> Result<Collected, SandboxError> {
    let mut collected = Collected::default();
    if let Some(brief) = workbox.untouched() {
        for path in in_order(patterns, brief.files.iter().map(|file| file.path.as_str())) {
            if let Some(bytes) = brief.file(&path) {
                collected.admit(&path, bytes);
            }
        }
        return Ok(collected);
    }
    let present = candidates(workbox, patterns, &mut collected.left_out).await?;
    for path in in_order(patterns, present.iter().map(String::as_str)) {
        if collected.is_full() {
            break;
        }
        match workbox.read(&path, SUBMISSION_FILE_BYTES_MAX as u64).await {
            Ok(Some(bytes)) => collected.admit(&path, &bytes),
            Ok(None) => {}
            Err(SandboxError::Refused(reason)) => collected.left_out.push(reason),
            Err(host) => return Err(host),
        }
    }
    Ok(collected)
}

/// The paths that a pattern matches, those of earlier patterns first, so that a flood of others cannot crowd out
/// the file that matters.
fn in_order<'a>(patterns: &[String], paths: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut left: BTreeSet<&str> = paths.collect();
    let mut ordered = Vec::new();
    for pattern in patterns {
        let pattern = Pattern::parse(pattern);
        let matching: Vec<&str> = left.iter().copied().filter(|path| pattern.matches(path)).collect();
        for path in matching {
            left.remove(path);
            ordered.push(path.to_owned());
        }
    }
    ordered
}

/// Every path that may match: exact ones as they are, the rest from the folders that the patterns look into.
async fn candidates(
    workbox: &mut LazyBox,
    patterns: &[String],
    left_out: &mut Vec<String>,
) -> Result<BTreeSet<String>, SandboxError> {
    let mut found = BTreeSet::new();
    let mut folders = Vec::new();
    for pattern in patterns {
        match Pattern::parse(pattern) {
            Pattern::Exact(path) => {
                found.insert(path.to_owned());
            }
            Pattern::Top(_) => folders.push((String::new(), 0)),
            Pattern::Tree(folder) => folders.push((folder.to_owned(), DEPTH_MAX)),
        }
    }
    let mut looked_at = 0;
    while let Some((folder, depth)) = folders.pop() {
        let entries = match workbox.list(&folder).await {
            Ok(entries) => entries,
            Err(SandboxError::Refused(_)) => continue,
            Err(host) => return Err(host),
        };
        for entry in entries {
            looked_at += 1;
            if looked_at > ENTRIES_MAX {
                left_out.push(format!("there are more than {ENTRIES_MAX} files to look at"));
                return Ok(found);
            }
            let path = if folder.is_empty() { entry } else { format!("{folder}/{entry}") };
            match path.strip_suffix('/') {
                Some(inner) if depth > 0 => folders.push((inner.to_owned(), depth - 1)),
                Some(_) => {}
                None => {
                    found.insert(path);
                }
            }
        }
    }
    Ok(found)
}
