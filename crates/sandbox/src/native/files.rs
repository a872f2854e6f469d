//! Files of an open box, reached from outside through the descriptor of its work directory.
//!
//! The agent owns the directory, so nothing in it is trusted: every path is resolved by `openat2` beneath the
//! descriptor, without links and without leaving its file system, and only regular files are read. As root the thread
//! goes in with the box's own ids, so that it can do no more there than the agent itself.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::{AsFd, OwnedFd};

use envy_core::{BoxFile, SandboxError};
use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, fstat, mkdirat, openat2};
use rustix::io::Errno;

use super::path::{file_parts, parts};
use crate::sys;

/// Files and folders of a work directory.
pub(crate) const INODES_MAX: u64 = 10_000;

/// The work directory of an open box.
pub(crate) struct WorkFiles {
    /// Its descriptor.
    pub(crate) root: OwnedFd,
    /// The host id that the box's user is mapped to, if this process is root.
    pub(crate) owner: Option<u32>,
    /// A folder that nothing can write to, and the descriptor of the file system that it is.
    pub(crate) sealed: Option<(String, OwnedFd)>,
}

/// Puts the thread's own ids back.
pub(crate) struct AsOwner(Option<u32>);

impl AsOwner {
    /// Takes on the box's ids, if this process is root.
    pub(crate) fn enter(owner: Option<u32>) -> Self {
        if let Some(id) = owner {
            sys::set_thread_file_ids(id, id);
        }
        Self(owner)
    }
}

impl Drop for AsOwner {
    fn drop(&mut self) {
        if self.0.is_some() {
            sys::set_thread_file_ids(0, 0);
        }
    }
}

fn beneath() -> ResolveFlags {
    ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_XDEV
}

/// Opens beneath a folder; a race with a rename makes the kernel give up, so it is asked again.
pub(crate) fn open(folder: impl AsFd, path: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
    const ATTEMPTS: usize = 16;
    let mode = if flags.contains(OFlags::CREATE) { Mode::from_raw_mode(0o644) } else { Mode::empty() };
    let mut answer = Err(Errno::AGAIN);
    for _ in 0..ATTEMPTS {
        answer = openat2(&folder, path, flags | OFlags::CLOEXEC | OFlags::NOFOLLOW, mode, beneath());
        if !matches!(answer, Err(Errno::AGAIN | Errno::INTR)) {
            break;
        }
    }
    answer
}

impl WorkFiles {
    /// The directory behind a descriptor.
    pub(crate) fn new(root: OwnedFd, owner: Option<u32>) -> Self {
        Self { root, owner, sealed: None }
    }

    /// Where a path's search begins, and what is left of the path from there.
    fn place(&self, parts: &[&str]) -> (&OwnedFd, String) {
        let (root, rest) = match &self.sealed {
            Some((name, inside)) if parts.first() == Some(&name.as_str()) => (inside, &parts[1..]),
            _ => (&self.root, parts),
        };
        (root, if rest.is_empty() { ".".to_owned() } else { rest.join("/") })
    }

    /// A regular file's content, or `None` if there is no such file.
    ///
    /// # Errors
    /// [`SandboxError::Refused`] for anything but a regular file of at most `bytes_max` bytes.
    pub(crate) fn read(&self, path: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, SandboxError> {
        let parts = file_parts(path)?;
        let path = parts.join("/");
        let (root, inside) = self.place(&parts);
        let _as_owner = AsOwner::enter(self.owner);
        // Without NONBLOCK the agent could leave a pipe here and stop us.
        let file = match open(root, &inside, OFlags::RDONLY | OFlags::NONBLOCK) {
            Ok(file) => file,
            Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
            Err(error) => return Err(refused(&path, error)),
        };
        let status = fstat(&file).map_err(|error| refused(&path, error))?;
        if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile {
            return Err(SandboxError::Refused(format!("{path} is not a regular file")));
        }
        // A sparse file is long without taking space; a file in memory may take space beyond its end.
        let stored = u64::try_from(status.st_blocks).unwrap_or(0) * 512;
        let slack = 1 << 20;
        if u64::try_from(status.st_size).unwrap_or(u64::MAX) > bytes_max || stored > bytes_max + slack {
            return Err(too_long(&path, bytes_max));
        }
        let mut bytes = Vec::new();
        File::from(file)
            .take(bytes_max + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| SandboxError::Refused(format!("{path}: {error}")))?;
        if bytes.len() as u64 > bytes_max {
            return Err(too_long(&path, bytes_max));
        }
        Ok(Some(bytes))
    }

    /// Writes a whole file, making its folders.
    ///
    /// # Errors
    /// [`SandboxError::Refused`] if the path is taken by something else, leads elsewhere, or past the quota.
    pub(crate) fn write(&self, file: &BoxFile) -> Result<(), SandboxError> {
        let parts = file_parts(&file.path)?;
        let path = parts.join("/");
        if let Some((name, _)) = self.sealed.as_ref().filter(|(name, _)| parts[0] == name) {
            return Err(SandboxError::Refused(format!("{path}: the folder {name} is read-only")));
        }
        let _as_owner = AsOwner::enter(self.owner);
        for depth in 1..parts.len() {
            self.make_folder(&parts[..depth])?;
        }
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::NONBLOCK;
        let opened = open(&self.root, &path, flags).map_err(|error| refused(&path, error))?;
        let status = fstat(&opened).map_err(|error| refused(&path, error))?;
        // Checked before the content goes: a pipe or a device would swallow it.
        if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile {
            return Err(SandboxError::Refused(format!("{path} is not a regular file")));
        }
        let mut opened = File::from(opened);
        opened.set_len(0).and_then(|()| opened.write_all(&file.bytes)).map_err(|error| {
            if matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded) {
                disk_full(&path)
            } else {
                SandboxError::Refused(format!("{path}: {error}"))
            }
        })
    }

