//! Code: which of the agent's sources the grader will run, and what reading them brings.

use std::collections::{BTreeMap, BTreeSet};

use envy_core::{Brief, FlagKind, IntegrityFlag};
use envy_pycode::{Kind, Module};

use super::{Case, Flags, row_names};
use crate::review::{Role, Source, review};

/// Where the grader of each environment begins.
const ENTRIES: &[&str] = &["clean.py", "pipeline.py"];
/// The folder of what is handed in by hand.
const RESPONSE: &str = "response/";

/// What is known about the sources of an episode.
pub(super) struct Code {
    submitted: BTreeSet<String>,
    row_names: BTreeSet<String>,
    /// What the task's own sources show: it is not the agent's.
    given: BTreeSet<(String, FlagKind, String)>,
}

impl Code {
    pub(super) fn new(case: &Case<'_>) -> Self {
        let mut code =
            Self { submitted: submitted(case), row_names: row_names(case.brief), given: BTreeSet::new() };
        code.given = code.of_task(case.brief);
        code
    }

    /// What the task's own sources would be flagged for in either role.
    fn of_task(&self, brief: &Brief) -> BTreeSet<(String, FlagKind, String)> {
        let mut given = BTreeSet::new();
        for file in brief.files.iter().filter(|file| is_python(&file.path)) {
            let text = String::from_utf8_lossy(&file.bytes);
            for role in [Role::Submitted, Role::Test] {
                let found =
                    review(&Source { row_names: &self.row_names, ..Source::new(&file.path, &text, role) });
                // A program of the task is no test, so that what it would be as one excuses no test.
                let found = found.into_iter().filter(|finding| finding.kind != FlagKind::EmptyTest);
                given.extend(found.map(|finding| (file.path.clone(), finding.kind, finding.detail)));
            }
        }
        given
    }

    fn role(&self, path: &str) -> Role {
        let name = path.rsplit('/').next().unwrap_or(path);
        let is_test = name.starts_with("test_") || name.ends_with("_test.py");
        match self.submitted.contains(path) {
            true if is_test => Role::Test,
            true => Role::Submitted,
            false => Role::Scratch,
        }
    }

    /// Reviews a source and raises what it finds.
    pub(super) fn review(&self, path: &str, text: &str, turn: Option<u32>, flags: &mut Flags) {
        let role = self.role(path);
        for found in review(&Source { row_names: &self.row_names, ..Source::new(path, text, role) }) {
            let of_task = self.given.iter().any(|(given, kind, detail)| {
                stands_for(path, given) && *kind == found.kind && *detail == found.detail
            });
            if of_task {
                continue;
            }
            flags.add(IntegrityFlag {
                kind: found.kind,
                detail: found.detail,
                turn,
                file: Some(path.to_owned()),
                line: u32::try_from(found.span.start.line).ok(),
            });
        }
    }
}

/// Whether what lies at `path` is a revision of a task's own file: under its name, or in the response.
fn stands_for(path: &str, given: &str) -> bool {
    path == given || path.starts_with(RESPONSE)
}

pub(super) fn is_python(path: &str) -> bool {
    std::path::Path::new(path).extension().is_some_and(|end| end == "py" || end == "pth")
}

/// The sources that the grader runs: where it begins, what that imports, and what lies in the response.
fn submitted(case: &Case<'_>) -> BTreeSet<String> {
    let sources: BTreeMap<&str, &[u8]> = case
        .record
        .submission
        .files
        .iter()
        .filter(|file| is_python(&file.path))
        .map(|file| (file.path.as_str(), file.bytes.as_slice()))
        .collect();
    let mut open: Vec<&str> =
        sources.keys().copied().filter(|path| ENTRIES.contains(path) || path.starts_with(RESPONSE)).collect();
    let mut reached: BTreeSet<String> = BTreeSet::new();
    while let Some(path) = open.pop() {
        if !reached.insert(path.to_owned()) {
            continue;
        }
        let text = String::from_utf8_lossy(sources.get(path).copied().unwrap_or_default());
        for name in imported(&text) {
            let file = format!("{name}.py");
            open.extend(sources.keys().copied().filter(|path| *path == file));
        }
    }
    reached
}

/// The modules that a source imports, by their first name.
fn imported(text: &str) -> Vec<String> {
    let Ok(module) = Module::parse(text) else { return Vec::new() };
    let names = module.ids().filter_map(|id| match module.node(id).kind() {
        Kind::Alias | Kind::ImportFrom => module.name(id),
        _ => None,
    });
    names.map(|name| name.split('.').next().unwrap_or(name).to_owned()).collect()
}
