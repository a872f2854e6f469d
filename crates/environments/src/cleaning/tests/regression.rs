//! Tasks whose label is a number: R on R2, the same contract.

use std::fmt::Write as _;

use envy_core::{GenerateError, Next, ProbeInput};
use serde_json::{Value, json};

use super::*;
use crate::cleaning::exam::Goal;
use crate::cleaning::{ladder, menu, own_model};

const NUMBER: [(&str, &str); 3] = [("regression", "true"), ("num-rows", "700"), ("model", "knn15")];

pub(super) fn task() -> &'static Generated {
    static TASK: OnceLock<Generated> = OnceLock::new();
    TASK.get_or_init(|| generate_with(3, &NUMBER))
}

fn truth(name: &str) -> RawTable {
    RawTable::read(task().task.hidden.get(name).unwrap(), RawLimits::OWN).unwrap()
}

/// The true table of the draw that a job runs on.
fn golden(job: &Job) -> Vec<u8> {
    let name = if job.name.ends_with("given") { files::GOLDEN } else { files::FRESH[1] };
    task().task.hidden.get(name).unwrap().to_vec()
}

fn labels(table: &RawTable) -> Vec<f64> {
    let label = table.position("y").unwrap();
    (0..table.rows()).map(|row| table.cell(row, label).parse().unwrap()).collect()
}

#[test]
fn the_label_is_the_standardised_score_and_no_fault_is_of_classes() {
    let labels = labels(&truth(files::VAL));
    let mean = labels.iter().sum::<f64>() / labels.len() as f64;
    let square =
        labels.iter().map(|label| (label - mean) * (label - mean)).sum::<f64>() / labels.len() as f64;
    assert!(mean.abs() < 0.1 && (square - 1.0).abs() < 0.1, "{mean} {square}");
    let ledger = String::from_utf8_lossy(task().task.hidden.get(files::LEDGER).unwrap()).into_owned();
    for code in ["L1", "L2", "L3"] {
        assert!(!ledger.contains(&format!("\"operator\":\"{code}\"")), "{code}");
    }
    let figures = &task().task.certificate.figures;
    assert!(
        figures["r2_golden_given"] >= 0.35 && !figures.contains_key("accuracy_golden_given"),
        "{figures:?}"
    );
    let expert = Cleaning.expert(&task().task.certificate).unwrap();
    assert_eq!(expert.score, figures["r2_golden_given"]);
    let (_, prompt) = Cleaning.prompt(&task().task.brief, &EpisodeSpec::new("policy/test"));
    assert!(
        prompt.contains("lost R2") && prompt.contains("is a number") && !prompt.contains("{{"),
        "{prompt}"
    );
}

#[test]
fn the_reference_passes_and_lesser_work_does_not() {
    let task = task();
    the_reference_is_above_lesser_work(task);
    let identity = grade(task, any_program(), |job| Some(export(job).write()));
    assert_eq!((identity.reward, identity.passed), (0.0, false));
    let rungs = ladder::climb(task).unwrap();
    assert!(rungs["reference"].passed && !rungs["lazy"].passed);
}

fn with(files: &[(&str, &str)]) -> Submission {
    let mut submission = any_program();
    submission.files.extend(files.iter().map(|(path, text)| BoxFile::new(*path, *text)));
    submission
}

#[test]
fn on_the_other_tracks_models_answer_with_numbers() {
    let chosen = |model: &Value| {
        grade_on("choose", task(), with(&[(menu::MODEL, &model.to_string())]), |job| Some(golden(job)))
    };
    let same = chosen(&json!({"model": "k_neighbors", "n_neighbors": 15}));
    assert!(same.passed && same.metrics["recovery"] == 1.0, "{same:?}");
    let wrong = chosen(&json!({"model": "logistic_regression"}));
    assert!(wrong.reward == 0.0 && wrong.criteria[0].detail.contains("ridge fits"), "{wrong:?}");
    let labels = labels(&truth(files::VAL));
    let answering = |answer: &dyn Fn(f64) -> String| {
        let lines: Vec<String> = labels.iter().map(|label| answer(*label)).collect();
        let predictions = format!("prediction\n{}\n", lines.join("\n")).into_bytes();
        grade_on("free", task(), with(&[(own_model::MODEL, "def predict(model, features): ...")]), |job| {
            Some(if job.name.starts_with("model/") { predictions.clone() } else { golden(job) })
        })
    };
    assert!(answering(&|label| label.to_string()).passed);
    for useless in ["0.0", "none", "1e300", "nan"] {
        let score = answering(&|_| useless.to_owned());
        assert!(!score.passed && score.metrics["recovery"] <= 0.0, "{useless}: {score:?}");
    }
}

