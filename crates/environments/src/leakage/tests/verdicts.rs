//! Verdicts on fixed work: see `crate::verdicts`.

use super::*;
use crate::leakage::checks::columns;
use crate::leakage::files::{self, DEPLOY, META, Meta, TEST};
use crate::verdicts::{Case, hold, input};

/// A case: its name, the answer, the files and the track.
type Work<'a> = (&'static str, Value, &'a [(&'a str, &'a str)], &'a str);

/// A report that says what is so.
fn report(task: &Generated) -> String {
    let meta: Meta = files::json(&task.task.hidden, META).unwrap();
    let planted: Vec<&str> = columns(&meta.planted).collect();
    json!({"expected_auroc": meta.scale.bayes, "ci": [0.5, 1.0], "columns_used": [], "excluded": planted})
        .to_string()
}

/// The probability of every line of the field and of test.csv, as it is true.
fn eta(task: &Generated) -> BTreeMap<Vec<u8>, f64> {
    let hidden = &task.task.hidden;
    let field = (hidden.get(DEPLOY).unwrap(), Truth::read(hidden, DEPLOY_TRUTH).unwrap());
    let test = (task.task.brief.file(TEST).unwrap(), Truth::read(hidden, TEST_TRUTH).unwrap());
    let mut known = BTreeMap::new();
    for (bytes, truth) in [field, test] {
        let lines = bytes.split_inclusive(|byte| *byte == b'\n').skip(1).map(<[u8]>::to_vec);
        known.extend(lines.zip(truth.eta));
    }
    known
}

/// What a box leaves in which each line has the probability that `predict` gives it.
fn left(job: &Job, predict: &dyn Fn(&[u8]) -> f64) -> JobResult {
    let mut text = "call,row,p\n".to_owned();
    let frames = job.files.iter().filter(|file| file.path.starts_with("frames/"));
    for (call, frame) in frames.enumerate() {
        let lines = frame.bytes.split_inclusive(|byte| *byte == b'\n').skip(1);
        text.extend(lines.enumerate().map(|(row, line)| format!("{call},{row},{}\n", predict(line))));
    }
    box_result(JobEnd::Exited(0), &text)
}

#[test]
fn verdicts_move_only_with_the_graders_version() {
    let generated = task(SMALL);
    let (grader, eta) = (grader(&generated), eta(&generated));
    let truth = Truth::read(&generated.task.hidden, TEST_TRUTH).unwrap();
    let report = report(&generated);
    let both = [PIPELINE, ("report.json", report.as_str())];
    let alone = json!({"y_pred_proba": truth.eta});
    let work: [Work<'_>; 7] = [
        ("true", json!({}), &both, "pipeline"),
        ("pale", json!({}), &both, "pipeline"),
        ("unreported", json!({}), &both[..1], "pipeline"),
        ("constant", json!({}), &both, "pipeline"),
        ("crash", json!({}), &both, "pipeline"),
        ("predictions", alone.clone(), &[], PREDICTIONS_TRACK),
        ("predictions-beside", alone, &both, "pipeline"),
    ];
    let cases: Vec<Case> = work
        .into_iter()
        .map(|(name, answer, files, track)| {
            let mut input = input(submission(answer, files));
            track.clone_into(&mut input.episode.track);
            let predict = |line: &[u8]| match name {
                "pale" => 0.5 + 0.3 * (eta.get(line).copied().unwrap_or(0.2) - 0.5),
                "constant" => 0.5,
                _ => eta.get(line).copied().unwrap_or(0.2),
            };
            let answer = |job: &Job| match name {
                "crash" => box_result(JobEnd::Exited(1), ""),
                _ => left(job, &predict),
            };
            let run = |jobs: Vec<Job>| Ok::<_, ()>(jobs.iter().map(&answer).collect());
            Case::new(name, &generated.task, input, |input| {
                envy_core::drive(grader.grade(input), run).unwrap()
            })
        })
        .collect();
    hold(&Leakage, include_str!("verdicts.txt"), &cases);
}
