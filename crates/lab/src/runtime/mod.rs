//! The Python runtime of the boxes: a self-contained, read-only tree that `envy build` makes once.
//!
//! A tree holds what an agent's code may see of a machine and nothing else: `usr` (interpreter, standard library, the
//! locked packages, shared libraries, shell tools) and `etc` (made up here). A box mounts `<root>/usr` at `/usr` and
//! `<root>/etc` at `/etc`, and links `/bin`, `/sbin`, `/lib` and `/lib64` into `/usr`. There is no data set in it, since the
//! tables that tasks are made from might be among them, and nothing of envy.
//!
//! Trees lie in the cache folder under the digest of their lock file. They are built beside their place, sealed with a
//! manifest and renamed into it, so that a tree is whole or not there.

mod doctor;
mod elf;
mod error;
mod files;
mod host;
mod image;
mod libraries;
mod library;
mod lock;
mod manifest;
mod pip;
mod program;
mod progress;
mod skeleton;
mod slot;
#[cfg(test)]
mod tests;
mod tools;
mod tree;
mod trim;
pub mod wheels;

use std::path::{Path, PathBuf};

pub use doctor::{Finding, State, doctor};
pub use error::RuntimeError;
pub use image::{IMAGE_VARIABLE, build_image, image};
pub use progress::{Progress, Step};

use lock::Lock;
use manifest::Manifest;
use progress::Report;

/// Raised when the same lock and the same host are to make another tree.
const RECIPE: u32 = 1;
/// Digits of the lock's digest in the name of a tree.
const NAME_DIGITS: usize = 16;

/// A sealed tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runtime {
    /// The folder that holds `usr` and `etc`.
    pub root: PathBuf,
    /// The digest of the lock files that it was built from, 64 hexadecimal digits.
    pub lock_digest: String,
    /// The interpreter's version, such as `3.11.7`.
    pub python_version: String,
    /// Whether the packages of `--slow` are in it.
    pub slow: bool,
}

/// How closely a tree is looked at before it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// Names, kinds, sizes, modes and times: a few hundredths of a second.
    Shape,
    /// Every byte as well: about a second.
    Content,
}

/// The sealed tree in the cache folder, if there is one. The shape of it is compared with its manifest.
///
/// # Errors
/// [`RuntimeError::Altered`] if it is not as it was built; [`RuntimeError::File`] if it cannot be read.
pub fn find(cache: &Path, slow: bool) -> Result<Option<Runtime>, RuntimeError> {
    Ok(examine(cache, Lock::new(slow), Look::Shape)?.map(|(runtime, _)| runtime))
}

fn examine(cache: &Path, lock: Lock, look: Look) -> Result<Option<(Runtime, Manifest)>, RuntimeError> {
    let root = place(cache, lock);
    let Some(manifest) = manifest::check_shape(&root)? else { return Ok(None) };
    let lock_digest = lock.digest().as_str().to_owned();
    if manifest.origin.lock != lock_digest {
        let what = "its manifest is that of another lock".to_owned();
        return Err(RuntimeError::Altered { root, what });
    }
    if look == Look::Content {
        manifest::check_content(&root, &manifest)?;
    }
    let python_version = manifest.origin.python.clone();
    Ok(Some((Runtime { root, lock_digest, python_version, slow: lock.slow() }, manifest)))
}

/// The sealed tree in the cache folder, built now if there is none.
///
/// One process builds; others wait for it. A build that fails or is killed leaves no tree. One that was altered is never
/// replaced in silence: somebody has changed what agents' code runs on, and results from before may not be comparable.
///
/// # Errors
/// [`RuntimeError::Altered`] if the tree is not as it was built; no suitable Python, no pip, no network, a full disk and the
/// like: see [`RuntimeError`].
pub fn ensure(cache: &Path, slow: bool, report: &mut dyn FnMut(Progress)) -> Result<Runtime, RuntimeError> {
    provide(cache, Lock::new(slow), Look::Shape, report)
}

/// As [`ensure`], but every byte of a tree that is there is looked at, and one that was altered is made anew: what a user
/// asks for by `envy build`.
///
/// # Errors
/// Those of [`ensure`] but the first.
pub fn build(cache: &Path, slow: bool, report: &mut dyn FnMut(Progress)) -> Result<Runtime, RuntimeError> {
    provide(cache, Lock::new(slow), Look::Content, report)
}

fn provide(cache: &Path, lock: Lock, look: Look, report: Report<'_>) -> Result<Runtime, RuntimeError> {
    let accepted = || match examine(cache, lock, look) {
        Err(RuntimeError::Altered { .. }) if look == Look::Content => Ok(None),
        found => found.map(|found| found.map(|(runtime, _)| runtime)),
    };
    if let Some(found) = accepted()? {
        return Ok(found);
    }
    let make = |root: &Path, report: Report<'_>| {
        let host = host::find()?;
        tree::build(&host, lock, &wheels::folder(cache, &host.tag), root, report)
    };
    slot::fill(&cache.join(FOLDER), &name(lock), accepted, report, make)
}

/// The digest of the lock that trees of this release are built from.
pub fn digest(slow: bool) -> String {
    Lock::new(slow).digest().as_str().to_owned()
}

/// True if a file is a program that needs neither a loader nor libraries.
///
/// # Errors
/// It cannot be read.
pub fn is_static(program: &Path) -> std::io::Result<bool> {
    Ok(elf::kind(program)? == elf::Kind::Library)
}

/// The folder of the trees in the cache folder.
const FOLDER: &str = "runtimes";

/// A tree's name: what it is built from, by digest, how, and for which processor.
fn name(lock: Lock) -> String {
    format!("{}-r{RECIPE}-{}", &lock.digest().as_str()[..NAME_DIGITS], std::env::consts::ARCH)
}

/// Where the tree of `lock` lies once it is built.
fn place(cache: &Path, lock: Lock) -> PathBuf {
    cache.join(FOLDER).join(name(lock))
}
