//! What can go wrong with the Python runtime: one sentence each, and a hint that says what to do.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A failure of the runtime. The message is one sentence; [`RuntimeError::hint`] says what to do about it.
#[derive(Debug, Error)]
pub enum RuntimeError {
    /// No interpreter that the locked wheels are made for.
    #[error("no suitable Python: {}", .0.join("; "))]
    NoPython(Vec<String>),
    /// No way to install wheels.
    #[error("{} has no pip, and no virtual environment with one can be made", .0.display())]
    NoPip(PathBuf),
    /// The package index is out of reach.
    #[error("the Python packages cannot be downloaded: {0}")]
    Offline(String),
    /// No wheel of the lock fits this interpreter.
    #[error("the lock has no wheel for this machine: {0}")]
    NoWheel(String),
    /// A wheel is not what the lock says.
    #[error("a downloaded package is not the one in the lock: {0}")]
    Mismatch(String),
    /// The host lacks a shell tool.
    #[error("this machine has no `{name}`, which agents need")]
    MissingTool {
        /// The program.
        name: &'static str,
        /// The package that usually brings it.
        package: &'static str,
    },
    /// The host lacks a shared library.
    #[error("this machine has no {library}, which {needed_by} needs")]
    MissingLibrary {
        /// The library's name as the loader asks for it.
        library: String,
        /// The file that asks for it.
        needed_by: String,
    },
    /// A program that the build starts failed.
    #[error("{program} failed: {reason}")]
    Program {
        /// The program.
        program: String,
        /// Its last words.
        reason: String,
    },
    /// The finished tree does not work on its own.
    #[error("the new runtime does not work on its own: {0}")]
    Broken(String),
    /// A sealed tree that is not as it was sealed.
    #[error("the Python runtime {} is not as it was built: {what}", .root.display())]
    Altered {
        /// The tree.
        root: PathBuf,
        /// What differs.
        what: String,
    },
    /// A file or folder that cannot be used.
    #[error("cannot {action} {}: {source}", .path.display())]
    File {
        /// The verb: `read`, `write`, ...
        action: &'static str,
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The disk or the quota is full.
    #[error("the disk is full: cannot {action} {}", .path.display())]
    DiskFull {
        /// The verb.
        action: &'static str,
        /// Which file or folder.
        path: PathBuf,
    },
}

impl RuntimeError {
    /// A failed file operation.
    pub(super) fn file(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { action, path },
            _ => Self::File { action, path, source },
        }
    }

    /// What to do about it, or an empty string.
    pub fn hint(&self) -> String {
        match self {
            Self::NoPython(_) => "install CPython 3.11 to 3.14 for glibc Linux (Debian, Ubuntu: `apt install python3 \
                 python3-venv`; Fedora: `dnf install python3`) and put it on the PATH"
                .to_owned(),
            Self::NoPip(_) => "install pip (Debian, Ubuntu: `apt install python3-pip` or `python3-venv`; Fedora: \
                 `dnf install python3-pip`; elsewhere: `python3 -m ensurepip`)"
                .to_owned(),
            Self::Offline(_) => "connect this machine once, set a mirror for pip (PIP_INDEX_URL) or a proxy \
                 (HTTPS_PROXY), or point PIP_FIND_LINKS at a folder with the wheels; then run `envy build` again"
                .to_owned(),
            Self::NoWheel(_) => "the wheels serve CPython 3.11 to 3.14 on glibc 2.28 or newer, x86_64 and aarch64; \
                 use such a Python, and a package index that carries these releases"
                .to_owned(),
            Self::Mismatch(_) => {
                "the mirror or the kept file is damaged: remove `wheels` from the cache folder, or use another index"
                    .to_owned()
            }
            Self::MissingTool { package, .. } => format!("install it (Debian, Ubuntu: `apt install {package}`)"),
            Self::MissingLibrary { library, .. } => {
                let package = if library.starts_with("libstdc++") { "libstdc++6" } else { "its package" };
                format!("install {package} and run `envy build` again")
            }
            Self::Program { .. } | Self::Broken(_) => "run `envy doctor`; `envy build` starts afresh".to_owned(),
            Self::Altered { .. } => "`envy build` makes it anew".to_owned(),
            Self::File { .. } => "set ENVY_CACHE_DIR to a folder that you can write".to_owned(),
            Self::DiskFull { .. } => "free 1 GB, or set ENVY_CACHE_DIR to a folder on another disk; nothing \
                 half-written was kept"
                .to_owned(),
        }
    }
}
