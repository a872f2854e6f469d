//! The runtime that a box sees: a folder tree made elsewhere, mounted read-only.

use std::path::{Path, PathBuf};

#[cfg(target_os = "linux")]
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

    /// Whether a box over this tree could read what lies at `path`: nothing of envy's own may.
    pub fn shows(&self, path: &Path) -> bool {
        // What does not exist yet lies where its nearest ancestor does.
        let real = path.ancestors().find_map(|above| {
            let real = above.canonicalize().ok()?;
            Some(real.join(path.strip_prefix(above).unwrap_or(Path::new(""))))
        });
        let parts = ["usr", "etc"].map(|part| self.root.join(part));
        let real = real.unwrap_or_else(|| path.to_owned());
        parts.iter().filter_map(|part| part.canonicalize().ok()).any(|part| real.starts_with(part))
    }

    /// The tree's absolute folder.
    ///
    /// # Errors
    /// It lacks `usr/` or `etc/`.
    #[cfg(target_os = "linux")]
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

#[cfg(target_os = "linux")]
fn no_tree(root: &Path, why: &str) -> SandboxError {
    SandboxError::Host {
        what: format!("{} is not a runtime: {why}", root.display()),
        hint: "run `envy build` to make one".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_shows_what_lies_beneath_its_mounts_also_through_links() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("runtime");
        std::fs::create_dir_all(root.join("usr/share")).unwrap();
        std::fs::create_dir_all(root.join("etc")).unwrap();
        std::os::unix::fs::symlink(root.join("usr"), folder.path().join("link")).unwrap();
        let tree = RuntimeTree::new(&root);
        for shown in ["runtime/usr", "runtime/usr/share/data", "runtime/etc/not/there", "link/share/x"] {
            assert!(tree.shows(&folder.path().join(shown)), "{shown}");
        }
        for apart in ["", "runtime", "runtime/data", "data", "runtime/user"] {
            assert!(!tree.shows(&folder.path().join(apart)), "{apart}");
        }
    }
}
