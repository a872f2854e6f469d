//! Tasks of a user's own table: halves that share nothing, certified or not, and graded accordingly.

use std::collections::BTreeSet;

use envy_core::{GenerateError, TableSource};

use super::*;
use crate::cleaning::ladder;
use crate::cleaning::tests::mixed;

fn input(bytes: &[u8], settings: &[(&str, &str)]) -> GenerateInput {
    input_for(bytes, "target", settings)
}

fn input_for(bytes: &[u8], target: &str, settings: &[(&str, &str)]) -> GenerateInput {
    let knobs = Knobs::resolve("cleaning", Cleaning.info().knobs, settings.iter().copied()).unwrap();
    let mut spec = TaskSpec::new("cleaning", 1, knobs, &Salt::public());
    spec.table = Some(TableSource {
        digest: Digest::of(bytes),
        name: "own.csv".to_owned(),
        target: target.to_owned(),
        header: true,
        skip_lines: 0,
        time: None,
        group: None,
    });
    GenerateInput { spec, salt: Salt::public(), table: Some(bytes.to_vec()) }
}

fn make(bytes: &[u8], settings: &[(&str, &str)]) -> Result<Generated, GenerateError> {
    make_for(bytes, "target", settings)
}

pub(super) fn make_for(
    bytes: &[u8],
    target: &str,
    settings: &[(&str, &str)],
) -> Result<Generated, GenerateError> {
    let ready = |_: Vec<Job>| Err::<Vec<JobResult>, _>("generation needs no box");
    drive(Cleaning.generate(input_for(bytes, target, settings)), ready).unwrap()
}

/// A table with a strong signal, and faults that cost it: certified.
pub(super) fn certified() -> &'static Generated {
    static TASK: OnceLock<Generated> = OnceLock::new();
    let settings = [("model", "knn15"), ("operators", "label-convention,unit"), ("corrupt", "0.5")];
    TASK.get_or_init(|| make(&mixed::table(3_000, 0.1), &settings).unwrap())
}

/// A table in which nothing tells of the target: no fault can cost accuracy.
pub(super) fn uncertified() -> &'static Generated {
    static TASK: OnceLock<Generated> = OnceLock::new();
    TASK.get_or_init(|| make(&mixed::table(400, 50.0), &[("model", "knn15")]).unwrap())
}

fn rows(bytes: &[u8]) -> BTreeSet<String> {
    let table = RawTable::read(bytes, RawLimits::OWN).unwrap();
    let note = table.position("note").unwrap();
    (0..table.rows()).map(|row| table.cell(row, note).to_owned()).collect()
}

#[test]
fn the_halves_and_the_probe_rows_of_an_own_table_are_disjoint() {
    let hidden = &certified().task.hidden;
    let [given, fresh, oracle] =
        [files::GOLDEN, files::FRESH[1], files::ORACLE].map(|name| rows(hidden.get(name).unwrap()));
    assert_eq!((given.len(), fresh.len(), oracle.len()), (1_350, 1_350, 300));
    assert!(given.is_disjoint(&fresh) && given.is_disjoint(&oracle) && fresh.is_disjoint(&oracle));
    for name in [files::VAL, files::DYNAMICS] {
        assert!(hidden.get(name).is_none(), "an own table has no generator");
    }
}

#[test]
fn an_own_table_with_headroom_is_certified_and_its_ladder_holds_on_a_draw_that_no_gate_saw() {
    let certificate = &certified().task.certificate;
    assert!(certificate.certified && certificate.note.is_empty());
    for draw in ["given", "fresh"] {
        let figure = |name: &str| certificate.figures[&format!("{name}_{draw}")];
        assert!(figure("headroom") >= 6.0 * figure("headroom_error"));
    }
    let notes = &certified().notes;
    assert!(notes.iter().any(|note| note == "plan: category of 3 levels"), "{notes:?}");
    let bytes = mixed::table(3_000, 0.1);
    let settings = [("model", "knn15"), ("operators", "label-convention,unit"), ("corrupt", "0.5")];
    let unseen = ladder::unseen(&input(&bytes, &settings)).unwrap();
    let rungs = ladder::climb(&unseen).unwrap();
    assert!(rungs["reference"].passed, "{rungs:?}");
    assert!(["identity", "lazy", "drop"].iter().all(|name| !rungs[name].passed), "{rungs:?}");
}

#[test]
fn without_headroom_an_own_table_is_graded_on_repair_and_damage_and_says_so() {
    let task = uncertified();
    let certificate = &task.task.certificate;
    assert!(!certificate.certified && certificate.note.contains("standard errors"), "{certificate:?}");
    let readme = String::from_utf8_lossy(task.task.brief.file(files::README).unwrap()).into_owned();
    assert!(readme.contains("no certificate"), "{readme}");
    let (_, prompt) = Cleaning.prompt(&task.task.brief, &EpisodeSpec::new("policy/test"));
    assert!(prompt.contains("0.9 x repair F1") && !prompt.contains("0.6 x recovery"));
    let sight = Sight::new(&task.task.brief).unwrap();
    let plan = solve(&sight);
    let write = |table: RawTable| Some(table.write());
    let reference = grade(task, any_program(), |job| write(plan.apply(&export(job)).unwrap()));
    assert!(reference.passed && reference.reward > 0.9, "{reference:?}");
    assert!(!reference.metrics.contains_key("recovery") && reference.metrics["repair_f1"] > 0.9);
    assert!(reference.criteria[0].detail.contains("graded on repair F1 and damage"));
    let identity = grade(task, any_program(), |job| write(export(job)));
    let lazy = grade(task, any_program(), |job| write(policies::clipped(&sight.fields, &export(job))));
    let drop =
        grade(task, any_program(), |job| write(policies::unsuspicious(&sight, &plan, &export(job)).unwrap()));
    assert_eq!(identity.reward, 0.0);
    for lesser in [&identity, &lazy, &drop] {
        assert!(!lesser.passed && lesser.reward < 0.5, "{lesser:?}");
    }
}

#[test]
fn the_same_table_and_seed_give_the_same_bytes() {
    let again = make(&mixed::table(400, 50.0), &[("model", "knn15")]).unwrap();
    assert_eq!(digest(uncertified()), digest(&again));
}

#[test]
fn what_makes_no_task_is_told_in_a_sentence_with_a_hint() {
    let few = make(&mixed::table(40, 1.0), &[]).map(|_| ()).unwrap_err();
    let GenerateError::Input { what, hint } = few else { panic!("{few}") };
    assert_eq!(what, "own.csv makes no task: it has 40 rows with a target, and two halves need 100");
    assert!(!hint.is_empty());
}
