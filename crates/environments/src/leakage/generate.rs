//! Generation: candidates are drawn until one passes the gate.

use envy_core::{
    BoxFile, Brief, Certificate, GenerateError, GenerateInput, Generated, Hidden, Rejection, Seed, Task,
    TaskId,
};
use envy_tabular::{Column, Field, Kind, Role, Table};

use super::VERSION;
use super::candidate::{Base, Candidate};
use super::documents;
use super::draft::Part;
use super::facts::Facts;
use super::files::{
    CANARY, DEPLOY, DEPLOY_TRUTH, DRIVER, FUTURE, GARBAGE, KNOWN, KNOWN_TRUTH, META, Meta, NEUTRAL, NOISED,
    SESSION, TARGET, TEST, TEST_TRUTH, TRAIN,
};
use super::frames::{self, Altered};
use super::gate::{self, Passed};
use super::grade;
use super::knobs::Settings;
use super::operators::FORM;
use super::own::Own;
use super::plan;
use super::world::{ENTITY, Rows};

/// Candidates that are drawn before generation gives up.
const CANDIDATES_MAX: usize = 60;
const META_SCHEMA: &str = "envy.leakage-meta/1";
/// Columns of noise that the operator of early selection adds begin so; leaving them out is neither right nor wrong.
const NOISE_PREFIX: &str = "signal_";

/// A candidate that passed the gate.
pub(super) struct Accepted {
    /// Everything that was drawn.
    pub(super) candidate: Candidate,
    /// What the gate found.
    pub(super) passed: Passed,
    /// Why each candidate before it failed.
    pub(super) rejections: Vec<Rejection>,
}

/// Generates the task of a spec.
///
/// # Errors
/// Every candidate was rejected, or nothing can be planted into the user's table.
pub(super) fn generate(input: &GenerateInput) -> Result<Generated, GenerateError> {
    let mut settings = Settings::new(&input.spec.knobs);
    let own = Own::read(input, &mut settings)?;
    let root = input.spec.root(&input.salt);
    let accepted = accept(&root, &settings, own.as_ref())?;
    let candidate = &accepted.candidate;
    let meta = meta(candidate, &accepted.passed);
    let figures = accepted.passed.figures.clone();
    let names: Vec<&str> = candidate.planted.iter().map(|leak| leak.operator.as_str()).collect();
    let mut notes = vec![format!("{}: {}", candidate.about[0], names.join(", "))];
    notes.extend(threshold_note(&settings, &accepted.passed, candidate.exact));
    notes.extend(own.iter().flat_map(|own| own.notes.iter().cloned()));
    let note =
        if candidate.exact { "" } else { "the true probabilities are not known: every score is empirical" };
    Ok(Generated {
        task: Task {
            id: TaskId::of(&input.spec, VERSION, &input.salt),
            spec: input.spec.clone(),
            generator: VERSION.to_owned(),
            brief: brief(candidate, &settings),
            hidden: hidden(candidate, &meta, &root),
            certificate: Certificate { certified: true, note: note.to_owned(), figures },
        },
        rejections: accepted.rejections,
        notes,
    })
}

/// The first candidate that passes.
///
/// # Errors
/// None of [`CANDIDATES_MAX`] does.
pub(super) fn accept(root: &Seed, settings: &Settings, own: Option<&Own>) -> Result<Accepted, GenerateError> {
    let mut rejections = Vec::new();
    for number in 0..CANDIDATES_MAX {
        let seed = root.derive(&format!("candidate/{number}"));
        let base = own.map_or_else(|| Base::draw(&seed, settings), |own| own.base(&seed, settings));
        let candidate = Candidate::plant(base, &seed, settings);
        match gate::examine(&candidate, settings, &seed.derive("gate")) {
            Ok(passed) => return Ok(Accepted { candidate, passed, rejections }),
            Err(rejection) => rejections.push(rejection),
        }
    }
    Err(GenerateError::Exhausted { rejections })
}

