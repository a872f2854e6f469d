//! The tracks: on the same task, what counts of a model that the agent chose or wrote.

use serde_json::json;

use super::*;
use crate::cleaning::{menu, own_model};

fn with(files: &[(&str, &str)]) -> Submission {
    let mut submission = any_program();
    submission.files.extend(files.iter().map(|(path, text)| BoxFile::new(*path, *text)));
    submission
}

/// The true table of the draw that a job runs on.
fn golden(task: &Generated, job: &Job) -> Vec<u8> {
    let name = if job.name.ends_with("given") { files::GOLDEN } else { files::FRESH[1] };
    task.task.hidden.get(name).unwrap().to_vec()
}

#[test]
fn a_chosen_model_counts_on_its_track_only() {
    let task = shared();
    let chosen = |track: &str, model: &serde_json::Value| {
        let submission = with(&[(menu::MODEL, &model.to_string())]);
        grade_on(track, task, submission, |job| Some(golden(task, job)))
    };
    let good = json!({"model": "k_neighbors", "n_neighbors": 15});
    let bad = json!({"model": "random_forest", "n_estimators": 1, "max_depth": 1});
    let (fixed, same, worse) = (chosen("fixed", &bad), chosen("choose", &good), chosen("choose", &bad));
    assert!(fixed.passed && same.passed && !worse.passed, "{worse:?}");
    // The fixed model of this task is the 15 nearest neighbours.
    assert_eq!(fixed.metrics["recovery"], same.metrics["recovery"]);
    assert!(worse.metrics["recovery"] < 0.5 && worse.metrics["repair_f1"] == 1.0);
    let none = chosen("choose", &json!({"model": "oracle"}));
    assert!(none.reward == 0.0 && none.criteria[0].detail.contains("model.json"), "{none:?}");
    let error = grader(task).check(&with(&[(menu::MODEL, "{}")])).unwrap_err();
    assert!(error.contains("model.json"), "{error}");
}

#[test]
fn without_a_choice_the_table_as_it_came_earns_nothing() {
    let task = shared();
    let score = grade_on("choose", task, any_program(), |job| Some(export(job).write()));
    assert_eq!((score.reward, score.passed), (0.0, false));
}

/// What the agent's model would leave behind: the true labels of the first rows, the wrong ones of the others.
fn predictions(task: &Generated, right: usize, rows: usize) -> Vec<u8> {
    let val = String::from_utf8(task.task.hidden.get(files::VAL).unwrap().to_vec()).unwrap();
    let labels = val.lines().skip(1).map(|line| line.rsplit(',').next().unwrap());
    let label = |(row, label): (usize, &str)| if row < right { label.to_owned() } else { "none".to_owned() };
    let lines: Vec<String> = labels.enumerate().map(label).take(rows).collect();
    format!("prediction\n{}\n", lines.join("\n")).into_bytes()
}

#[test]
fn the_agents_own_model_is_scored_on_rows_without_labels() {
    let task = shared();
    let rows = files::table(&task.task.hidden, files::VAL, &meta_fields(task)).unwrap().rows();
    let mut seen = Vec::new();
    let mut graded = |right: usize, kept: usize| {
        let submission =
            with(&[(own_model::MODEL, "def train_model(train): ...\ndef predict(model, features): ...")]);
        grade_on("free", task, submission, |job| {
            if !job.name.starts_with("model/") {
                return Some(golden(task, job));
            }
            let file = |name: &str| job.files.iter().find(|file| file.path == name).unwrap().bytes.clone();
            assert_eq!(file(CLEANED), golden(task, job));
            seen.push(String::from_utf8(file("features.csv")).unwrap());
            Some(predictions(task, right, kept))
        })
    };
    let (perfect, poor, short) = (graded(rows, rows), graded(rows / 3, rows), graded(rows, rows - 1));
    assert!(perfect.passed && perfect.metrics["recovery"] >= 1.0, "{perfect:?}");
    assert!(!poor.passed && poor.metrics["recovery"] < 0.5, "{poor:?}");
    assert!(short.reward == 0.0 && short.criteria[0].detail.contains("labels for"), "{short:?}");
    let header = seen[0].lines().next().unwrap();
    assert!(
        !header.split(',').any(|column| column == "y") && seen[0].lines().count() == rows + 1,
        "{header}"
    );
}

#[test]
fn a_model_that_is_missing_or_leaves_nothing_earns_nothing_and_says_why() {
    let task = shared();
    let missing = grade_on("free", task, any_program(), |_| panic!("there is nothing to run"));
    assert!(missing.criteria[0].detail.contains("model.py"), "{missing:?}");
    let submission = with(&[(own_model::MODEL, "raise SystemExit(1)")]);
    let silent = grade_on("free", task, submission, |job| {
        (!job.name.starts_with("model/")).then(|| golden(task, job))
    });
    assert!(silent.reward == 0.0 && silent.criteria[0].detail.contains("predictions.csv"), "{silent:?}");
}

fn meta_fields(task: &Generated) -> Vec<envy_tabular::Field> {
    files::json::<files::Meta>(&task.task.hidden, files::META).unwrap().fields
}
