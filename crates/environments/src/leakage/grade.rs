//! Grading: fresh boxes run the agent's pipeline; what they leave behind is compared here with what is true.

use std::sync::Arc;

use envy_core::{
    BoxFile, Brief, Criterion, Flag, GradeInput, Grader, Hidden, JobResult, Next, ProbeInput, ProbeReply,
    Score, Seed, Submission, Track, Work,
};
use envy_learn::ranking::soft_auroc;

use super::answer;
use super::checks::{Calibration, Measured};
use super::files::{
    CACHE, CANARY as CANARY_FILE, DEPLOY, DEPLOY_TRUTH, DRIVER, FUTURE as FUTURE_FILE, GARBAGE, KNOWN,
    KNOWN_TRUTH, META, Meta, NEUTRAL as NEUTRAL_FILES, NOISED, PIPELINE, REPORT, SESSION, TEST, TEST_TRUTH,
    TRAIN, Truth, entry, json,
};
use super::plan::{self, CANARY, CHECKED, Call, FUTURE, NEUTRAL, PLAIN, SEVENS, SHUFFLED, SINGLE};
use super::predictions;
use super::report::Report;
use super::score;

/// Its tracks.
pub(super) const TRACKS: &[Track] = &[
    Track {
        name: Track::FIXED.name,
        doc: "The agent writes a pipeline, which is trained and deployed.",
        trains: true,
    },
    Track { name: PREDICTIONS_TRACK, doc: "Predictions for test.csv alone are graded.", trains: true },
];

/// The track on which predictions alone are graded.
pub(super) const PREDICTIONS_TRACK: &str = "predictions";

/// Grades one leakage task.
pub(super) struct LeakageGrader {
    shared: Arc<Shared>,
}

struct Shared {
    meta: Meta,
    /// The brief's documents.
    documents: Vec<BoxFile>,
    train: Vec<u8>,
    test: Vec<u8>,
    cache: Option<Vec<u8>>,
    deploy: Vec<u8>,
    known: Vec<u8>,
    noised: Vec<u8>,
    neutral: [Vec<u8>; 2],
    future: Vec<u8>,
    canary: Vec<u8>,
    garbage: Vec<u8>,
    test_truth: Truth,
    deploy_truth: Truth,
    known_truth: Truth,
}

/// The order in which box B gets the shuffled rows.
fn shuffled() -> Vec<usize> {
    let mut rows: Vec<usize> = SHUFFLED.collect();
    Seed::named("leakage/shuffled").rng().shuffle(&mut rows);
    rows
}

impl LeakageGrader {
    /// Reads the task.
    ///
    /// # Errors
    /// A file is missing or damaged.
    pub(super) fn new(brief: &Brief, hidden: &Hidden) -> Result<Self, String> {
        let visible =
            |path: &str| brief.file(path).map(<[u8]>::to_vec).ok_or(format!("the brief has no {path}"));
        let hid = |name: &str| entry(hidden, name).map(<[u8]>::to_vec);
        let data = [TRAIN, TEST, CACHE, DRIVER, SESSION];
        let documents = brief.files.iter().filter(|file| !data.contains(&file.path.as_str())).cloned();
        let shared = Shared {
            meta: json(hidden, META)?,
            documents: documents.collect(),
            train: visible(TRAIN)?,
            test: visible(TEST)?,
            cache: brief.file(CACHE).map(<[u8]>::to_vec),
            deploy: hid(DEPLOY)?,
            known: hid(KNOWN)?,
            noised: hid(NOISED)?,
            neutral: [hid(NEUTRAL_FILES[0])?, hid(NEUTRAL_FILES[1])?],
            future: hid(FUTURE_FILE)?,
            canary: hid(CANARY_FILE)?,
            garbage: hid(GARBAGE)?,
            test_truth: Truth::read(hidden, TEST_TRUTH)?,
            deploy_truth: Truth::read(hidden, DEPLOY_TRUTH)?,
            known_truth: Truth::read(hidden, KNOWN_TRUTH)?,
        };
        if shared.deploy_truth.len() <= CHECKED {
            return Err("the field has too few rows".to_owned());
        }
        Ok(Self { shared: Arc::new(shared) })
    }
}