/// What is answered to a threshold that was asked for: its place, or that it cannot be reached.
fn threshold_note(settings: &Settings, passed: &Passed, exact: bool) -> Option<String> {
    let asked = settings.threshold?;
    let scale = &passed.scale;
    let place = scale.lambda(asked);
    let bound = if exact { "the Bayes bound is" } else { "no bound is known, it is taken as" };
    let between = format!("the honest baseline has {:.4}, {bound} {:.4}", scale.honest, scale.bayes);
    let most = scale.bayes - 2.0 * scale.error;
    Some(if asked > most {
        format!(
            "threshold {asked} is out of reach ({between}; at most {most:.4} can be asked for): its place would be \
             {place:.2}; {:.4} is used, the place {:.2}",
            scale.tau(passed.lambda),
            passed.lambda
        )
    } else {
        format!("threshold {asked} lies at the place {place:.2}: {between}")
    })
}

pub(super) fn meta(candidate: &Candidate, passed: &Passed) -> Meta {
    let planted: Vec<&str> = candidate.leaks().collect();
    let late: Vec<&String> = candidate.planted.iter().filter_map(|leak| leak.late_by.as_ref()).collect();
    let is_legal = |field: &&Field| {
        !matches!(field.role, Role::Id | Role::Time)
            && ![ENTITY, FORM].contains(&field.name.as_str())
            && !planted.contains(&field.name.as_str())
            && !late.contains(&&field.name)
            && !field.name.starts_with(NOISE_PREFIX)
    };
    let fields = &candidate.part(Part::Train).table.fields;
    Meta {
        schema: META_SCHEMA.to_owned(),
        exact: candidate.exact,
        unique: candidate.unique,
        planted: candidate.planted.clone(),
        decoys: candidate.decoys.clone(),
        legal: fields.iter().filter(is_legal).map(|field| field.name.clone()).collect(),
        scale: passed.scale,
        lambda: passed.lambda,
        naive_public: passed.naive_public,
        train_counts: gate::counts(candidate.part(Part::Train)),
    }
}

/// The visible half.
pub(super) fn brief(candidate: &Candidate, settings: &Settings) -> Brief {
    let train = candidate.part(Part::Train);
    let mut files = vec![
        BoxFile::new(TRAIN, frames::csv(&labelled(train))),
        BoxFile::new(TEST, frames::csv(&candidate.part(Part::Test).table)),
    ];
    files.extend(documents::write(candidate));
    files.push(BoxFile::new(DRIVER, plan::DRIVER_SOURCE));
    files.push(BoxFile::new(SESSION, include_str!("session_start.py")));
    let facts = Facts {
        train_rows: train.len(),
        test_rows: candidate.part(Part::Test).len(),
        lambda: settings.lambda,
    };
    Brief {
        environment: "leakage".to_owned(),
        title: candidate.about[0].clone(),
        files,
        collect: grade::collected(),
        facts: facts.write(),
    }
}

/// A table with the label as its last column.
fn labelled(rows: &Rows) -> Table {
    let mut table = rows.table.clone();
    let labels = rows.positive.iter().map(|positive| Some(i64::from(*positive))).collect();
    let field = Field::new(TARGET, Kind::Integer, Role::Target);
    table.push(field, Column::Integer(labels)).expect("no column is called as the label");
    table
}

fn hidden(candidate: &Candidate, meta: &Meta, root: &Seed) -> Hidden {
    let seed = root.derive("checks");
    let mut hidden = Hidden::new(root);
    let [train, test, deploy, known] = &candidate.parts;
    let altered = Altered::new(candidate, &seed);
    let noised = Rows { table: altered.noised.clone(), ..train.clone() };
    let mut meta_bytes = serde_json::to_vec_pretty(meta).expect("meta is plain data");
    meta_bytes.push(b'\n');
    hidden.insert(DEPLOY, frames::csv(&deploy.table));
    hidden.insert(DEPLOY_TRUTH, frames::truth_csv(deploy));
    hidden.insert(KNOWN, frames::csv(&known.table));
    hidden.insert(KNOWN_TRUTH, frames::truth_csv(known));
    hidden.insert(TEST_TRUTH, frames::truth_csv(test));
    hidden.insert(NEUTRAL[0], frames::csv(&altered.plain));
    hidden.insert(NEUTRAL[1], frames::csv(&altered.neutral));
    hidden.insert(FUTURE, frames::csv(&altered.future));
    hidden.insert(CANARY, frames::csv(&altered.canary));
    hidden.insert(GARBAGE, frames::csv(&frames::garbage(&test.table, &seed.derive("garbage"))));
    hidden.insert(NOISED, frames::csv(&labelled(&noised)));
    hidden.insert(META, meta_bytes);
    hidden
}
