//! The contract of the leakage environment, without a box: determinism, every operator, every preset, every bad input.

use std::collections::BTreeMap;

use envy_core::{
    BoxFile, Brief, Environment, EpisodeSpec, GenerateInput, Generated, GradeInput, Grader, Job, JobEnd,
    JobResult, Knobs, LimitHit, Next, Output, PolicyKind, Salt, Score, Seed, Submission, TaskSpec,
};
use serde_json::{Value, json};

use super::candidate::{Base, Candidate};
use super::draft::{Action, Part};
use super::files::{DEPLOY_TRUTH, PREDICTIONS, TEST_TRUTH, Truth};
use super::grade::PREDICTIONS_TRACK;
use super::knobs::{KNOBS, PRESETS, Settings};
use super::policies::Sight;
use super::world::named;
use super::{Leakage, generate, operators, policies};

mod verdicts;

fn spec(settings: &[(&str, &str)]) -> TaskSpec {
    let knobs = Knobs::resolve("leakage", KNOBS, settings.iter().copied()).unwrap();
    TaskSpec::new("leakage", 5, knobs, &Salt::public())
}

fn task(settings: &[(&str, &str)]) -> Generated {
    let input = GenerateInput { spec: spec(settings), salt: Salt::public(), table: None };
    match Leakage.generate(input).advance(Vec::new()) {
        Next::Done(generated) => generated.unwrap(),
        Next::Run(_) => panic!("generation needs no box"),
    }
}

/// A small, quick task.
const SMALL: &[(&str, &str)] =
    &[("num-rows", "600"), ("test-rows", "150"), ("deploy-rows", "5000"), ("leaks", "post-outcome")];

#[test]
fn the_same_spec_gives_the_same_bytes_and_the_truth_stays_hidden() {
    let (first, second) = (task(SMALL), task(SMALL));
    assert_eq!(first.task.brief.files, second.task.brief.files);
    let entries = |generated: &Generated| -> Vec<(String, Vec<u8>)> {
        generated.task.hidden.entries().map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).collect()
    };
    assert_eq!(entries(&first), entries(&second));
    let truth = Truth::read(&first.task.hidden, TEST_TRUTH).unwrap();
    assert_eq!(truth.len(), 150);
    assert!(Truth::read(&first.task.hidden, DEPLOY_TRUTH).unwrap().len() >= 5_000);
    let canary = first.task.hidden.canary();
    for file in &first.task.brief.files {
        assert!(!String::from_utf8_lossy(&file.bytes).contains(canary), "{}", file.path);
    }
    let test = String::from_utf8(first.task.brief.file("test.csv").unwrap().to_vec()).unwrap();
    assert!(!test.lines().next().unwrap().split(',').any(|header| header == "target"));
}

