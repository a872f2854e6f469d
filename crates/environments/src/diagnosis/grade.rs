//! Grading: the revised program and the agent's test run in fresh boxes; what they leave behind is judged here.

use std::sync::Arc;

use envy_core::{
    BoxFile, Brief, Flag, GradeInput, Grader, Hidden, Job, JobEnd, JobResult, Next, ProbeInput, ProbeReply,
    Question, Ruling, Score, Submission, Work,
};

use super::candidate::{Inputs, Spot};
use super::harness::{Harness, Outcome, Runs, TESTS, runs};
use super::hidden::{Named, Secret, Truth, by_path};
use super::jobs;
use super::judging;
use super::lines::{changed_lines, is_other_code};
use super::localise::{DILATION, hits, localise, meets};
use super::report::{Direction, REVISED, Report};
use super::scenario::Scenario;
use super::{rubric, scenario};
use crate::rubric::Findings;

/// Line F1 that a pass needs.
const LINE_F1_MIN: f64 = 0.3;
/// An effect below this is none.
const EFFECT_MIN: f64 = 0.005;
/// The most bytes of the agent's test.
const TEST_BYTES_MAX: usize = 64 << 10;
/// The programs that the agent's test is run on.
const TESTED: usize = 4;
/// Without an error, what was left alone is worth something to who cleared this share of the decoys.
const CLEARED_MIN: f64 = 0.5;
/// More places than this for each decoy clear nothing.
const CLEARED_FACTOR: usize = 3;
/// More accusations of right code than this cost no more.
const ACCUSATIONS_MAX: usize = 3;

/// Grades one diagnosis task.
pub(super) struct DiagnosisGrader {
    shared: Arc<Shared>,
}

struct Shared {
    secret: Secret,
    /// The program as the agent got it.
    buggy: Vec<BoxFile>,
    config: Vec<u8>,
}

impl DiagnosisGrader {
    /// Reads the task.
    ///
    /// # Errors
    /// A file is missing or damaged.
    pub(super) fn new(brief: &Brief, hidden: &Hidden) -> Result<Self, String> {
        let config = brief.file(jobs::CONFIG).ok_or("the brief has no config.yaml")?.to_vec();
        let buggy = brief.files.iter().filter(|file| file.path.starts_with("src/")).cloned().collect();
        Ok(Self { shared: Arc::new(Shared { secret: Secret::read(hidden)?, buggy, config }) })
    }
}

impl Grader for DiagnosisGrader {
    fn check(&self, submission: &Submission) -> Result<(), String> {
        Report::read(submission).map(|_| ())
    }

    fn probe(&self, input: ProbeInput) -> Box<dyn Work<ProbeReply>> {
        let text = "this task has no oracle; run the program instead".to_owned();
        let reply = ProbeReply { text, is_error: true, ladder: input.ladder };
        Box::new(move |_: Vec<JobResult>| Next::Done(reply.clone()))
    }

    fn questions(&self, submission: &Submission) -> Vec<Question> {
        judging::questions(&self.shared.secret.truth, &self.shared.buggy, submission)
    }

    fn grade(&self, input: GradeInput) -> Box<dyn Work<Score>> {
        if input.submission.files.is_empty() {
            return Box::new(|_: Vec<JobResult>| Next::Done(Score::zero("there is no response")));
        }
        Box::new(Grading::new(Arc::clone(&self.shared), input))
    }
}

/// What is known of a revised program before anything is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It is the program as the agent got it, which was run when the task was admitted.
    AsItWas,
    /// It is the reference to the last byte, which was seen to pass every test when the task was admitted.
    Reference,
    /// It has never been run.
    New,
}

/// One grade under way: first the revised program, if it is a new one, and the agent's test on the program as it was;
/// then, if the test says there what it should, the test on the other programs.
struct Grading {
    shared: Arc<Shared>,
    input: GradeInput,
    revised: Vec<BoxFile>,
    /// Results so far, in the order of the jobs.
    results: Vec<JobResult>,
    /// Batches that were asked for.
    batches: usize,
}

impl Grading {
    fn new(shared: Arc<Shared>, input: GradeInput) -> Self {
        let revised = shared.revised(&input.submission);
        Self { shared, input, revised, results: Vec::new(), batches: 0 }
    }

    /// The next batch; nothing where no further result can change the score.
    fn batch(&self) -> Vec<Job> {
        let (shared, submission) = (&self.shared, &self.input.submission);
        let tests = match self.batches {
            0 => 0..1,
            1 if shared.may_prove(&self.results) => 1..TESTED,
            _ => 0..0,
        };
        let programs = if self.batches == 0 { shared.program_jobs(&self.revised) } else { Vec::new() };
        programs.into_iter().chain(shared.test_jobs(submission, tests)).collect()
    }
}

