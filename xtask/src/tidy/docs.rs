//! Rules on the pages: they describe what is.

use super::{Source, find};
use crate::shell;

/// The pages may not grow past what one reads in a sitting.
const ARCHITECTURE_LINES_MAX: usize = 200;

/// `docs/ARCHITECTURE.md` names every crate, and every path in backticks that looks like one exists.
pub(super) fn architecture(sources: &[Source]) -> Vec<String> {
    let Some(page) = find(sources, "docs/ARCHITECTURE.md") else {
        return vec!["docs/ARCHITECTURE.md is missing".to_owned()];
    };
    let mut broken = Vec::new();
    if page.text.lines().count() > ARCHITECTURE_LINES_MAX {
        broken.push(format!("it has more than {ARCHITECTURE_LINES_MAX} lines"));
    }
    for source in sources {
        let name = source.path.strip_prefix("crates/").and_then(|rest| rest.strip_suffix("/Cargo.toml"));
        if let Some(name) = name.filter(|name| !page.text.contains(&format!("crates/{name}"))) {
            broken.push(format!("crates/{name} is not named"));
        }
    }
    for path in quoted(&page.text).filter(|word| is_path(word)) {
        if !shell::root().join(path.trim_end_matches('/')).exists() {
            broken.push(format!("{path} does not exist"));
        }
    }
    broken
}

/// The pages whose tables name tests.
const PROMISING: [&str; 2] = ["docs/SPEC.md", "docs/SECURITY.md"];

/// Each row of a table whose last column is `Test` names, in backticks in that column, test functions that exist.
pub(super) fn promises(sources: &[Source]) -> Vec<String> {
    let mut broken = Vec::new();
    for path in PROMISING {
        match find(sources, path) {
            None => broken.push(format!("{path} is missing")),
            Some(page) => {
                broken
                    .extend(unproved(sources, &page.text).into_iter().map(|what| format!("{path}: {what}")));
            }
        }
    }
    broken
}

fn unproved(sources: &[Source], text: &str) -> Vec<String> {
    let (mut broken, mut in_table) = (Vec::new(), false);
    for row in text.lines() {
        if !row.starts_with('|') {
            in_table = false;
        } else if row.ends_with("| Test |") {
            in_table = true;
        } else if in_table && !row.starts_with("| --") {
            broken.extend(unproved_row(sources, row));
        }
    }
    broken
}

fn unproved_row(sources: &[Source], row: &str) -> Vec<String> {
    let last = row.trim_end_matches([' ', '|']).rsplit('|').next().unwrap_or_default();
    let tests: Vec<&str> = quoted(last).collect();
    if tests.is_empty() && !last.contains("pending") {
        return vec![format!("no test, nor `pending`: {row}")];
    }
    let missing = tests.iter().filter(|test| !exists(sources, test));
    missing.map(|test| format!("no test called {test}")).collect()
}

/// A test function of that name, or a case of that name in a suite.
fn exists(sources: &[Source], test: &str) -> bool {
    let name = test.rsplit("::").next().unwrap_or(test);
    let (function, case) = (format!("fn {name}("), format!("\"{name}\""));
    let code = sources.iter().filter(|source| source.has_extension("rs"));
    code.into_iter().any(|source| source.text.contains(&function) || source.text.contains(&case))
}

/// `docs/CHANGELOG.md` has an `Unreleased` section and only the headings of Keep a Changelog below a version.
pub(super) fn changelog(sources: &[Source]) -> Vec<String> {
    const HEADINGS: [&str; 6] = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];
    let Some(page) = find(sources, "docs/CHANGELOG.md") else {
        return vec!["docs/CHANGELOG.md is missing".to_owned()];
    };
    let mut broken = Vec::new();
    if !page.text.contains("\n## [Unreleased]\n") {
        broken.push("no `## [Unreleased]`".to_owned());
    }
    for heading in page.text.lines().filter_map(|line| line.strip_prefix("### ")) {
        if !HEADINGS.contains(&heading) {
            broken.push(format!("heading \"{heading}\" is none of {}", HEADINGS.join(", ")));
        }
    }
    broken
}

/// The words between single backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2).filter(|word| !word.contains('\n'))
}

fn is_path(word: &str) -> bool {
    let starts = ["crates/", "xtask/", "docs/", "runtime/", ".ci/"];
    starts.iter().any(|start| word.starts_with(start)) && !word.contains(['*', ' ', '{'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(path: &str, text: &str) -> Source {
        Source { path: path.into(), text: text.into() }
    }

    #[test]
    fn a_promise_without_a_test_is_found() {
        let text =
            "| Promise | Test |\n| --- | --- |\n| a | `missing_test` |\n| b | `here` |\n| c | nothing |\n";
        let threats =
            "| | wants |\n| --- | --- |\n| a | b |\n\n| Boundary | Test |\n| --- | --- |\n| d | `gone` |\n";
        let pages =
            [page("docs/SPEC.md", text), page("docs/SECURITY.md", threats), page("x.rs", "fn here() {}")];
        assert_eq!(
            promises(&pages),
            [
                "docs/SPEC.md: no test called missing_test",
                "docs/SPEC.md: no test, nor `pending`: | c | nothing |",
                "docs/SECURITY.md: no test called gone"
            ]
        );
        assert_eq!(promises(&pages[..1]).len(), 4, "a page that is missing is told");
    }

    #[test]
    fn a_change_log_of_another_format_is_found() {
        let sources = [page("docs/CHANGELOG.md", "# Change log\n\n## [Unreleased]\n\n### News\n")];
        assert_eq!(changelog(&sources).len(), 1);
    }
}
