//! Grading without boxes: which programs are run at all, and what becomes of answers that are damaged.

use envy_core::{
    BoxFile, Brief, Grader as _, Hidden, Job, JobEnd, JobResult, Knobs, LimitHit, Next, Score, Seed,
    Submission,
};
use serde_json::{Value, json};

use super::admit::secret;
use super::candidate::Candidate;
use super::generate::visible;
use super::grade::DiagnosisGrader;
use super::harness::Norm;
use super::knobs::{KNOBS, Settings};
use super::{jobs, scenario};
use crate::verdicts::input;

/// A task as it is after its admission, but for the runs.
struct Admitted {
    candidate: Candidate,
    brief: Brief,
    grader: DiagnosisGrader,
}

fn admitted(mechanism: &str) -> Admitted {
    let knobs =
        Knobs::resolve("diagnosis", KNOBS, [("mechanism", mechanism), ("skeleton", "scorecard")]).unwrap();
    let candidate = Candidate::draw(&Seed::named("grade"), &Settings::new(&knobs)).unwrap();
    let failed = candidate.tests().into_iter().map(str::to_owned).collect();
    let mut hidden = Hidden::new(&Seed::named("grade"));
    secret(&candidate, Norm::default(), 0.1, failed).write(&mut hidden);
    let brief = visible(&candidate, Vec::new());
    let grader = DiagnosisGrader::new(&brief, &hidden).unwrap();
    Admitted { candidate, brief, grader }
}

impl Admitted {
    /// The reference's files where a revision lies.
    fn mended(&self) -> Vec<BoxFile> {
        let files = jobs::files(&self.candidate.program.project).into_iter();
        files.map(|file| BoxFile::new(format!("response/revised/{}", file.path), file.bytes)).collect()
    }

    /// The score of an answer, and the names of the jobs of each batch; `run` stands for the boxes.
    fn graded(&self, files: Vec<BoxFile>, run: impl Fn(&Job) -> JobResult) -> (Score, Vec<Vec<String>>) {
        let input = input(Submission { answer: json!({}), files });
        let (mut work, mut results, mut batches) = (self.grader.grade(input), Vec::new(), Vec::new());
        loop {
            match work.advance(results) {
                Next::Done(score) => return (score, batches),
                Next::Run(jobs) => {
                    batches.push(jobs.iter().map(|job| job.name.clone()).collect());
                    results = jobs.iter().map(&run).collect();
                }
            }
        }
    }
}

fn ended(end: JobEnd) -> JobResult {
    JobResult { end, outputs: std::collections::BTreeMap::new(), stderr_tail: String::new() }
}

/// A test that tells every program from the reference.
fn sees_all(job: &Job) -> JobResult {
    ended(JobEnd::Exited(i32::from(!job.name.ends_with("reference"))))
}

fn report(error_type: &str, mechanism: &str, cleared: &Value) -> BoxFile {
    let report = json!({"error_type": error_type, "mechanism": mechanism, "locations": [], "explanation": "x",
        "effect": {"direction": "unchanged", "size": 0}, "fix": "x", "cleared": cleared});
    BoxFile::new("response/report.json", report.to_string())
}

fn test(source: &str) -> BoxFile {
    BoxFile::new(jobs::TEST, source)
}

fn detail<'s>(score: &'s Score, name: &str) -> &'s str {
    &score.criteria.iter().find(|one| one.name == name).unwrap().detail
}

fn points(score: &Score) -> f64 {
    score.metrics["points"]
}

#[test]
fn a_program_that_is_known_is_not_run_and_one_that_is_not_is() {
    let task = admitted("features_fitted_on_holdout");
    let (known, batches) = task.graded(task.mended(), sees_all);
    assert!(batches.is_empty() && points(&known) == 24.0, "{known:?} after {batches:?}");
    let mut close = task.mended();
    close[0].bytes.extend(b"\n");
    let (_, batches) = task.graded(close, |_| ended(JobEnd::Exited(1)));
    assert_eq!(batches.len(), 1);
    assert_eq!(batches[0].len(), scenario::ALL.len(), "one byte more is another program");
}