impl Work<Score> for Grading {
    fn advance(&mut self, results: Vec<JobResult>) -> Next<Score> {
        self.results.extend(results);
        let jobs = self.batch();
        self.batches += 1;
        if jobs.is_empty() {
            let Self { shared, input, revised, results, .. } = self;
            return Next::Done(shared.score(&input.submission, revised, results, &input.rulings));
        }
        Next::Run(jobs)
    }
}

impl Shared {
    /// The program with the agent's files in the place of its own. Only Python files of `src/` count.
    fn revised(&self, submission: &Submission) -> Vec<BoxFile> {
        let mut files = self.buggy.clone();
        for file in &submission.files {
            let Some(path) = file.path.strip_prefix(REVISED) else { continue };
            if !path.starts_with("src/")
                || std::path::Path::new(path).extension().is_none_or(|end| end != "py")
            {
                continue;
            }
            match files.iter_mut().find(|known| known.path == path) {
                Some(known) => known.bytes.clone_from(&file.bytes),
                None => files.push(BoxFile::new(path, file.bytes.clone())),
            }
        }
        files
    }

    fn standing(&self, revised: &[BoxFile]) -> Standing {
        let files = by_path(revised);
        if files == by_path(&self.buggy) {
            Standing::AsItWas
        } else if files == by_path(&self.secret.programs[0]) {
            Standing::Reference
        } else {
            Standing::New
        }
    }

    /// The revised program on every scenario, if it is a new one.
    fn program_jobs(&self, revised: &[BoxFile]) -> Vec<Job> {
        let secret = &self.secret;
        let inputs =
            Inputs { draw: &secret.draw, columns: &secret.columns, orderless: secret.truth.orderless };
        inputs.jobs("grade", revised, &self.config, self.scenarios(revised))
    }

