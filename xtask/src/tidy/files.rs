//! Rules on single files.

use super::Source;

/// No source file is longer.
const LINES_MAX: usize = 500;

/// Rust and Python files are at most [`LINES_MAX`] lines, and a Rust file starts by saying what it is for.
pub(super) fn size_and_doc(sources: &[Source]) -> Vec<String> {
    let mut broken = Vec::new();
    for source in sources.iter().filter(|source| source.has_extension("rs") || source.has_extension("py")) {
        let lines = source.text.lines().count();
        if lines > LINES_MAX {
            broken.push(format!("{} has {lines} lines (at most {LINES_MAX})", source.path));
        }
        if source.has_extension("rs") && !source.text.starts_with("//!") {
            broken.push(format!("{} does not start with //!", source.path));
        }
    }
    broken
}

/// Marks of work that is not done, or of a test that does not run. Split so that this file does not hold them.
const MARKS: &[&str] = &[
    concat!("to", "do!("),
    concat!("unimpl", "emented!("),
    concat!("#[ign", "ore"),
    concat!("db", "g!("),
    concat!("FIX", "ME"),
    concat!("TO", "DO"),
    concat!("XX", "X "),
    concat!("pytest.mark.", "skip"),
];

/// No source file holds a mark of unfinished work.
pub(super) fn unfinished(sources: &[Source]) -> Vec<String> {
    marked(sources, MARKS)
}

/// Words that name a machine, a registry's host or a writer.
const FOREIGN: &[&str] = &[
    concat!("/wo", "rk/main"),
    concat!("/wo", "rk/shared"),
    concat!("/tmp/", "team"),
    concat!("pypi", ".org"),
    concat!("files.python", "hosted"),
    concat!("index.crates", ".io"),
    concat!("static.crates", ".io"),
    concat!("registry.npm", "js"),
    concat!("arti", "factory"),
    concat!("Co-Auth", "ored-By"),
];

/// No file names a machine's path, a registry's host or its writer.
pub(super) fn foreign_names(sources: &[Source]) -> Vec<String> {
    marked(sources, FOREIGN)
}

fn marked(sources: &[Source], marks: &[&str]) -> Vec<String> {
    let text_files = sources.iter().filter(|source| !source.has_extension("lock"));
    text_files
        .flat_map(|source| {
            source.text.lines().enumerate().flat_map(move |(number, line)| {
                let found = marks.iter().filter(move |mark| line.contains(**mark));
                found.map(move |mark| format!("{}:{}: {mark}", source.path, number + 1))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_files_missing_docs_and_marks_are_found() {
        let long = Source { path: "a.rs".into(), text: "x\n".repeat(501) };
        assert_eq!(size_and_doc(&[long]).len(), 2);
        let marked = Source { path: "b.rs".into(), text: format!("//! b\n{}", MARKS[0]) };
        assert_eq!(unfinished(&[marked]), [format!("b.rs:2: {}", MARKS[0])]);
    }
}