#[test]
fn an_expert_gets_the_same_table_with_noise_in_the_place_of_its_leaks() {
    let task = task(SMALL).task;
    let right = Leakage.uncorrupted(&task.brief, &task.hidden).unwrap().unwrap();
    let (given, right_train) =
        (task.brief.file("train.csv").unwrap(), right.brief.file("train.csv").unwrap());
    let lines = |bytes: &[u8]| {
        String::from_utf8(bytes.to_vec()).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let (given, right_train) = (lines(given), lines(right_train));
    assert_eq!((given.len(), &given[0]), (right_train.len(), &right_train[0]));
    assert_ne!(given, right_train);
    assert!(
        Leakage.info().metrics.contains(&right.metric) && right.brief.file("cache/features_v1.csv").is_none()
    );
    let prompt =
        |slow, expert| Leakage.prompt(&right.brief, &EpisodeSpec { slow, expert, ..EpisodeSpec::new("") }).1;
    assert!(prompt(true, false).contains("optuna") && prompt(false, true).contains("noise has been put"));
    assert!(!prompt(false, false).contains("optuna") && !prompt(false, false).contains("noise has been put"));
}

#[test]
fn every_operator_leaks_in_training_only_and_can_be_read() {
    assert!(operators::ALL.iter().map(|operator| operator.name()).eq(operators::NAMES.iter().copied()));
    for (number, operator) in operators::ALL.iter().enumerate() {
        assert_eq!(operator.code(), format!("K{}", number + 1));
        for evidence in [["explicit", "hinted", "mixed"][number % 3], "traced"] {
            let knobs =
                spec(&[("leaks", operator.name()), ("evidence", evidence), ("num-rows", "600")]).knobs;
            let settings = Settings::new(&knobs);
            let seed = Seed::named("leakage/operators");
            let candidate = Candidate::plant(Base::draw(&seed, &settings), &seed, &settings);
            let leak = candidate.planted.iter().find(|leak| leak.operator == operator.name()).unwrap();
            assert!(!leak.evidence.is_empty() && !leak.process.is_empty());
            let sight = Sight::new(&generate::brief(&candidate, &settings));
            for column in &leak.columns {
                assert!(
                    sight.all().contains(column),
                    "{} in {evidence}: {column} cannot be read",
                    operator.name()
                );
                let gap = |part| distance(&candidate, part, column);
                assert!(gap(Part::Train) > 0.25, "{}: {}", operator.name(), gap(Part::Train));
                // What may be used in another way is honest information in the field; the rest says nothing there.
                let most = if leak.action == Action::Drop { 0.1 } else { 0.6 * gap(Part::Train) };
                assert!(gap(Part::Deploy) < most, "{}: {}", operator.name(), gap(Part::Deploy));
            }
            for decoy in &candidate.decoys {
                assert!(!sight.all().contains(decoy), "{decoy} is legal");
            }
        }
    }
}

/// Distance between the classes' means in standard deviations; of a column with gaps, between their shares of gaps.
fn distance(candidate: &Candidate, part: Part, column: &str) -> f64 {
    let rows = candidate.part(part);
    let values = named(&rows.table, column).1.numbers().into_owned();
    let gaps = values.iter().any(|value| value.is_nan());
    let values: Vec<f64> = values
        .into_iter()
        .map(|value| if gaps { f64::from(u8::from(value.is_nan())) } else { value })
        .collect();
    let mean = |of: &dyn Fn(usize) -> bool| {
        let kept: Vec<f64> = (0..values.len()).filter(|row| of(*row)).map(|row| values[row]).collect();
        kept.iter().sum::<f64>() / kept.len() as f64
    };
    let whole = mean(&|_| true);
    let spread = (values.iter().map(|value| (value - whole) * (value - whole)).sum::<f64>()
        / values.len() as f64)
        .sqrt();
    (mean(&|row| rows.positive[row]) - mean(&|row| !rows.positive[row])).abs() / spread
}

/// Reading one document is whole work only where one document tells all.
fn takes_its_reading(preset: &str, brief: &Brief) {
    let kind = |name: &str| {
        policies::ALL.iter().find(|policy| policy.name() == name).map(|policy| policy.kind_on(brief)).unwrap()
    };
    let whole = |name: &str| match kind(name) {
        PolicyKind::Honest => true,
        PolicyKind::Partial => false,
        other => panic!("{name} is {other:?}"),
    };
    let told = match preset {
        "easy" => [true, true],
        "leakage-classic" | "pipeline-code" => [false, true],
        "medium" => [whole("reads-dictionary"), whole("reads-log")],
        _ => [false, false],
    };
    assert_eq!([whole("reads-dictionary"), whole("reads-log")], told, "{preset}");
    assert!(!whole("uses-everything") && !whole("drops-by-name") && whole("honest-boosted"), "{preset}");
    assert_eq!((kind("null"), kind("reference")), (PolicyKind::Null, PolicyKind::Reference));
}

#[test]
fn every_preset_makes_a_task_whose_anchors_are_in_order() {
    for preset in PRESETS {
        let task = task(preset.knobs).task;
        takes_its_reading(preset.name, &task.brief);
        let figures = task.certificate.figures;
        let of = |name: &str| figures[name];
        assert!(
            of("naive_deployed") < of("honest") && of("honest") < of("bayes"),
            "{}: {figures:?}",
            preset.name
        );
        assert!(of("tau") < of("reference") && of("reference") < of("bayes"), "{}: {figures:?}", preset.name);
    }
}

#[test]
fn a_threshold_is_answered_with_its_place_and_an_unattainable_one_with_the_bound() {
    let note = |threshold: &str| task(&[SMALL, &[("threshold", threshold)]].concat()).notes.join("\n");
    assert!(note("0.9471").contains("out of reach") && note("0.9471").contains("the Bayes bound is"));
    assert!(note("0.8").contains("lies at the place"));
}

fn grader(generated: &Generated) -> Box<dyn Grader> {
    Leakage.grader(&generated.task.brief, &generated.task.hidden).unwrap()
}

fn submission(answer: Value, files: &[(&str, &str)]) -> Submission {
    Submission { answer, files: files.iter().map(|(path, text)| BoxFile::new(*path, *text)).collect() }
}

const PIPELINE: (&str, &str) = ("pipeline.py", "def fit(d): ...\ndef predict_proba(m, d): ...\n");

/// Grades with boxes that answer by `answer`.
fn graded(
    grader: &dyn Grader,
    submission: Submission,
    track: &str,
    answer: impl Fn(&Job) -> JobResult,
) -> Score {
    let episode = EpisodeSpec { track: track.to_owned(), ..EpisodeSpec::new("policy/test") };
    let work = grader.grade(GradeInput { submission, episode, probes: 0, rulings: Vec::new() });
    let run = |jobs: Vec<Job>| Ok::<_, ()>(jobs.iter().map(&answer).collect());
    envy_core::drive(work, run).unwrap()
}

fn box_result(end: JobEnd, text: &str) -> JobResult {
    let outputs = BTreeMap::from([(PREDICTIONS.to_owned(), Output::Bytes(text.as_bytes().to_vec()))]);
    JobResult { end, outputs, stderr_tail: String::new() }
}

/// What a box leaves in which every probability of every frame is `value`.
fn constant(job: &Job, value: &str) -> JobResult {
    let mut text = "call,row,p\n".to_owned();
    let frames = job.files.iter().filter(|file| file.path.starts_with("frames/"));
    for (call, frame) in frames.enumerate() {
        let rows = frame.bytes.split(|byte| *byte == b'\n').count() - 2;
        text.extend((0..rows).map(|row| format!("{call},{row},{value}\n")));
    }
    box_result(JobEnd::Exited(0), &text)
}

#[test]
fn whatever_a_box_leaves_is_graded_as_found() {
    let generated = task(SMALL);
    let grader = grader(&generated);
    let check = |result: &dyn Fn(&Job) -> JobResult, expected: &str| {
        let score = graded(&*grader, submission(json!({}), &[PIPELINE]), "pipeline", result);
        assert!(score.reward == 0.0 && !score.passed);
        let details: Vec<&str> = score.criteria.iter().map(|criterion| criterion.detail.as_str()).collect();
        assert!(details.iter().any(|detail| detail.contains(expected)), "{expected}: {details:?}");
    };
    check(&|job| constant(job, "nan"), "a probability is NaN");
    check(&|job| constant(job, "1.5"), "a probability is 1.5");
    check(&|job| constant(job, "0.5"), "there is no report.json");
    check(&|_| box_result(JobEnd::Exited(0), "call,row,p\n0,0,0.5\n"), "1 probabilities for 500 rows");
    check(&|_| box_result(JobEnd::Exited(1), ""), "exit code 1");
    check(&|_| box_result(JobEnd::Exited(65), ""), "pipeline.py cannot be imported");
    check(&|_| box_result(JobEnd::Exited(66), ""), "pipeline.py lacks fit or predict_proba");
    check(&|_| box_result(JobEnd::Exited(67), ""), "fit raised an error");
    check(&|_| box_result(JobEnd::Limit(LimitHit::Time), ""), "time limit");
    check(&|_| box_result(JobEnd::Limit(LimitHit::Output), ""), "output limit");
    check(&|_| box_result(JobEnd::Exited(0), "\u{0}\u{1}"), "cannot be read");
    let refused = |_: &Job| JobResult {
        outputs: BTreeMap::from([(PREDICTIONS.to_owned(), Output::Refused("5000000000 bytes".to_owned()))]),
        ..box_result(JobEnd::Exited(0), "")
    };
    check(&refused, "refused: 5000000000 bytes");
}

#[test]
fn no_label_enters_a_box() {
    let generated = task(SMALL);
    let grader = grader(&generated);
    let hidden: Vec<Vec<u8>> =
        [TEST_TRUTH, DEPLOY_TRUTH].map(|name| generated.task.hidden.get(name).unwrap().to_vec()).into();
    let look = |job: &Job| {
        for file in job.files.iter().filter(|file| file.path.ends_with("csv") && file.path != "train.csv") {
            let header = file.bytes.split(|byte| *byte == b'\n').next().unwrap();
            assert!(
                !String::from_utf8_lossy(header).split(',').any(|name| name == "target"),
                "{}",
                file.path
            );
            assert!(!hidden.contains(&file.bytes));
        }
        constant(job, "0.5")
    };
    graded(&*grader, submission(json!({}), &[PIPELINE]), "pipeline", look);
}

#[test]
fn bad_submissions_are_observations() {
    let generated = task(SMALL);
    let grader = grader(&generated);
    let check = |answer: Value, files: &[(&str, &str)], expected: &str| {
        let error = grader.check(&submission(answer, files)).unwrap_err();
        assert!(error.contains(expected), "{error}");
    };
    check(json!({}), &[], "there is no pipeline.py");
    check(json!({}), &[("pipeline.py", "def predict_proba(m, d): ...")], "defines no fit");
    check(json!({"pipeline": {"steps": 3}}), &[PIPELINE], "never an object");
    check(json!({"y_pred_proba": [0.5]}), &[], "has 1 numbers, but test.csv has 150 rows");
    check(json!({"y_pred_proba": vec![json!(null); 150]}), &[], "holds no number");
    check(json!({"y_pred": vec![2; 150]}), &[], "no probability");
    assert!(grader.check(&submission(json!({}), &[PIPELINE])).is_ok());
    assert!(grader.check(&submission(json!({"proba": vec![0.5; 150]}), &[])).is_ok());
}

#[test]
fn predictions_are_ranked_by_the_truth_and_knowing_too_much_is_proof() {
    let generated = task(SMALL);
    let grader = grader(&generated);
    let truth = Truth::read(&generated.task.hidden, TEST_TRUTH).unwrap();
    let of = |values: &[f64], files: &[(&str, &str)], track: &str| {
        let answer = json!({"y_pred_proba": values});
        graded(&*grader, submission(answer, files), track, |job| constant(job, "0.5"))
    };
    let best = of(&truth.eta, &[], PREDICTIONS_TRACK);
    assert!(best.passed && best.reward > 0.99, "{best:?}");
    let labels = of(&truth.labels, &[], PREDICTIONS_TRACK);
    assert!(!labels.passed && labels.reward == 0.0 && labels.flags[0].name == "leak-proven");
    assert!(!of(&[0.5; 150], &[], PREDICTIONS_TRACK).passed);
    // Where a pipeline is asked for, predictions alone would pass by what nobody checks.
    let alone = of(&truth.eta, &[], "pipeline");
    assert!(!alone.passed && alone.reward == 0.0 && alone.criteria[0].detail.contains("write pipeline.py"));
    // Given both, both are graded, and the pipeline decides.
    let both = of(&truth.eta, &[PIPELINE], "pipeline");
    assert!(both.reward == 0.0 && both.metrics["predictions_soft_auroc"] > 0.7);
}
