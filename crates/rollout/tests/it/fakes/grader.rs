//! A grader that runs two jobs and gives the full reward to a `clean.py` that says `good`.

use std::collections::BTreeMap;

use envy_core::{
    BoxFile, Exposure, FaultKind, GradeInput, Grader, Job, JobLimits, JobResult, Next, ProbeInput,
    ProbeReply, Score, Submission, Wanted, Work,
};
use serde_json::json;

/// What goes wrong on our side of the task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    None,
    Open(FaultKind),
    CheckPanics,
    ProbePanics,
    GradePanics,
    GradePanicsLate,
    RewardOfTwo,
}

pub(crate) struct FakeGrader {
    pub(crate) trouble: Trouble,
}

/// A job whose box holds the submission, and whose program leaves `out.txt`.
pub(crate) fn job(name: &str, submission: &Submission) -> Job {
    let mut files = submission.files.clone();
    files.push(BoxFile::new("driver", "sleep 1;write out.txt ran"));
    Job {
        name: name.to_owned(),
        files,
        argv: vec!["python3".to_owned(), "driver".to_owned()],
        limits: JobLimits::standard(),
        outputs: vec![Wanted { path: "out.txt".to_owned(), bytes_max: 100 }],
        exposure: Exposure::Grading,
    }
}

fn is_good(submission: &Submission) -> bool {
    submission.file("clean.py").is_some_and(|bytes| bytes.starts_with(b"good"))
}

fn all_ran(results: &[JobResult]) -> bool {
    results.iter().all(|result| result.bytes("out.txt") == Some(b"ran"))
}

impl Grader for FakeGrader {
    fn check(&self, submission: &Submission) -> Result<(), String> {
        assert_ne!(self.trouble, Trouble::CheckPanics, "the check fell over");
        submission.file("clean.py").map(|_| ()).ok_or_else(|| "there is no clean.py".to_owned())
    }

    fn probe(&self, input: ProbeInput) -> Box<dyn Work<ProbeReply>> {
        let panics = self.trouble == Trouble::ProbePanics;
        let before = input.ladder.as_u64().unwrap_or(0);
        Box::new(move |results: Vec<JobResult>| {
            assert!(!panics, "the probe fell over");
            if results.is_empty() {
                return Next::Run(vec![job("probe", &input.submission)]);
            }
            let score = if is_good(&input.submission) && all_ran(&results) { "1.0" } else { "0.0" };
            Next::Done(ProbeReply {
                text: format!("score {score}, rung {before}"),
                is_error: false,
                ladder: json!(before + 1),
            })
        })
    }

    fn grade(&self, input: GradeInput) -> Box<dyn Work<Score>> {
        let trouble = self.trouble;
        assert_ne!(trouble, Trouble::GradePanics, "the grade fell over");
        Box::new(move |results: Vec<JobResult>| {
            if results.is_empty() && !input.submission.files.is_empty() {
                return Next::Run(vec![job("draw-1", &input.submission), job("draw-2", &input.submission)]);
            }
            assert_ne!(trouble, Trouble::GradePanicsLate, "the grade fell over late");
            if trouble == Trouble::RewardOfTwo {
                return Next::Done(Score { reward: 2.0, ..Score::zero("impossible") });
            }
            if !is_good(&input.submission) || !all_ran(&results) {
                return Next::Done(Score::zero("no good clean.py"));
            }
            let metrics = BTreeMap::from([("probes".to_owned(), f64::from(input.probes))]);
            Next::Done(Score { reward: 1.0, passed: true, metrics, ..Score::zero("good") })
        })
    }
}