    /// Makes a folder in one that is there.
    pub(crate) fn make_folder(&self, parts: &[&str]) -> Result<(), SandboxError> {
        let Some((name, above)) = parts.split_last() else { return Ok(()) };
        let path = parts.join("/");
        let made = if above.is_empty() {
            mkdirat(&self.root, *name, Mode::from_raw_mode(0o755))
        } else {
            open(&self.root, &above.join("/"), OFlags::PATH | OFlags::DIRECTORY)
                .and_then(|folder| mkdirat(&folder, *name, Mode::from_raw_mode(0o755)))
        };
        match made {
            Ok(()) | Err(Errno::EXIST) => Ok(()),
            Err(error) => Err(refused(&path, error)),
        }
    }

    /// The entries of a folder, sorted; folders end in `/`.
    ///
    /// # Errors
    /// [`SandboxError::Refused`] if there is no such folder or the path leads elsewhere.
    pub(crate) fn list(&self, path: &str) -> Result<Vec<String>, SandboxError> {
        let parts = parts(path)?;
        let path = if parts.is_empty() { ".".to_owned() } else { parts.join("/") };
        let (root, inside) = self.place(&parts);
        let _as_owner = AsOwner::enter(self.owner);
        let folder = match open(root, &inside, OFlags::RDONLY | OFlags::DIRECTORY) {
            Ok(folder) => folder,
            Err(Errno::NOENT | Errno::NOTDIR) => return Err(no_folder(&path)),
            Err(error) => return Err(refused(&path, error)),
        };
        let mut names = Vec::new();
        // The quota of files bounds the length of this list.
        for entry in rustix::fs::Dir::new(folder).map_err(|error| refused(&path, error))? {
            let entry = entry.map_err(|error| refused(&path, error))?;
            let name = entry.file_name().to_string_lossy();
            match entry.file_type() {
                _ if name == "." || name == ".." => {}
                FileType::Directory => names.push(format!("{name}/")),
                _ => names.push(name.into_owned()),
            }
        }
        names.sort_unstable();
        Ok(names)
    }
}

/// The refusal for a path that the kernel would not follow, in words for the agent.
pub(crate) fn refused(path: &str, error: Errno) -> SandboxError {
    let why = match error {
        Errno::LOOP => "links are not followed",
        Errno::XDEV => "the path leads out of the work directory",
        Errno::NOSPC | Errno::DQUOT => return disk_full(path),
        Errno::ISDIR | Errno::NXIO => "not a regular file",
        Errno::ACCESS | Errno::PERM => "permission denied",
        _ => return SandboxError::Refused(format!("{path}: {error}")),
    };
    SandboxError::Refused(format!("{path}: {why}"))
}

/// The refusal for a work directory without space.
pub(crate) fn disk_full(path: &str) -> SandboxError {
    SandboxError::Refused(format!("{path}: the work directory is full"))
}

/// The refusal for a file past its cap.
pub(crate) fn too_long(path: &str, bytes_max: u64) -> SandboxError {
    SandboxError::Refused(format!("{path} holds more than {bytes_max} bytes"))
}

/// The refusal for a folder that is none.
pub(crate) fn no_folder(path: &str) -> SandboxError {
    SandboxError::Refused(format!("there is no folder {path}"))
}