#[test]
fn a_probe_tells_r2() {
    let plan = solve(&Sight::new(&task().task.brief).unwrap());
    let episode = EpisodeSpec::new("policy/test");
    let input = ProbeInput { submission: any_program(), episode, ladder: Value::Null };
    let mut work = grader(task()).probe(input);
    let Next::Run(jobs) = work.advance(Vec::new()) else { panic!("a probe runs the program") };
    let cleaned = plan.apply(&export(&jobs[0])).unwrap().write();
    let outputs = BTreeMap::from([(CLEANED.to_owned(), Output::Bytes(cleaned))]);
    let result = JobResult { end: JobEnd::Exited(0), outputs, stderr_tail: String::new() };
    let Next::Done(reply) = work.advance(vec![result]) else { panic!("one run is enough") };
    assert!(!reply.is_error && reply.text.starts_with("R2 of the model on clean rows: 0."), "{}", reply.text);
}

/// A table of a user's own, with a number that follows from four columns.
fn own_table(rows: usize) -> Vec<u8> {
    let mut rng = Seed::named("tests/own-numbers").rng();
    let mut text = String::from("width,height,age,weight,noise,price\n");
    for _ in 0..rows {
        let [width, height, age, weight, noise]: [f64; 5] = std::array::from_fn(|_| rng.normal());
        let price = 300.0 + 40.0 * width + 30.0 * height * f64::from(u8::from(age > 0.0)) - 25.0 * weight;
        let cells =
            [50.0 + 8.0 * width, 120.0 + 15.0 * height, 40.0 + 9.0 * age, 70.0 + 11.0 * weight, noise];
        for cell in cells {
            let _ = write!(text, "{cell:.3},");
        }
        let _ = writeln!(text, "{:.2}", price + rng.normal());
    }
    text.into_bytes()
}

#[test]
fn a_table_of_ones_own_may_keep_its_number() {
    let settings =
        [("regression", "true"), ("model", "knn15"), ("operators", "unit,sign-flip"), ("corrupt", "0.5")];
    let bytes = own_table(3_000);
    let task = own::make_for(&bytes, "price", &settings).unwrap();
    assert!(task.task.certificate.certified, "{:?}", task.task.certificate);
    assert!(task.notes.iter().any(|note| note.starts_with("price: target of")), "{:?}", task.notes);
    let plan = solve(&Sight::new(&task.task.brief).unwrap());
    let reference = grade(&task, any_program(), |job| Some(plan.apply(&export(job)).unwrap().write()));
    assert!(reference.passed, "{reference:?}");
    let bench = Bench::new(&task.task.brief, &task.task.hidden).unwrap();
    assert_eq!(bench.encoder.goal(), Goal::Number);
}

#[test]
fn operators_of_classes_alone_are_refused_in_a_sentence() {
    let settings = [("regression", "true"), ("operators", "label-convention,label-noise")];
    let knobs = Knobs::resolve("cleaning", Cleaning.info().knobs, settings).unwrap();
    let spec = TaskSpec::new("cleaning", 1, knobs, &Salt::public());
    let input = GenerateInput { spec, salt: Salt::public(), table: None };
    let ready = |_: Vec<Job>| Err::<Vec<JobResult>, _>("generation needs no box");
    let Err(GenerateError::Input { what, hint }) = drive(Cleaning.generate(input), ready).unwrap() else {
        panic!("nothing is left to draw");
    };
    assert!(what.contains("label-convention, label-noise") && hint.contains("--operators"), "{what}; {hint}");
}
