//! Whole files: what is written stands in its place complete, or what stood there before still does.

use std::io::{BufWriter, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::error::LabError;

/// Writes a file by `fill`, whole or not at all: beside its place first, then moved there. Returns its size, bytes.
///
/// # Errors
/// The folder cannot be written, or `fill` failed; nothing is left behind then.
pub(crate) fn write(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> Result<(), Unwritten>,
) -> Result<u64, LabError> {
    let failed = |error: &std::io::Error| LabError::file("write", path, error);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // As any file that a program writes: for whom, the user's mask decides.
    let permissions = std::fs::Permissions::from_mode(0o666);
    let unfinished = tempfile::Builder::new().permissions(permissions).tempfile_in(folder);
    let unfinished = unfinished.map_err(|error| failed(&error))?;
    let mut out = BufWriter::new(unfinished);
    fill(&mut out).map_err(|unwritten| match unwritten {
        Unwritten::Disk(error) => failed(&error),
        Unwritten::Source(error) => error,
    })?;
    let unfinished = out.into_inner().map_err(|error| failed(error.error()))?;
    let kept = unfinished.persist(path).map_err(|error| failed(&error.error))?;
    Ok(kept.metadata().map_err(|error| failed(&error))?.len())
}

/// Why a file was not filled.
pub(crate) enum Unwritten {
    /// It could not be written to.
    Disk(std::io::Error),
    /// What was to be written could not be had.
    Source(LabError),
}

impl From<std::io::Error> for Unwritten {
    fn from(error: std::io::Error) -> Self {
        Self::Disk(error)
    }
}

impl From<LabError> for Unwritten {
    fn from(error: LabError) -> Self {
        Self::Source(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        assert_eq!(write(&path, |out| Ok(out.write_all(b"one")?)).unwrap(), 3);
        let broken = write(&path, |out| {
            out.write_all(b"half of two")?;
            Err(LabError::usage("no more is known", "").into())
        });
        assert!(broken.unwrap_err().to_string().contains("no more is known"));
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(write(&folder.path().join("none/a.txt"), |_| Ok(())).is_err());
    }
}
