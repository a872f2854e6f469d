//! The little that is read of an executable itself: whether it is one, and which dynamic loader it asks for.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 4] = b"\x7fELF";
/// `EI_CLASS` and `EI_DATA` of a 64-bit little-endian file, the only kind served.
const CLASS_64_LITTLE: [u8; 2] = [2, 1];
/// `PT_INTERP`: the segment that names the loader.
const SEGMENT_LOADER: u32 = 3;
/// The longest path of a loader that is believed.
const PATH_MAX: u64 = 4_096;

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A script, a table, anything else.
    Other,
    /// A shared library, or an executable that needs none.
    Library,
    /// An executable that this loader has to start.
    Program(PathBuf),
}

/// Looks at the beginning of a file.
///
/// # Errors
/// It cannot be read.
pub(super) fn kind(path: &Path) -> io::Result<Kind> {
    let mut file = File::open(path)?;
    let mut header = [0; 64];
    if let Err(error) = file.read_exact(&mut header) {
        return if error.kind() == io::ErrorKind::UnexpectedEof { Ok(Kind::Other) } else { Err(error) };
    }
    if header[..4] != MAGIC[..] || header[4..6] != CLASS_64_LITTLE {
        return Ok(Kind::Other);
    }
    let (table, entry_size, entries) = (long(&header, 32), short(&header, 54), short(&header, 56));
    for entry in 0..u64::from(entries) {
        let mut segment = [0; 56];
        file.seek(SeekFrom::Start(table.saturating_add(entry * u64::from(entry_size))))?;
        file.read_exact(&mut segment)?;
        let kind = u32::from_le_bytes([segment[0], segment[1], segment[2], segment[3]]);
        if kind == SEGMENT_LOADER {
            let (start, size) = (long(&segment, 8), long(&segment, 32).min(PATH_MAX));
            let mut name = Vec::new();
            file.seek(SeekFrom::Start(start))?;
            file.take(size).read_to_end(&mut name)?;
            name.retain(|byte| *byte != 0);
            return Ok(Kind::Program(PathBuf::from(std::ffi::OsString::from_vec(name))));
        }
    }
    Ok(Kind::Library)
}

fn short(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn long(bytes: &[u8], at: usize) -> u64 {
    let mut value = [0; 8];
    value.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_names_its_loader_and_text_is_nothing() {
        let this = std::env::current_exe().unwrap();
        let Kind::Program(loader) = kind(&this).unwrap() else { panic!("this test is a program") };
        assert!(loader.is_absolute() && loader.to_string_lossy().contains("ld"), "{}", loader.display());
        assert_eq!(kind(&loader).unwrap(), Kind::Library);
        assert_eq!(kind(Path::new("/etc/passwd")).unwrap(), Kind::Other);
    }

    #[test]
    fn a_truncated_program_is_an_error_and_not_a_panic() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cut");
        let whole = std::fs::read("/proc/self/exe").unwrap();
        std::fs::write(&path, &whole[..80]).unwrap();
        assert!(kind(&path).is_err());
    }
}
