//! A copy of a work directory, held in memory: out through the door that every file takes, and back in.

use std::os::fd::OwnedFd;

use envy_core::{BoxFile, SandboxError};
use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, RawMode, fchmod, fstat, readlinkat, statat, symlinkat, unlinkat,
};

use super::files::{AsOwner, WorkFiles, open, refused};

/// Bytes of files that a snapshot may hold: the largest work directory that the standard limits allow.
const COPY_BYTES_MAX: u64 = 256 << 20;

/// Folders within folders.
const DEPTH_MAX: usize = 64;

/// Everything in a work directory but what is neither a file, nor a folder, nor a link.
pub(crate) struct TreeCopy {
    /// Folders before what lies in them.
    entries: Vec<Entry>,
}

struct Entry {
    path: String,
    what: What,
}

enum What {
    Folder,
    File(RawMode, Vec<u8>),
    Link(Vec<u8>),
}

impl WorkFiles {
    /// Copies the directory.
    ///
    /// # Errors
    /// [`SandboxError::Refused`] if it holds more than a snapshot may, or is nested too deeply.
    pub(crate) fn copy_out(&self) -> Result<TreeCopy, SandboxError> {
        let mut entries = Vec::new();
        let mut left_bytes = COPY_BYTES_MAX;
        self.copy_folder("", 0, &mut left_bytes, &mut entries)?;
        Ok(TreeCopy { entries })
    }

    fn copy_folder(
        &self,
        folder: &str,
        depth: usize,
        left_bytes: &mut u64,
        entries: &mut Vec<Entry>,
    ) -> Result<(), SandboxError> {
        if depth > DEPTH_MAX {
            return Err(SandboxError::Refused(
                "the work directory is nested too deeply to be copied".to_owned(),
            ));
        }
        for name in self.list(folder)? {
            let path = format!("{folder}{name}");
            if path.ends_with('/') {
                entries.push(Entry { path: path.trim_end_matches('/').to_owned(), what: What::Folder });
                self.copy_folder(&path, depth + 1, left_bytes, entries)?;
            } else if let Some(what) = self.copy_entry(&path, *left_bytes)? {
                if let What::File(_, bytes) = &what {
                    *left_bytes -= bytes.len() as u64;
                }
                entries.push(Entry { path, what });
            }
        }
        Ok(())
    }

    /// A file or a link; `None` for what a copy leaves out, or for what has just gone.
    fn copy_entry(&self, path: &str, bytes_max: u64) -> Result<Option<What>, SandboxError> {
        let (folder, name) = self.folder_of(path)?;
        let as_owner = AsOwner::enter(self.owner);
        let Ok(status) = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) else { return Ok(None) };
        match FileType::from_raw_mode(status.st_mode) {
            FileType::Symlink => {
                let target = readlinkat(&folder, name, Vec::new()).map_err(|error| refused(path, error))?;
                Ok(Some(What::Link(target.into_bytes())))
            }
            FileType::RegularFile => {
                drop(as_owner);
                let bytes = self.read(path, bytes_max)?;
                Ok(bytes.map(|bytes| What::File(status.st_mode, bytes)))
            }
            _ => Ok(None),
        }
    }

    /// The folder that holds an entry, and the entry's name in it.
    fn folder_of<'a>(&self, path: &'a str) -> Result<(OwnedFd, &'a str), SandboxError> {
        let (folder, name) = path.rsplit_once('/').unwrap_or((".", path));
        let _as_owner = AsOwner::enter(self.owner);
        let folder = open(&self.root, folder, OFlags::RDONLY | OFlags::DIRECTORY);
        Ok((folder.map_err(|error| refused(path, error))?, name))
    }

    /// Makes the directory what it was when it was copied. Files that are still there keep their identity, so that a
    /// process which holds one open sees the old content.
    ///
    /// # Errors
    /// [`SandboxError::Refused`] where something stands in the way, such as a quota that the copy fitted only just.
    pub(crate) fn copy_in(&self, copy: &TreeCopy) -> Result<(), SandboxError> {
        self.clear("", 0, copy)?;
        for entry in &copy.entries {
            match &entry.what {
                What::Folder => {
                    let _as_owner = AsOwner::enter(self.owner);
                    self.make_folder(&entry.path.split('/').collect::<Vec<_>>())?;
                }
                What::File(mode, bytes) => {
                    self.write(&BoxFile::new(entry.path.clone(), bytes.clone()))?;
                    let _as_owner = AsOwner::enter(self.owner);
                    let file = open(&self.root, &entry.path, OFlags::RDONLY | OFlags::NONBLOCK);
                    if let Ok(file) = file.and_then(|file| fstat(&file).map(|_| file)) {
                        let _ = fchmod(file, Mode::from_raw_mode(*mode));
                    }
                }
                What::Link(target) => {
                    let (folder, name) = self.folder_of(&entry.path)?;
                    let _as_owner = AsOwner::enter(self.owner);
                    symlinkat(target.as_slice(), folder, name)
                        .map_err(|error| refused(&entry.path, error))?;
                }
            }
        }
        Ok(())
    }

    /// Removes whatever is not a file or folder of the copy by the same name and kind.
    fn clear(&self, folder: &str, depth: usize, copy: &TreeCopy) -> Result<(), SandboxError> {
        for name in self.list(folder)? {
            let path = format!("{folder}{name}");
            let is_folder = path.ends_with('/');
            let plain = path.trim_end_matches('/');
            let kept = copy.find(plain);
            if is_folder && depth <= DEPTH_MAX {
                self.clear(&path, depth + 1, copy)?;
            }
            let stays = match kept {
                Some(What::Folder) => is_folder,
                Some(What::File(..)) => !is_folder && self.copy_entry(plain, 0).is_err(),
                Some(What::Link(_)) | None => false,
            };
            if !stays {
                let (parent, name) = self.folder_of(plain)?;
                let _as_owner = AsOwner::enter(self.owner);
                let flags = if is_folder { AtFlags::REMOVEDIR } else { AtFlags::empty() };
                unlinkat(parent, name, flags).map_err(|error| refused(plain, error))?;
            }
        }
        Ok(())
    }
}

impl TreeCopy {
    fn find(&self, path: &str) -> Option<&What> {
        self.entries.iter().find(|entry| entry.path == path).map(|entry| &entry.what)
    }
}
