//! Plugin folders: every file is a module, modules are in order, and `ALL` names each.

use super::{Source, find};

/// Folders whose `mod.rs` lists each file in `ALL`.
const FOLDERS: &[&str] = &[
    "crates/tabular/src/corruptions",
    "crates/tabular/src/domains",
    "crates/tabular/src/families",
    "crates/tabular/src/series/faults",
    "crates/environments/src/cleaning/policies",
    "crates/environments/src/leakage/operators",
    "crates/environments/src/leakage/policies",
    "crates/environments/src/zoo",
    "crates/lab/src/exports",
    "crates/pycode/src/mutators",
    "crates/rollout/src/tools",
];

/// Every file beside a list's `mod.rs` has a `mod` line there, the lines are sorted, and `ALL` follows.
pub(super) fn plugins(sources: &[Source]) -> Vec<String> {
    FOLDERS.iter().flat_map(|folder| check(sources, folder)).collect()
}

fn check(sources: &[Source], folder: &str) -> Vec<String> {
    let list = format!("{folder}/mod.rs");
    let Some(text) = find(sources, &list).map(|source| source.text.as_str()) else {
        return vec![format!("{list} is missing")];
    };
    let mut broken = Vec::new();
    let modules: Vec<&str> = text.lines().filter_map(module).collect();
    if !blocks(text).all(|block| block.is_sorted()) {
        broken.push(format!("the mod lines of {list} are not sorted"));
    }
    let inside = format!("{folder}/");
    for file in sources.iter().filter_map(|source| source.path.strip_prefix(&inside)) {
        let Some(name) = file.strip_suffix(".rs").filter(|name| !name.contains('/') && *name != "mod") else {
            continue;
        };
        if !modules.contains(&name) {
            broken.push(format!("{inside}{file} is not listed in {list}"));
        }
    }
    if !text.contains("ALL: &[") {
        broken.push(format!("{list} has no ALL"));
    }
    broken
}

/// The runs of `mod` lines with nothing between them: helpers may stand before the plugins, each run in order.
fn blocks(text: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines: Vec<&str> = text.lines().collect();
    let runs: Vec<Vec<&str>> = lines
        .chunk_by(|before, after| module(before).is_some() == module(after).is_some())
        .map(|run| run.iter().filter_map(|line| module(line)).collect())
        .collect();
    runs.into_iter()
}

fn module(line: &str) -> Option<&str> {
    let line = line.strip_prefix("pub ").unwrap_or(line);
    let line = line.strip_prefix("pub(crate) ").unwrap_or(line);
    line.strip_prefix("mod ")?.strip_suffix(';')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unlisted_file_and_a_crooked_order_are_found() {
        let source = |path: &str, text: &str| Source { path: path.into(), text: text.into() };
        let tree = [
            source("f/mod.rs", "mod b;\nmod a;\npub const ALL: &[u8] = &[];\n"),
            source("f/a.rs", ""),
            source("f/b.rs", ""),
            source("f/c.rs", ""),
        ];
        assert_eq!(
            check(&tree, "f"),
            ["the mod lines of f/mod.rs are not sorted", "f/c.rs is not listed in f/mod.rs"]
        );
    }
}