    fn scenarios(&self, revised: &[BoxFile]) -> &'static [Scenario] {
        if self.standing(revised) == Standing::New { &scenario::ALL } else { &[] }
    }

    /// The agent's test on some of the programs that it is to tell apart: the buggy one, both siblings, the reference.
    fn test_jobs(&self, submission: &Submission, which: std::ops::Range<usize>) -> Vec<Job> {
        let secret = &self.secret;
        let Some(source) = test_of(submission) else { return Vec::new() };
        let [reference, first, second] = &secret.programs;
        let programs: [(&str, &Vec<BoxFile>); TESTED] =
            [("buggy", &self.buggy), ("sibling-1", first), ("sibling-2", second), ("reference", reference)];
        let job = |(name, files): &(&str, &Vec<BoxFile>)| {
            jobs::test(format!("grade/test-{name}"), files, &self.config, &secret.draw, source)
        };
        programs[which].iter().map(job).collect()
    }

    /// Whether the agent's test, the last of the results, says of the program as it was what it should.
    fn may_prove(&self, results: &[JobResult]) -> bool {
        results.last().is_some_and(|last| says(last, self.secret.truth.errors.is_empty()))
    }

    fn score(
        &self,
        submission: &Submission,
        revised: &[BoxFile],
        results: &[JobResult],
        rulings: &[Ruling],
    ) -> Score {
        let scenarios = self.scenarios(revised);
        let (program, tests) = results.split_at(scenarios.len());
        let standing = self.standing(revised);
        let runs = runs(scenarios, program);
        let outcome = &self.outcome(standing, &runs);
        let truth = &self.secret.truth;
        let (mut earned, mut flags) = (Findings::default(), Vec::new());
        let runs_at_all = match standing {
            Standing::New => runs.get(&Scenario::Base).is_some_and(Result::is_ok),
            Standing::AsItWas | Standing::Reference => true,
        };
        let meets_error = runs_at_all && self.meets_error(revised);
        let report = Report::read(submission);
        earned.give_if("format", report.is_ok(), report.as_ref().err().cloned().unwrap_or_default());
        let is_none = truth.errors.is_empty();
        let mut line_f1 = 0.0;
        let identified = report.as_ref().is_ok_and(|report| named(truth, report, class) >= 1.0);
        if let Ok(report) = &report {
            line_f1 = said(&mut earned, truth, report, meets_error);
        } else {
            flags.push(Flag {
                name: "report-unreadable".to_owned(),
                evidence: super::report::REPORT.to_owned(),
            });
        }
        // A program without an error passes as it is: leaving it alone is worth something to who says why alone.
        let is_judged =
            identified && report.as_ref().is_ok_and(|report| cleared(truth, report) >= CLEARED_MIN);
        let is_changed = standing != Standing::AsItWas;
        let is_work = if is_none { is_judged } else { is_changed };
        let is_fixed = fixed(&mut earned, truth, outcome, is_work);
        self.patch(&mut earned, revised, is_fixed, meets_error);
        let has_test = test_of(submission).is_some();
        let has_revision = is_changed || is_none;
        earned.give_if("files", report.is_ok() && has_test && has_revision, "report, test and revision");
        let is_proof = tests.len() == TESTED && proves(tests, is_none);
        earned.give_if(
            "test_fix",
            is_proof && (is_judged || !is_none),
            "it tells the buggy program and its siblings from the reference",
        );
        let found = identified && is_fixed && (is_none || line_f1 >= LINE_F1_MIN);
        earned.rule(rulings, &[judging::EXPLANATION, judging::FIX]);
        rubric::score(&earned, found, flags)
    }

    /// What the tests say of a program.
    fn outcome(&self, standing: Standing, runs: &Runs) -> Outcome {
        let secret = &self.secret;
        let failed = match standing {
            Standing::AsItWas => secret.truth.failed.as_slice(),
            Standing::Reference => &[],
            Standing::New => {
                let harness = Harness {
                    base: &secret.draw,
                    columns: &secret.columns,
                    norm: secret.truth.norm,
                    orderless: secret.truth.orderless,
                };
                return harness.judge(runs);
            }
        };
        let one = |test: &'static str| {
            let holds = !failed.iter().any(|failed| failed == test);
            (test, if holds { Ok(()) } else { Err("the program is as it was".to_owned()) })
        };
        TESTS.into_iter().map(one).collect()
    }

    /// Whether a change of code meets the error's lines.
    fn meets_error(&self, revised: &[BoxFile]) -> bool {
        let (before, after) = (by_path(&self.buggy), by_path(revised));
        let text =
            |bytes: Option<&&[u8]>| String::from_utf8_lossy(bytes.copied().unwrap_or_default()).into_owned();
        let hits = |spot: &Spot| {
            spot.places.iter().chain(&spot.anchors).any(|place| {
                let path = place.file.as_str();
                let (old, new) = (text(before.get(path)), text(after.get(path)));
                let (start, end) =
                    (place.span.start.line.saturating_sub(DILATION), place.span.end.line + DILATION);
                let changed = changed_lines(&old, &new);
                changed.iter().any(|line| (start..=end).contains(line)) && is_other_code(&old, &new)
            })
        };
        self.secret.truth.spots.iter().any(hits)
    }

    /// Whether the patch lies where the error does, and in no other file.
    fn patch(&self, earned: &mut Findings, revised: &[BoxFile], is_fixed: bool, meets_error: bool) {
        let truth = &self.secret.truth;
        if truth.errors.is_empty() {
            let untouched = self.standing(revised) == Standing::AsItWas;
            earned.give_if("patch_in_place", untouched && is_fixed, "nothing had to be changed");
            earned.give_if("patch_alone", untouched && is_fixed, "nothing had to be changed");
            return;
        }
        let (before, after) = (by_path(&self.buggy), by_path(revised));
        earned.give_if("patch_in_place", meets_error, "a change meets the error's lines");
        let is_faulty = |path: &str| truth.places().any(|place| place.file == path);
        let alone = after.iter().all(|(path, bytes)| before.get(path) == Some(bytes) || is_faulty(path));
        let alone = is_fixed && meets_error && alone;
        earned.give_if("patch_alone", alone, "the fix needs no change elsewhere");
    }
}

/// An error's class, of what two errors have alike.
fn class(left: &Named, right: &Named) -> bool {
    left.error_type == right.error_type
}

/// The share of the errors that a report names, over the number that it names if that is larger.
fn named(truth: &Truth, report: &Report, alike: fn(&Named, &Named) -> bool) -> f64 {
    let said = report.errors();
    let none = Named { error_type: envy_pycode::mutators::ErrorClass::None, mechanism: "none".to_owned() };
    let errors = if truth.errors.is_empty() { vec![none] } else { truth.errors.clone() };
    let found = errors.iter().filter(|error| said.iter().any(|named| alike(error, named))).count();
    found as f64 / errors.len().max(said.len()) as f64
}

