//! CPython's standard library as this machine has it, and what CPython counts in it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use envy_pycode::SOURCE_BYTES_MAX;

/// The folder of the host Python's standard library; nothing unless its grammar is one that we know how to count.
pub(crate) fn folder() -> Option<PathBuf> {
    let print =
        "import os, sys; print(sys.version_info[:2] >= (3, 11) and os.path.dirname(os.__file__) or '')";
    let (output, _) = python(&["-c", print], "")?;
    let folder = output.trim();
    (!folder.is_empty()).then(|| PathBuf::from(folder))
}

/// What CPython says of the files, a line each, and what it took, as it tells on its standard error.
pub(crate) fn walked(sources: &[(String, String)]) -> Option<(String, String)> {
    let paths: Vec<&str> = sources.iter().map(|(path, _)| path.as_str()).collect();
    python(&["-c", include_str!("walk.py")], &(paths.join("\n") + "\n"))
}

#[expect(clippy::disallowed_methods, reason = "the host's Python is what we compare with")]
fn python(arguments: &[&str], input: &str) -> Option<(String, String)> {
    let mut command = Command::new("python3");
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().ok()?;
    child.stdin.take()?.write_all(input.as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    output.status.success().then(|| (text(&output.stdout), text(&output.stderr)))
}

/// Every Python file that is UTF-8 without a coding line, path and text: other encodings are CPython's to decode.
pub(crate) fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    gather(folder, &mut found);
    found
}

fn gather(folder: &Path, found: &mut Vec<(String, String)>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() && !path.ends_with("site-packages") {
            gather(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "py")
            && let Ok(text) = std::fs::read_to_string(&path)
            && text.len() <= SOURCE_BYTES_MAX
            && !text.lines().take(2).any(|line| line.contains("coding"))
        {
            found.push((path.display().to_string(), text));
        }
    }
}
