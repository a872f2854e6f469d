//! The runtime that a box sees: a folder tree made elsewhere, mounted read-only.

use std::path::{Path, PathBuf};

use envy_core::SandboxError;

/// A folder with `usr/` and `etc/`: all of the host that a box can read.
///
/// A box sees `<root>/usr` at `/usr` and `<root>/etc` at `/etc`, both read-only, with `/bin`, `/sbin`, `/lib` and
/// `/lib64` as links into `/usr`. Programs are looked up in [`PATH`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuntimeTree {
    /// The folder that holds `usr/` and `etc/`.
    pub root: PathBuf,
}

/// Where a box looks for programs.
pub const PATH: &str = "/usr/bin";

/// Where a box finds its work directory.
pub const WORK_DIR: &str = "/work";

impl RuntimeTree {
    /// The tree below `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The tree's absolute folder.
    ///
    /// # Errors
    /// It lacks `usr/` or `etc/`.
    pub(crate) fn checked(self) -> Result<PathBuf, SandboxError> {
        let root = self.root.canonicalize().map_err(|error| no_tree(&self.root, &error.to_string()))?;
        for part in ["usr", "etc"] {
            if !root.join(part).is_dir() {
                return Err(no_tree(&root, &format!("it has no folder {part}/")));
            }
        }
        Ok(root)
    }
}

fn no_tree(root: &Path, why: &str) -> SandboxError {
    SandboxError::Host {
        what: format!("{} is not a runtime: {why}", root.display()),
        hint: "run `envy build` to make one".to_owned(),
    }
}
