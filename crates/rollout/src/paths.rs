//! Paths as an agent writes them, and the patterns that name a submission's files.

/// Where a box shows its work directory; agents write absolute paths with it.
pub const WORK_DIRECTORY: &str = "/work";

/// Longest path that is taken, bytes.
const PATH_BYTES_MAX: usize = 1_024;

/// `path` relative to the work directory, `""` for the directory itself.
///
/// # Errors
/// It leads elsewhere, or may: the words for the agent.
pub(crate) fn relative(path: &str) -> Result<String, String> {
    if path.len() > PATH_BYTES_MAX {
        return Err(format!("the path has {} bytes; at most {PATH_BYTES_MAX} are allowed", path.len()));
    }
    if path.contains('\0') {
        return Err("the path contains a NUL character".to_owned());
    }
    let inner = match path.strip_prefix(WORK_DIRECTORY) {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => rest,
        _ if path.starts_with('/') => {
            return Err(format!(
                "{path} is outside the work directory; use a path relative to {WORK_DIRECTORY}, such as clean.py"
            ));
        }
        _ => path,
    };
    let parts: Vec<&str> = inner.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.contains(&"..") {
        return Err(format!("{path} contains \"..\"; use a path relative to {WORK_DIRECTORY} without it"));
    }
    Ok(parts.join("/"))
}

/// [`relative`] for a path that must name a file.
///
/// # Errors
/// As [`relative`], or the path names the work directory itself.
pub(crate) fn file(path: &str) -> Result<String, String> {
    let inner = relative(path)?;
    if inner.is_empty() || path.ends_with('/') {
        return Err(format!("\"{path}\" names a folder; name a file, such as clean.py"));
    }
    Ok(inner)
}

/// The folder of a relative path and the name in it.
pub(crate) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// One of a brief's `collect` patterns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pattern<'a> {
    /// `folder/**`: every file beneath it.
    Tree(&'a str),
    /// `*.ext`: files of the top folder that end so, the dot included.
    Top(&'a str),
    /// One path.
    Exact(&'a str),
}

impl<'a> Pattern<'a> {
    pub(crate) fn parse(pattern: &'a str) -> Self {
        if let Some(folder) = pattern.strip_suffix("/**") {
            return Self::Tree(folder);
        }
        match pattern.strip_prefix('*') {
            Some(ending) if !pattern.contains('/') => Self::Top(ending),
            _ => Self::Exact(pattern),
        }
    }

    pub(crate) fn matches(self, path: &str) -> bool {
        match self {
            Self::Tree(folder) => path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')),
            Self::Top(ending) => !path.contains('/') && path.ends_with(ending),
            Self::Exact(exact) => path == exact,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_beneath_the_work_directory_are_taken() {
        for (written, meant) in [
            ("clean.py", "clean.py"),
            ("./a//b/./c.csv", "a/b/c.csv"),
            ("/work/clean.py", "clean.py"),
            ("/work", ""),
            ("/work/", ""),
            (".", ""),
            ("", ""),
        ] {
            assert_eq!(relative(written).as_deref(), Ok(meant), "{written}");
        }
    }

    #[test]
    fn other_paths_are_refused_with_a_way_out() {
        let long = "a/".repeat(600);
        for path in ["/etc/passwd", "/workspace/x", "../x", "a/../../x", "/work/../etc", "a\0b", &long] {
            assert!(relative(path).is_err(), "{path}");
        }
        assert!(relative("/etc/passwd").unwrap_err().contains("relative to /work"));
        for folder in ["", "/work", "logs/"] {
            assert!(file(folder).unwrap_err().contains("names a folder"), "{folder}");
        }
    }

    #[test]
    fn patterns_match_what_they_say() {
        let cases = [
            ("clean.py", "clean.py", true),
            ("clean.py", "src/clean.py", false),
            ("*.csv", "a.csv", true),
            ("*.csv", "logs/a.csv", false),
            ("src/**", "src/a/b.py", true),
            ("src/**", "src", false),
            ("src/**", "srcs/a.py", false),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(Pattern::parse(pattern).matches(path), expected, "{pattern} {path}");
        }
    }
}