/// What the words are worth; answers the line F1. A place is a claim that the patch bears out: without a change of code
/// at the error, naming its lines earns nothing.
fn said(earned: &mut Findings, truth: &Truth, report: &Report, is_borne_out: bool) -> f64 {
    earned.give("error_type", named(truth, report, class), format!("{:?}", report.error_type));
    let mechanisms = named(truth, report, |left, right| left.mechanism == right.mechanism);
    earned.give("mechanism", mechanisms, report.mechanism.clone());
    let is_named = mechanisms >= 1.0;
    let direction = direction(truth.effect);
    // Nothing is known about the effect of an error that was not found.
    earned.give_if(
        "effect_direction",
        is_named && report.effect.direction == direction,
        format!("{direction:?}"),
    );
    let (size, said) = (truth.effect.abs(), report.effect.size);
    let close = if size < EFFECT_MIN { said < EFFECT_MIN } else { (size / 2.0..=2.0 * size).contains(&said) };
    earned.give_if("effect_size", is_named && close, format!("{size:.4}"));
    accused(earned, truth, report);
    if truth.errors.is_empty() {
        let share = cleared(truth, report);
        for name in ["file", "symbol", "lines"] {
            earned.give(name, share, format!("{:.0} % of the decoys cleared", 100.0 * share));
        }
        return 0.0;
    }
    let found = localise(&truth.spots, &report.locations);
    for (name, share, what) in [
        ("file", found.files, "the file".to_owned()),
        ("symbol", found.symbols, "the function".to_owned()),
        ("lines", found.lines, format!("line F1 {:.2}", found.lines)),
    ] {
        let reason = if is_borne_out { what } else { format!("{what}: no change of code bears it out") };
        earned.give(name, if is_borne_out { share } else { 0.0 }, reason);
    }
    found.lines
}

/// Accusations of right code: of decoys, and of anything where there is no error.
fn accused(earned: &mut Findings, truth: &Truth, report: &Report) {
    let is_false = |said: &&super::report::Location| {
        truth.errors.is_empty()
            || (truth.decoys.iter().any(|decoy| hits(&decoy.place, said))
                && !truth.places().any(|place| meets(place, said)))
    };
    let count = report.locations.iter().filter(is_false).count();
    let share = count.min(ACCUSATIONS_MAX) as f64 / ACCUSATIONS_MAX as f64;
    earned.give("false_accusations", share, format!("{count} places that are right"));
}

/// The share of the decoys that are cleared: without an error, the points for places are earned by it.
fn cleared(truth: &Truth, report: &Report) -> f64 {
    let is_cleared =
        |place: &_| report.cleared.iter().any(|said| meets(place, said) && !said.reason.trim().is_empty());
    let count = truth.decoys.iter().filter(|decoy| is_cleared(&decoy.place)).count();
    // Clearing the whole program clears nothing.
    let is_short = report.cleared.len() <= CLEARED_FACTOR * truth.decoys.len();
    if is_short && report.locations.is_empty() {
        count as f64 / truth.decoys.len().max(1) as f64
    } else {
        0.0
    }
}

fn direction(effect: f64) -> Direction {
    match effect {
        effect if effect.abs() < EFFECT_MIN => Direction::Unchanged,
        effect if effect > 0.0 => Direction::Higher,
        _ => Direction::Lower,
    }
}

/// Whether the tests that the error failed hold now; only then is the share of all tests worth anything, since most of
/// them hold of the buggy program too.
fn fixed(earned: &mut Findings, truth: &Truth, outcome: &Outcome, is_work: bool) -> bool {
    let failing: Vec<String> =
        outcome.iter().filter_map(|(test, held)| Some(format!("{test}: {}", held.as_ref().err()?))).collect();
    let is_fixed = truth.failed.iter().all(|test| outcome.get(test.as_str()).is_some_and(Result::is_ok));
    let is_none = truth.errors.is_empty();
    let counts = is_fixed && is_work;
    let share = (TESTS.len() - failing.len()) as f64 / TESTS.len() as f64;
    earned.give("hidden_tests", if counts { share } else { 0.0 }, failing.join("; "));
    counts && (!is_none || failing.is_empty())
}

/// The agent's test, if it wrote one within the cap.
fn test_of(submission: &Submission) -> Option<&[u8]> {
    submission.file(jobs::TEST).filter(|source| source.len() <= TEST_BYTES_MAX)
}

/// Whether a test's run says that its program is right, or that it is wrong. One that did not end by itself has said
/// nothing.
fn says(result: &JobResult, is_right: bool) -> bool {
    matches!(result.end, JobEnd::Exited(code) if (code == 0) == is_right)
}

/// The test passes on what is right, of which the reference is the last, and fails on what is wrong.
fn proves(results: &[JobResult], is_none: bool) -> bool {
    results.iter().rev().enumerate().all(|(number, result)| says(result, is_none || number == 0))
}
