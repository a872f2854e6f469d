//! The shell tools of a box, copied from the host: what an agent needs to look around, and nothing that reaches out.

use std::fs;
use std::path::{Path, PathBuf};

use super::elf::{self, Kind};
use super::error::RuntimeError;
use super::files;

/// Tools that agents and drivers count on, with the package that brings them.
const REQUIRED: &[(&str, &[&str])] = &[
    ("bash", &["bash"]),
    ("dash", &["sh"]),
    (
        "coreutils",
        &[
            "basename",
            "cat",
            "chmod",
            "cksum",
            "comm",
            "cp",
            "cut",
            "date",
            "dd",
            "df",
            "dirname",
            "du",
            "echo",
            "env",
            "expand",
            "expr",
            "false",
            "fmt",
            "fold",
            "head",
            "id",
            "join",
            "ln",
            "ls",
            "md5sum",
            "mkdir",
            "mktemp",
            "mv",
            "nl",
            "nproc",
            "od",
            "paste",
            "printenv",
            "printf",
            "pwd",
            "readlink",
            "realpath",
            "rm",
            "rmdir",
            "seq",
            "sha256sum",
            "shuf",
            "sleep",
            "sort",
            "split",
            "stat",
            "stty",
            "sum",
            "tac",
            "tail",
            "tee",
            "test",
            "timeout",
            "touch",
            "tr",
            "true",
            "truncate",
            "tsort",
            "uname",
            "unexpand",
            "uniq",
            "wc",
            "whoami",
            "yes",
        ],
    ),
    ("grep", &["grep", "egrep", "fgrep"]),
    ("sed", &["sed"]),
    ("mawk", &["awk"]),
    ("findutils", &["find", "xargs"]),
    ("diffutils", &["cmp", "diff"]),
    ("tar", &["tar"]),
    ("gzip", &["gzip", "gunzip", "zcat"]),
];

/// Tools that are taken along where the host has them.
const OPTIONAL: &[&str] = &[
    "[",
    "arch",
    "b2sum",
    "base64",
    "bunzip2",
    "bzip2",
    "column",
    "csplit",
    "diff3",
    "factor",
    "gawk",
    "getopt",
    "hexdump",
    "hostname",
    "jq",
    "kill",
    "less",
    "mawk",
    "more",
    "numfmt",
    "patch",
    "pr",
    "rev",
    "sdiff",
    "sha1sum",
    "sha512sum",
    "sync",
    "tree",
    "unxz",
    "unzip",
    "which",
    "xxd",
    "xz",
    "zcmp",
    "zgrep",
    "zip",
];

/// Where programs are looked for when the PATH has none: a user's PATH may lack the system's folders.
const FALLBACK: &[&str] = &["/usr/bin", "/bin", "/usr/sbin", "/sbin"];

/// The character set that tools and Python expect, under the names it has had; the C library reads it from here.
const LOCALES: &[&str] = &["/usr/lib/locale/C.utf8", "/usr/lib/locale/C.UTF-8"];

/// Copies the tools to `usr/bin`. Answers with the host's files that need shared libraries.
///
/// # Errors
/// A required tool is missing, a file cannot be copied.
pub(super) fn copy(root: &Path) -> Result<Vec<PathBuf>, RuntimeError> {
    let mut need_libraries = Vec::new();
    for (package, names) in REQUIRED {
        for name in *names {
            let path = look_up(name).ok_or(RuntimeError::MissingTool { name, package })?;
            need_libraries.extend(place(root, name, &path)?);
        }
    }
    for name in OPTIONAL {
        if let Some(path) = look_up(name) {
            need_libraries.extend(place(root, name, &path)?);
        }
    }
    for folder in LOCALES.iter().map(Path::new).filter(|folder| folder.is_dir()) {
        for entry in files::walk_all(folder)?.iter().filter(|entry| entry.kind.is_file()) {
            files::copy(&entry.path, &root.join(entry.path.strip_prefix("/").unwrap_or(&entry.path)))?;
        }
    }
    Ok(need_libraries)
}

/// Puts the file behind `path` into `usr/bin`, and a link from `name` if the file has another name (one program under
/// many names, or a choice among alternatives). Answers with the file if it needs libraries and is new.
fn place(root: &Path, name: &str, path: &Path) -> Result<Option<PathBuf>, RuntimeError> {
    let folder = root.join("usr/bin");
    let real = fs::canonicalize(path).map_err(|error| RuntimeError::file("read", path, error))?;
    let own = files::name(&real);
    let is_new = !folder.join(own).exists();
    if is_new {
        files::copy(&real, &folder.join(own))?;
    }
    if own != name && fs::symlink_metadata(folder.join(name)).is_err() {
        files::link(Path::new(own), &folder.join(name))?;
    }
    let kind = elf::kind(&real).map_err(|error| RuntimeError::file("read", &real, error))?;
    Ok((is_new && kind != Kind::Other).then_some(real))
}

/// The first program called `name` in the system's folders, then on the PATH: a user's own folders may hold wrappers.
fn look_up(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = FALLBACK.iter().map(PathBuf::from).chain(std::env::split_paths(&path));
    folders.map(|folder| folder.join(name)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_tool_is_listed_twice() {
        let mut names: Vec<_> = REQUIRED.iter().flat_map(|(_, names)| *names).chain(OPTIONAL).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn one_program_under_two_names_is_one_file_and_a_link() {
        let (host, tree) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let real = host.path().join("mawk");
        files::write(&real, "#!/bin/sh\n").unwrap();
        files::link(&real, &host.path().join("awk")).unwrap();
        for name in ["awk", "mawk"] {
            assert_eq!(place(tree.path(), name, &host.path().join(name)).unwrap(), None);
        }
        assert_eq!(fs::read_link(tree.path().join("usr/bin/awk")).unwrap(), Path::new("mawk"));
        assert!(tree.path().join("usr/bin/mawk").is_file());
    }
}
