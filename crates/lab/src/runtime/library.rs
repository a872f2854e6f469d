//! The interpreter and its standard library, copied to where they would lie if `/usr` were their prefix.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::RuntimeError;
use super::files;
use super::host::Host;
use super::trim;

/// Copies the interpreter to `usr/bin` and its standard library beneath `usr`. Answers with the files of the host that
/// need shared libraries: the interpreter first.
///
/// # Errors
/// A file cannot be copied.
pub(super) fn copy(host: &Host, root: &Path) -> Result<Vec<PathBuf>, RuntimeError> {
    let usr = root.join("usr");
    let own = files::name(&host.library).to_owned();
    files::copy(&host.binary, &usr.join("bin").join(&own))?;
    for name in ["python3", "python"] {
        files::link(Path::new(&own), &usr.join("bin").join(name))?;
    }
    let target = usr.join(&host.library);
    let mut need_libraries = vec![host.binary.clone()];
    let inside = |path: &Path| path.strip_prefix(&host.stdlib).unwrap_or(path).to_owned();
    for entry in files::walk(&host.stdlib, &|path| !trim::outside_library(&inside(path)))? {
        let place = inside(&entry.path);
        // Links are followed, since they may lead out of the tree; a broken one or one to a folder is left out.
        let is_file = fs::metadata(&entry.path).is_ok_and(|found| found.is_file());
        if !is_file || trim::outside_library(&place) {
            continue;
        }
        if files::name(&place).starts_with("_sysconfigdata") {
            copy_without_prefix(host, &entry.path, &target.join(&place))?;
            continue;
        }
        files::copy(&entry.path, &target.join(&place))?;
        if files::has_extension(&entry.path, "so") {
            need_libraries.push(entry.path);
        }
    }
    Ok(need_libraries)
}

/// The record of how the interpreter was built, with `/usr` in place of the folders of whoever built it.
fn copy_without_prefix(host: &Host, from: &Path, to: &Path) -> Result<(), RuntimeError> {
    let text = fs::read_to_string(from).map_err(|error| RuntimeError::file("read", from, error))?;
    files::write(to, text.replace(&*host.prefix.to_string_lossy(), "/usr"))
}