#[test]
fn a_test_is_run_on_further_programs_only_if_it_fails_on_the_one_as_it_was() {
    let task = admitted("features_fitted_on_holdout");
    let answer = || vec![test("print('fine')\n")];
    let (idle, batches) = task.graded(answer(), |_| ended(JobEnd::Exited(0)));
    assert_eq!((batches, points(&idle)), (vec![vec!["grade/test-buggy".to_owned()]], 0.0));
    let (proof, batches) = task.graded(answer(), sees_all);
    assert_eq!(batches[1], ["grade/test-sibling-1", "grade/test-sibling-2", "grade/test-reference"]);
    assert_eq!(points(&proof), 6.0);
    let (slow, batches) = task.graded(answer(), |_| ended(JobEnd::Limit(LimitHit::Time)));
    assert_eq!((batches.len(), points(&slow)), (1, 0.0), "what did not end by itself has said nothing");
}

#[test]
fn no_error_is_worth_its_points_to_who_cleared_what_looks_wrong() {
    let task = admitted("none");
    let passing = |_: &Job| ended(JobEnd::Exited(0));
    let (blind, _) = task.graded(vec![report("NONE", "none", &json!([])), test("pass\n")], passing);
    assert!(points(&blind) < 30.0 && !blind.passed, "{blind:?}");
    let project = &task.candidate.program.project;
    let decoys = task.candidate.program.decoys.iter().map(|(_, place)| {
        json!({"file": place.file, "start": place.span.start.line, "end": place.span.end.line,
            "symbol": place.span.symbol, "reason": "it is right"})
    });
    let cleared = Value::from(decoys.collect::<Vec<_>>());
    let (right, _) = task.graded(vec![report("NONE", "none", &cleared), test("pass\n")], passing);
    assert!(right.passed, "{right:?} of {:?}", project.keys());
}

#[test]
fn damaged_answers_are_graded_as_found_and_say_what_is_wrong() {
    let task = admitted("features_fitted_on_holdout");
    let crash = |_: &Job| ended(JobEnd::Exited(1));
    for (files, criterion, reason) in [
        (vec![BoxFile::new("response/report.json", "{")], "format", "report.json: EOF while parsing"),
        (
            vec![BoxFile::new("response/report.json", vec![b' '; 100 << 10])],
            "format",
            "at most 65536 are read",
        ),
        (vec![BoxFile::new("response/report.json", "[]")], "format", "report.json: invalid"),
        (vec![report("NONE", "magic", &json!([]))], "format", "unknown mechanism \"magic\""),
        (vec![BoxFile::new("notes.txt", "hm")], "format", "there is no response/report.json"),
        (
            vec![BoxFile::new("response/revised/src/train.py", "def main(:\n")],
            "hidden_tests",
            "the run left no",
        ),
        (
            vec![BoxFile::new("response/revised/src/__init__.py", "raise SystemExit\n")],
            "hidden_tests",
            "the run left no",
        ),
    ] {
        let (score, _) = task.graded(files, crash);
        assert!(detail(&score, criterion).contains(reason), "{criterion}: {}", detail(&score, criterion));
        assert!(score.reward < 0.2 && !score.passed, "{reason}: {}", score.reward);
    }
    // A program without one of its files cannot be handed in: what is left out stays.
    let emptied = task.brief.files.iter().filter(|file| file.path.starts_with("src/"));
    let emptied = emptied.map(|file| BoxFile::new(format!("response/revised/{}", file.path), ""));
    let (score, batches) = task.graded(emptied.collect(), crash);
    assert_eq!(batches[0].len(), scenario::ALL.len());
    assert!(
        points(&score) == 0.0 && detail(&score, "hidden_tests").contains("H1: base: the run left no"),
        "{score:?}"
    );
}
