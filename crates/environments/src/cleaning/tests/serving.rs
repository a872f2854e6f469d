//! The serving batch: cleaned like the table, without labels, and every record of it must come back.

use super::*;
use crate::cleaning::serving::{FRESH_SERVE, SERVE, SERVE_TRUTH};
use crate::cleaning::{ladder, own_model};

const SERVING: [(&str, &str); 3] = [("serve", "true"), ("num-rows", "700"), ("model", "knn15")];

pub(super) fn task() -> &'static Generated {
    static TASK: OnceLock<Generated> = OnceLock::new();
    TASK.get_or_init(|| generate_with(4, &SERVING))
}

/// The true table that belongs to what a job is given.
fn golden(job: &Job) -> RawTable {
    let name = match job.name.as_str() {
        "clean/given" | "model/given" => files::GOLDEN,
        "clean/fresh" | "model/fresh" => files::FRESH[1],
        "serve/given" => SERVE_TRUTH[0],
        "serve/fresh" => FRESH_SERVE[1],
        other => panic!("there is no job {other}"),
    };
    RawTable::read(task().task.hidden.get(name).unwrap(), RawLimits::OWN).unwrap()
}

fn is_served(job: &Job) -> bool {
    job.name.starts_with("serve/")
}

#[test]
fn a_batch_has_no_labels_and_all_of_it_stays_hidden_but_the_given_one() {
    let brief = &task().task.brief;
    let batch = RawTable::read(brief.file(SERVE).unwrap(), RawLimits::OWN).unwrap();
    let label = batch.position("y").unwrap();
    assert!(batch.rows() >= 3_000 && (0..batch.rows()).all(|row| batch.cell(row, label).is_empty()));
    let mut names = Vec::new();
    grade(task(), any_program(), |job| {
        let table = export(job);
        let label = table.position("y").unwrap();
        assert_eq!(is_served(job), (0..table.rows()).all(|row| table.cell(row, label).is_empty()));
        names.push(job.name.clone());
        None
    });
    assert_eq!(names, ["clean/given", "clean/fresh", "serve/given", "serve/fresh"]);
    let (_, prompt) = Cleaning.prompt(brief, &EpisodeSpec::new("policy/test"));
    assert!(prompt.contains("# The serving batch") && prompt.contains("serve.csv") && !prompt.contains("{{"));
    let readme = String::from_utf8_lossy(brief.file(files::README).unwrap()).into_owned();
    assert!(readme.contains("## Serving"));
}

#[test]
fn the_reference_passes_and_whoever_drops_rows_is_wrong_on_them() {
    let sight = Sight::new(&task().task.brief).unwrap();
    let plan = solve(&sight);
    let write = |table: RawTable| Some(table.write());
    let reference = grade(task(), any_program(), |job| write(plan.apply(&export(job)).unwrap()));
    assert!(reference.passed && reference.metrics["serve_lost_given"] < 0.01, "{reference:?}");
    let drop = grade(task(), any_program(), |job| {
        write(policies::unsuspicious(&sight, &plan, &export(job)).unwrap())
    });
    assert!(!drop.passed && drop.metrics["serve_lost_given"] > 0.1, "{drop:?}");
    let only_drops_served = grade(task(), any_program(), |job| {
        let table = export(job);
        write(if is_served(job) {
            policies::unsuspicious(&sight, &plan, &table).unwrap()
        } else {
            plan.apply(&table).unwrap()
        })
    });
    assert!(
        only_drops_served.metrics["recovery"] < reference.metrics["recovery"] - 0.2,
        "{only_drops_served:?}"
    );
    let identity = grade(task(), any_program(), |job| write(export(job)));
    assert_eq!((identity.reward, identity.passed), (0.0, false));
    let rungs = ladder::climb(task()).unwrap();
    assert!(rungs["reference"].passed && !rungs["drop"].passed && rungs["identity"].reward == 0.0);
}

#[test]
fn the_truth_is_the_top_and_the_batch_counts_as_much_as_the_table() {
    let whole = grade(task(), any_program(), |job| Some(golden(job).write()));
    assert!(whole.passed && whole.metrics["recovery"] == 1.0, "{whole:?}");
    let nothing_served = grade(task(), any_program(), |job| {
        Some(if is_served(job) { golden(job).head(1) } else { golden(job) }.write())
    });
    assert!(!nothing_served.passed && nothing_served.metrics["recovery"] <= 0.0, "{nothing_served:?}");
    assert!(nothing_served.metrics["serve_lost_fresh"] > 0.99);
    let crashed = grade(task(), any_program(), |job| (!is_served(job)).then(|| golden(job).write()));
    assert!(crashed.reward == 0.0 && crashed.criteria[0].detail.contains("serving batch"), "{crashed:?}");
}

#[test]
fn the_agents_own_model_gets_the_batch_as_it_came_back() {
    let mut submission = any_program();
    submission.files.push(BoxFile::new(own_model::MODEL, "def predict(model, features): ..."));
    let batch = RawTable::read(task().task.hidden.get(SERVE_TRUTH[0]).unwrap(), RawLimits::OWN).unwrap();
    let mut asked = Vec::new();
    let score = grade_on("free", task(), submission, |job| {
        if !job.name.starts_with("model/") {
            return Some(golden(job).write());
        }
        let features = job.files.iter().find(|file| file.path == "features.csv").unwrap();
        let features = RawTable::read(&features.bytes, RawLimits::OWN).unwrap();
        assert!(features.position("y").is_none());
        let truth = if job.name == "model/given" {
            batch.clone()
        } else {
            RawTable::read(task().task.hidden.get(FRESH_SERVE[1]).unwrap(), RawLimits::OWN).unwrap()
        };
        let (id, label) = (truth.position("row_id").unwrap(), truth.position("y").unwrap());
        let label_of: BTreeMap<&str, &str> =
            (0..truth.rows()).map(|row| (truth.cell(row, id), truth.cell(row, label))).collect();
        let of = features.position("row_id").unwrap();
        let lines: Vec<&str> = (0..features.rows()).map(|row| label_of[features.cell(row, of)]).collect();
        asked.push(features.rows());
        Some(format!("prediction\n{}\n", lines.join("\n")).into_bytes())
    });
    assert!(score.passed && asked == [3_000, 3_000], "{score:?}");
}