impl Grader for LeakageGrader {
    fn check(&self, submission: &Submission) -> Result<(), String> {
        let predictions = answer::predictions(&submission.answer, &self.shared.test_truth.ids)?;
        let named = submission.answer.get("pipeline").is_some_and(|value| !value.is_null());
        match answer::pipeline(submission) {
            Ok(source) => answer::has_both_functions(&source),
            // Predictions alone are an answer, too; a pipeline that was named must be one.
            Err(_) if predictions.is_some() && !named => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn probe(&self, input: ProbeInput) -> Box<dyn Work<ProbeReply>> {
        let text =
            "this environment scores nothing before the end: estimate the AUROC from train.csv".to_owned();
        Box::new(move |_: Vec<JobResult>| {
            Next::Done(ProbeReply { text: text.clone(), is_error: true, ladder: input.ladder.clone() })
        })
    }

    fn grade(&self, input: GradeInput) -> Box<dyn Work<Score>> {
        Box::new(Grading { shared: Arc::clone(&self.shared), input, deployed: None })
    }
}

/// A grading under way: box A first, and boxes B and C only if its predictions are worth it.
struct Grading {
    shared: Arc<Shared>,
    input: GradeInput,
    deployed: Option<Deployed>,
}

/// What box A brought.
struct Deployed {
    /// The field, slice after slice.
    field: Vec<f64>,
    neutral: Vec<f64>,
    known: Vec<f64>,
    test: Option<Vec<f64>>,
}

impl Work<Score> for Grading {
    fn advance(&mut self, results: Vec<JobResult>) -> Next<Score> {
        let shared = Arc::clone(&self.shared);
        let submission = &self.input.submission;
        let predictions = answer::predictions(&submission.answer, &shared.test_truth.ids).ok().flatten();
        let lambda = self.input.episode.tau.unwrap_or(shared.meta.lambda);
        let source = answer::pipeline(submission);
        let on_predictions = self.input.episode.track == PREDICTIONS_TRACK;
        let source = match (source, &predictions) {
            (_, Some(predictions)) if on_predictions => {
                return Next::Done(shared.score_predictions(predictions, lambda));
            }
            (Err(_), Some(predictions)) => {
                return Next::Done(unpaid(shared.score_predictions(predictions, lambda)));
            }
            (Err(error), None) => return Next::Done(Score::zero(error)),
            (Ok(source), _) => source,
        };
        let modules = || {
            answer::modules(submission, &source).into_iter().map(|(path, bytes)| BoxFile::new(path, bytes))
        };
        let score = match (&self.deployed, results.as_slice()) {
            (None, []) => return Next::Run(vec![shared.box_a(modules().collect())]),
            (None, [first, ..]) => match shared.deployed(first) {
                Err(why) => Score {
                    flags: vec![Flag { name: "no-predictions".to_owned(), evidence: why.clone() }],
                    ..Score::zero(why)
                },
                Ok(deployed) => {
                    self.deployed = Some(deployed);
                    return Next::Run(vec![
                        shared.box_b(modules().collect()),
                        shared.box_c(modules().collect()),
                    ]);
                }
            },
            (Some(deployed), results) => {
                let report = Report::read(submission.file(REPORT));
                let measured = shared.measure(deployed, results);
                score::score(&measured, &report, &shared.meta, lambda, shared.test_counts())
            }
        };
        Next::Done(match predictions {
            Some(predictions) => beside(score, &shared.score_predictions(&predictions, lambda)),
            None => score,
        })
    }
}

/// What predictions alone come to where a pipeline is asked for: all is told, nothing is paid. Were it otherwise, nothing
/// of what a pipeline is checked for would have to hold.
fn unpaid(score: Score) -> Score {
    let why = format!("predictions alone pass on the track `{PREDICTIONS_TRACK}` only; write {PIPELINE}");
    let mut criteria = vec![Criterion { name: "pipeline".to_owned(), met: false, detail: why }];
    criteria.extend(score.criteria);
    Score { reward: 0.0, passed: false, criteria, ..score }
}

/// The score of a pipeline with that of the predictions beside it.
fn beside(mut score: Score, predictions: &Score) -> Score {
    for (name, value) in &predictions.metrics {
        score.metrics.insert(format!("predictions_{name}"), *value);
    }
    let named = |criterion: &Criterion| Criterion {
        name: format!("predictions: {}", criterion.name),
        ..criterion.clone()
    };
    score.criteria.extend(predictions.criteria.iter().map(named));
    score.flags.extend(predictions.flags.iter().cloned());
    score
}

impl Shared {
    fn calls_a(&self) -> Vec<Call> {
        let slices =
            [PLAIN, SINGLE, SEVENS, SHUFFLED, NEUTRAL, FUTURE, CANARY, CHECKED..self.deploy_truth.len()];
        let mut calls: Vec<Call> =
            slices.into_iter().map(|rows| Call::whole(plan::pick(&self.deploy, rows))).collect();
        calls.extend([&self.neutral[0], &self.known, &self.test].map(|frame| Call::whole(frame.clone())));
        calls
    }

    fn calls_b(&self) -> Vec<Call> {
        vec![
            Call::whole(plan::pick(&self.deploy, PLAIN)),
            Call::batches(plan::pick(&self.deploy, SINGLE), 1),
            Call::batches(plan::pick(&self.deploy, SEVENS), 7),
            Call::whole(plan::pick(&self.deploy, shuffled())),
            Call::whole(self.neutral[1].clone()),
            Call::whole(self.future.clone()),
            Call::whole(self.canary.clone()),
        ]
    }

    fn calls_c(&self) -> Vec<Call> {
        vec![Call::whole(self.deploy.clone())]
    }

    fn box_a(&self, modules: Vec<BoxFile>) -> envy_core::Job {
        let mut extra = vec![BoxFile::new(TEST, self.test.clone())];
        extra.extend(self.cache.iter().map(|bytes| BoxFile::new(CACHE, bytes.clone())));
        plan::job("pipeline/field", &self.documents, modules, &self.train, extra, &self.calls_a())
    }

    fn box_b(&self, modules: Vec<BoxFile>) -> envy_core::Job {
        let mut extra = vec![BoxFile::new(TEST, self.garbage.clone())];
        extra.extend(self.cache.iter().map(|_| BoxFile::new(CACHE, self.garbage.clone())));
        plan::job("pipeline/checks", &self.documents, modules, &self.train, extra, &self.calls_b())
    }

    fn box_c(&self, modules: Vec<BoxFile>) -> envy_core::Job {
        plan::job("pipeline/refit", &self.documents, modules, &self.noised, Vec::new(), &self.calls_c())
    }

    /// Reads box A.
    fn deployed(&self, result: &JobResult) -> Result<Deployed, String> {
        let mut calls = plan::read(result, &self.calls_a()).into_iter();
        let mut field = Vec::new();
        let mut next = || calls.next().unwrap_or_else(|| Err("a frame was not predicted".to_owned()));
        for _ in 0..8 {
            field.extend(next()?);
        }
        Ok(Deployed { field, neutral: next()?, known: next()?, test: next().ok() })
    }

    fn measure(&self, deployed: &Deployed, results: &[JobResult]) -> Measured {
        let (eta, field) = (&self.deploy_truth.eta, &deployed.field);
        let auroc = |eta: &[f64], scores: &[f64]| soft_auroc(eta, scores).unwrap_or(0.5);
        let mut measured = Measured {
            deployed: auroc(eta, field),
            public: deployed.test.as_ref().map(|scores| auroc(&self.test_truth.labels, scores)),
            calibration: self.calibration(field),
            ..Measured::default()
        };
        let scale = &self.meta.scale;
        let lost = auroc(&self.known_truth.eta, &deployed.known) - measured.deployed;
        measured.unseen = Some(lost - (scale.bayes_known - scale.bayes).max(0.0));
        let [checks, refit, ..] = results else { return measured };
        let refit = plan::read(refit, &self.calls_c()).into_iter().next().and_then(Result::ok);
        measured.refit = refit.map(|scores| (auroc(eta, &scores) - measured.deployed).abs());
        let mut calls = plan::read(checks, &self.calls_b()).into_iter().map(Result::ok);
        let mut next = || calls.next().flatten();
        let same =
            |rows: std::ops::Range<usize>, got: Option<Vec<f64>>| got.map(|got| greatest(&field[rows], &got));
        measured.isolation = same(PLAIN, next());
        let single = same(SINGLE, next());
        let sevens = same(SEVENS, next());
        let order = shuffled();
        let other = next().map(|got| {
            let plain: Vec<f64> = order.iter().map(|row| field[*row]).collect();
            greatest(&plain, &got)
        });
        measured.batch = single.zip(sevens).zip(other).map(|((a, b), c)| a.max(b).max(c));
        measured.neutral = next().map(|got| mean(&deployed.neutral, &got));
        let early = FUTURE.start..FUTURE.start + FUTURE.len() / 2;
        measured.future = same(early.clone(), next().map(|got| got[..early.len()].to_vec()));
        measured.canary = next().map(|got| mean(&field[CANARY], &got));
        measured
    }

    /// Calibration in the field, each row of it counted once.
    fn calibration(&self, field: &[f64]) -> Calibration {
        let truth = &self.deploy_truth;
        let once = self.meta.unique.min(field.len());
        Calibration::new(&truth.labels[..once], &truth.eta[..once], &field[..once], self.meta.exact)
    }

    fn score_predictions(&self, predictions: &[f64], lambda: f64) -> Score {
        let truth = &self.test_truth;
        predictions::score(&truth.labels, &truth.eta, predictions, &self.meta, lambda)
    }

    /// Labels of test.csv, negative first.
    fn test_counts(&self) -> [usize; 2] {
        predictions::counts(&self.test_truth.labels)
    }
}

fn greatest(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| (left - right).abs()).fold(0.0, f64::max)
}

fn mean(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| (left - right).abs()).sum::<f64>() / left.len().max(1) as f64
}

/// What the grader takes as the agent's files.
pub(super) fn collected() -> Vec<String> {
    vec!["*.py".to_owned(), REPORT.to_owned(), PIPELINE.to_owned()]
}
