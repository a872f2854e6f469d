//! `policy/reference`: looks for every wrong idiom it knows, mends the one it finds, and measures both programs.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed, ToolCall, policy};
use envy_pycode::Module;
use envy_pycode::mutators::{self, ErrorClass, Located, Mutator, Project};
use serde_json::{Value, json};

use super::suspicions::suspicions;
use super::{submit, write_file};
use crate::diagnosis::candidate::Buggy;

/// Reads the code, then runs it.
pub(super) struct Reference;

const TEST: &str = include_str!("test_fix.py");
const INVESTIGATE: &str = include_str!("investigate.py");

/// Tests of a program without an error.
const SOUND_TESTS: &[&str] = &["H1", "H4", "H12"];

impl Policy for Reference {
    fn name(&self) -> &'static str {
        "reference"
    }

    fn doc(&self) -> &'static str {
        "looks for every wrong idiom it knows, mends the one it finds and measures both programs"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Reference
    }

    fn start(&self, brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        let Some(project) = project(brief) else { return policy::fixed(Vec::new()) };
        let found = diagnose(&project);
        let mut tests: Vec<&str> =
            found.errors.iter().filter_map(|mutator| mutator.tests.first().copied()).collect();
        tests.sort_unstable();
        tests.dedup();
        let tests = if tests.is_empty() { SOUND_TESTS } else { &tests[..] };
        let template = TEST.replace("__TESTS__", &format!("{tests:?}"));
        let mut files = vec![
            write_file("plan.json", &plan(&project, &found).to_string()),
            write_file("test_template.py", &template),
            write_file("investigate.py", INVESTIGATE),
        ];
        files.extend(found.revision(&project));
        let run = policy::call("run_python", json!({"script_path": "investigate.py", "timeout": 300}));
        policy::fixed(vec![files, vec![run], vec![submit()]])
    }
}

/// The program of a brief; nothing if a file is no Python.
pub(in crate::diagnosis) fn project(brief: &Brief) -> Option<Project> {
    let own = brief.files.iter().filter(|file| file.path.starts_with("src/"));
    own.map(|file| {
        Some((file.path.clone(), Module::parse(String::from_utf8(file.bytes.clone()).ok()?).ok()?))
    })
    .collect()
}

/// What is wrong with a program, as far as its text tells.
pub(super) struct Diagnosed {
    /// The wrong idioms that were found.
    pub(super) errors: Vec<&'static Mutator>,
    /// The program without them.
    mended: Project,
    /// Where they stand.
    pub(super) places: Vec<Located>,
}

impl Diagnosed {
    /// The calls that write the files that change.
    pub(super) fn revision(&self, project: &Project) -> Vec<ToolCall> {
        let is_new = |(path, module): &(&String, &Module)| {
            project.get(*path).is_none_or(|known| known.text() != module.text())
        };
        let changed = self.mended.iter().filter(is_new);
        changed.map(|(path, module)| write_file(&format!("response/revised/{path}"), module.text())).collect()
    }
}

/// Takes every wrong idiom out that is found. Putting them in again says where they stand in the program as it is.
pub(super) fn diagnose(project: &Project) -> Diagnosed {
    let (mut errors, mut mended) = (Vec::new(), project.clone());
    for mutator in mutators::ALL {
        if let Ok(Some(undone)) = mutator.undo(&mended) {
            mended = undone.project;
            errors.push(*mutator);
        }
    }
    let places =
        Buggy::new(&mended, &errors).map(|buggy| buggy.places().cloned().collect()).unwrap_or_default();
    Diagnosed { errors, mended, places }
}

/// The report without the effect, which is measured.
fn plan(project: &Project, found: &Diagnosed) -> Value {
    let place = |place: &Located, reason: &str| {
        let (start, end) = (place.span.start.line, place.span.end.line);
        json!({"file": place.file, "start": start, "end": end, "symbol": place.span.symbol, "reason": reason})
    };
    let named = |mutator: &&Mutator| json!({"error_type": mutator.class, "mechanism": mutator.name});
    let told: Vec<String> =
        found.errors.iter().map(|mutator| format!("{} {}", mutator.doc, mutator.evidence)).collect();
    let report = match found.errors.split_first() {
        Some((first, further)) => json!({
            "error_type": first.class,
            "mechanism": first.name,
            "further": further.iter().map(named).collect::<Vec<_>>(),
            "locations": found.places.iter().map(|found| place(found, "")).collect::<Vec<_>>(),
            "explanation": told.join(" "),
            "fix": "The clean idiom stands in its place again.",
        }),
        None => json!({
            "error_type": ErrorClass::None,
            "mechanism": "none",
            "locations": [],
            "explanation": "No wrong idiom was found; what looks suspicious is cleared.",
            "fix": "Nothing is changed.",
            "cleared": suspicions(project).iter().map(|(why, found)| place(found, why)).collect::<Vec<_>>(),
        }),
    };
    json!({"is_error": !found.errors.is_empty(), "report": report})
}
