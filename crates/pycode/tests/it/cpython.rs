//! Node counts and verdicts equal CPython's over its whole standard library.

use std::time::Instant;

use envy_pycode::Module;

use crate::library;

/// Fewer comparable files than this are no standard library.
const FILES_MIN: usize = 200;

#[test]
#[expect(clippy::print_stdout, reason = "a skip and the time are shown")]
fn node_counts_equal_those_of_ast_walk_over_the_standard_library() {
    let Some(folder) = library::folder() else {
        println!("SKIPPED: needs python3 of 3.11 or later");
        return;
    };
    let sources = library::files(&folder);
    assert!(sources.len() >= FILES_MIN, "{} has only {} files", folder.display(), sources.len());
    let (theirs, _) = library::walked(&sources).expect("CPython counts its own library");
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
