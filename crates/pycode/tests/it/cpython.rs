//! Node counts and verdicts equal CPython's over its whole standard library.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use envy_pycode::{Module, SOURCE_BYTES_MAX};

/// Fewer comparable files than this are no standard library.
const FILES_MIN: usize = 200;

/// The folder of the host Python's standard library and whether its grammar is the one we know how to count.
fn library() -> Option<PathBuf> {
    let print =
        "import os, sys; print(sys.version_info[:2] >= (3, 11) and os.path.dirname(os.__file__) or '')";
    let output = python(&["-c", print], "")?;
    let folder = output.trim();
    (!folder.is_empty()).then(|| PathBuf::from(folder))
}

#[expect(clippy::disallowed_methods, reason = "the test compares with the host's Python")]
fn python(arguments: &[&str], input: &str) -> Option<String> {
    let mut child =
        Command::new("python3").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    child.stdin.take()?.write_all(input.as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Every Python file that is UTF-8 without a coding line: other encodings are CPython's to decode.
fn files(folder: &Path, found: &mut Vec<(String, String)>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() && !path.ends_with("site-packages") {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "py")
            && let Ok(text) = std::fs::read_to_string(&path)
            && text.len() <= SOURCE_BYTES_MAX
            && !text.lines().take(2).any(|line| line.contains("coding"))
        {
            found.push((path.display().to_string(), text));
        }
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "a skip and the time are shown")]
fn node_counts_equal_those_of_ast_walk_over_the_standard_library() {
    let Some(folder) = library() else {
        println!("SKIPPED: needs python3 of 3.11 or later");
        return;
    };
    let mut sources = Vec::new();
    files(&folder, &mut sources);
    assert!(sources.len() >= FILES_MIN, "{} has only {} files", folder.display(), sources.len());
    let paths: Vec<&str> = sources.iter().map(|(path, _)| path.as_str()).collect();
    let theirs = python(&["-c", include_str!("walk.py")], &(paths.join("\n") + "\n"))
        .expect("CPython counts its own library");
    let start = Instant::now();
    let ours: Vec<String> = sources
        .iter()
        .map(|(path, text)| {
            let nodes = Module::parse(text.as_str()).map_or(-1, |module| module.node_count() as i64);
            format!("{nodes} {path}")
        })
        .collect();
    println!("{} files in {:.2} s", ours.len(), start.elapsed().as_secs_f64());
    let differing: Vec<_> = ours.iter().zip(theirs.lines()).filter(|(ours, theirs)| ours != theirs).collect();
    assert!(differing.is_empty(), "{} of {} differ: {differing:#?}", differing.len(), ours.len());
    assert_eq!(ours.len(), theirs.lines().count());
}
