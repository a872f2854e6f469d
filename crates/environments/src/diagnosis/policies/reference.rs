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
        script(brief, |_| true)
    }

    fn start_partly(&self, brief: &Brief, seed: Seed, skill: f64) -> Option<Box<dyn Script>> {
        Some(script(brief, |mutator| sees(mutator, &seed, skill)))
    }
}

/// Whether one of this skill sees an idiom.
fn sees(mutator: &Mutator, seed: &Seed, skill: f64) -> bool {
    seed.derive(mutator.name).rng().chance(skill)
}

/// What is done by one who sees those wrong idioms.
fn script(brief: &Brief, seen: impl Fn(&Mutator) -> bool) -> Box<dyn Script> {
    let Some(project) = project(brief) else { return policy::fixed(Vec::new()) };
    let found = diagnose_seen(&project, seen);
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
    diagnose_seen(project, |_| true)
}

fn diagnose_seen(project: &Project, seen: impl Fn(&Mutator) -> bool) -> Diagnosed {
    let (mut errors, mut mended) = (Vec::new(), project.clone());
    for mutator in mutators::ALL.iter().filter(|mutator| seen(mutator)) {
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

#[cfg(test)]
mod tests {
    use envy_core::{Environment as _, Knobs};

    use super::*;
    use crate::diagnosis::candidate::Candidate;
    use crate::diagnosis::knobs::Settings;
    use crate::diagnosis::{Diagnosis, levels};

    /// Programs of a level, and players of each.
    const PROGRAMS: usize = 4;
    const PLAYERS: usize = 10;

    #[test]
    fn each_further_error_costs_who_overlooks_some_their_pass() {
        let rates: Vec<f64> = levels::NAMES.iter().map(|name| rate(name, 0.7, PLAYERS)).collect();
        assert!(rates[0] > rates[1] && rates[1] > rates[2], "{rates:?}");
        // Whoever overlooks nothing finds every error.
        assert_eq!(levels::NAMES.map(|name| rate(name, 1.0, 1)), [1.0; 3]);
    }

    /// The share of players who find every error, without a box: what they find is what they mend.
    fn rate(level: &str, skill: f64, players: usize) -> f64 {
        let info = Diagnosis.info();
        let preset = info.presets.iter().find(|preset| preset.name == level).unwrap();
        let knobs = Knobs::resolve(info.name, info.knobs, preset.knobs.iter().copied()).unwrap();
        let settings = Settings::new(&knobs);
        // Not every drawn set of errors fits its program.
        let drawn = (0..).map(|number| Seed::named("levels").derive(&format!("candidate/{number}")));
        let programs: Vec<Candidate> =
            drawn.filter_map(|seed| Candidate::draw(&seed, &settings).ok()).take(PROGRAMS).collect();
        let finds_all = |program: &Candidate, player: usize| {
            let seed = Seed::named("player").derive(&player.to_string());
            let found = diagnose_seen(&program.buggy.project, |mutator| sees(mutator, &seed, skill)).errors;
            program.errors.iter().all(|error| found.iter().any(|found| found.name == error.name))
        };
        let each = programs.iter().flat_map(|program| (0..players).map(move |player| (program, player)));
        let all = each.filter(|(program, player)| finds_all(program, *player)).count();
        all as f64 / (PROGRAMS * players) as f64
    }
}
