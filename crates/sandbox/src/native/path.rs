//! Paths beneath the work directory, as an agent may write them.

use envy_core::SandboxError;

/// Bytes of a path and of one of its parts, as the kernel bounds them.
const PATH_BYTES_MAX: usize = 4095;
const PART_BYTES_MAX: usize = 255;

/// The parts of a path relative to the work directory; none for the directory itself.
///
/// An absolute path is taken if it names the work directory as the box sees it, since programs print such paths.
///
/// # Errors
/// It leads elsewhere or cannot be a path.
pub(crate) fn parts(path: &str) -> Result<Vec<&str>, SandboxError> {
    let refused = |why: &str| SandboxError::Refused(format!("{path:.200}: {why}"));
    if path.len() > PATH_BYTES_MAX {
        return Err(SandboxError::Refused(format!("a path has at most {PATH_BYTES_MAX} bytes")));
    }
    if path.contains('\0') {
        return Err(SandboxError::Refused("a path holds no zero byte".to_owned()));
    }
    let relative = match path.strip_prefix(crate::WORK_DIR) {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => rest,
        _ if path.starts_with('/') => {
            return Err(refused("only paths beneath the work directory can be used"));
        }
        _ => path,
    };
    let parts: Vec<&str> = relative.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.contains(&"..") {
        return Err(refused("`..` cannot be used"));
    }
    if parts.iter().any(|part| part.len() > PART_BYTES_MAX) {
        return Err(refused("a name has at most 255 bytes"));
    }
    Ok(parts)
}

/// The parts of a path that names a file.
///
/// # Errors
/// Those of [`parts`], or the path is the work directory itself.
pub(crate) fn file_parts(path: &str) -> Result<Vec<&str>, SandboxError> {
    let parts = parts(path)?;
    if parts.is_empty() || path.ends_with('/') {
        return Err(SandboxError::Refused(format!("{path:?} is not a file's path")));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_and_work_paths_name_the_same_file() {
        for path in ["a/b.txt", "./a//b.txt", "/work/a/b.txt", "/work//./a/b.txt"] {
            assert_eq!(file_parts(path).unwrap(), ["a", "b.txt"], "{path}");
        }
        assert!(parts("").unwrap().is_empty() && parts("/work/").unwrap().is_empty());
    }

    #[test]
    fn what_leads_elsewhere_is_refused() {
        let long_name = "n".repeat(256);
        let long_path = "d/".repeat(3000);
        for path in ["/etc/passwd", "/workshop/x", "../x", "a/../../x", "a\0b", &long_name, &long_path] {
            assert!(matches!(parts(path), Err(SandboxError::Refused(_))), "{path:?}");
        }
        for path in ["", ".", "/work", "a/"] {
            assert!(matches!(file_parts(path), Err(SandboxError::Refused(_))), "{path:?}");
        }
    }
}
