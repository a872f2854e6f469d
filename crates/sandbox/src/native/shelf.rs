//! The files of a box that has not run anything yet, held in memory: an episode that never runs code costs no process.
//!
//! It answers as the work directory would, so that nobody can tell whether a box has been opened.

use std::collections::{BTreeMap, BTreeSet};

use envy_core::{BoxFile, SandboxError};

use super::files::{INODES_MAX, disk_full, no_folder, too_long};
use super::path::{file_parts, parts};

/// Files by their normalised path.
#[derive(Default)]
pub(crate) struct Shelf {
    files: BTreeMap<String, Vec<u8>>,
    folders: BTreeSet<String>,
    stored_bytes: u64,
    disk_bytes: u64,
}

impl Shelf {
    /// A shelf with its first files.
    ///
    /// # Errors
    /// Those of [`Shelf::write`].
    pub(crate) fn new(files: Vec<BoxFile>, disk_bytes: u64) -> Result<Self, SandboxError> {
        let mut shelf = Self { disk_bytes, ..Self::default() };
        files.into_iter().try_for_each(|file| shelf.write(file))?;
        Ok(shelf)
    }

    /// Puts a file, in place of an older one.
    ///
    /// # Errors
    /// [`SandboxError::Refused`] for a path that cannot be, or past the quota.
    pub(crate) fn write(&mut self, file: BoxFile) -> Result<(), SandboxError> {
        let parts = file_parts(&file.path)?;
        let path = parts.join("/");
        let folder = format!("{path}/");
        let below_a_file = (1..parts.len()).any(|depth| self.files.contains_key(&parts[..depth].join("/")));
        if below_a_file || self.starting_with(&folder).next().is_some() {
            return Err(SandboxError::Refused(format!("{path} is not a file's path here")));
        }
        // Counted as the work directory will, so that what is taken here has its place there.
        let old = self.files.get(&path).map(|bytes| blocks(bytes));
        let stored_bytes = self.stored_bytes - old.unwrap_or(0) + blocks(&file.bytes);
        let above: Vec<String> = (1..parts.len()).map(|depth| parts[..depth].join("/")).collect();
        let new_folders = above.iter().filter(|folder| !self.folders.contains(*folder)).count();
        let inodes = 1 + self.files.len() + self.folders.len() + new_folders + usize::from(old.is_none());
        if stored_bytes > self.disk_bytes || inodes as u64 > INODES_MAX {
            return Err(disk_full(&path));
        }
        self.stored_bytes = stored_bytes;
        self.folders.extend(above);
        self.files.insert(path, file.bytes);
        Ok(())
    }

    /// A file's content, if there is one.
    ///
    /// # Errors
    /// [`SandboxError::Refused`] for a folder or for more than `bytes_max` bytes.
    pub(crate) fn read(&self, path: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, SandboxError> {
        let path = file_parts(path)?.join("/");
        match self.files.get(&path) {
            Some(bytes) if bytes.len() as u64 > bytes_max => Err(too_long(&path, bytes_max)),
            Some(bytes) => Ok(Some(bytes.clone())),
            None if self.starting_with(&format!("{path}/")).next().is_some() => {
                Err(SandboxError::Refused(format!("{path} is not a regular file")))
            }
            None => Ok(None),
        }
    }

    /// The entries of a folder, sorted.
    ///
    /// # Errors
    /// [`SandboxError::Refused`] if there is no such folder.
    pub(crate) fn list(&self, path: &str) -> Result<Vec<String>, SandboxError> {
        let parts = parts(path)?;
        let prefix = parts.iter().fold(String::new(), |prefix, part| prefix + part + "/");
        let mut names: Vec<String> = self
            .starting_with(&prefix)
            .map(|(file, _)| match file[prefix.len()..].split_once('/') {
                Some((folder, _)) => format!("{folder}/"),
                None => file[prefix.len()..].to_owned(),
            })
            .collect();
        if names.is_empty() && !parts.is_empty() {
            return Err(no_folder(&parts.join("/")));
        }
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    /// All files, for the box that opens now.
    pub(crate) fn take(&mut self) -> Vec<BoxFile> {
        std::mem::take(&mut self.files).into_iter().map(|(path, bytes)| BoxFile { path, bytes }).collect()
    }

    fn starting_with<'a>(
        &'a self,
        prefix: &str,
    ) -> impl Iterator<Item = (&'a String, &'a Vec<u8>)> + use<'a> {
        let prefix = prefix.to_owned();
        self.files.range(prefix.clone()..).take_while(move |(path, _)| path.starts_with(&prefix))
    }
}

/// What a file takes of the quota: whole pages, as in the work directory.
fn blocks(bytes: &[u8]) -> u64 {
    (bytes.len() as u64).next_multiple_of(4096)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shelf() -> Shelf {
        let files =
            vec![BoxFile::new("a.txt", "A"), BoxFile::new("d/b.txt", "BB"), BoxFile::new("d/e/c", "")];
        Shelf::new(files, 1 << 20).unwrap()
    }

    #[test]
    fn files_come_back_and_folders_are_listed() {
        let shelf = shelf();
        assert_eq!(shelf.read("/work/d/b.txt", 2).unwrap().unwrap(), b"BB");
        assert_eq!(shelf.read("none", 10).unwrap(), None);
        assert_eq!(shelf.list("").unwrap(), ["a.txt", "d/"]);
        assert_eq!(shelf.list("d").unwrap(), ["b.txt", "e/"]);
        for refused in
            [shelf.list("none").is_err(), shelf.read("d", 10).is_err(), shelf.read("d/b.txt", 1).is_err()]
        {
            assert!(refused);
        }
    }

    #[test]
    fn more_files_than_a_work_directory_holds_are_refused() {
        let files = (0..100_000).map(|number| BoxFile::new(format!("d{}/{number}", number % 100), "x"));
        let refused = Shelf::new(files.collect(), 1 << 30).err().unwrap();
        assert!(refused.to_string().ends_with("the work directory is full"), "{refused}");
    }

    #[test]
    fn the_quota_and_the_shape_of_the_tree_hold() {
        let mut shelf = shelf();
        shelf.write(BoxFile::new("a.txt", vec![0; 900 << 10])).unwrap();
        for file in [
            BoxFile::new("more", vec![0; 200 << 10]),
            BoxFile::new("a.txt/below", ""),
            BoxFile::new("d", ""),
            BoxFile::new("../out", ""),
        ] {
            assert!(matches!(shelf.write(file), Err(SandboxError::Refused(_))));
        }
    }
}
