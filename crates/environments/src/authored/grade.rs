//! Grading: every criterion that can be decided without a judge is; the others are listed as unjudged.

use std::collections::BTreeMap;
use std::sync::Arc;

use envy_core::{
    BoxFile, Exhibit, GradeInput, Grader, Job, JobResult, Next, ProbeInput, ProbeReply, Question, Ruling,
    Score, Submission, Work, judge::written,
};

use serde_json::Value;

use super::file::{Criterion, TaskFile};
use crate::rubric::{Findings, Item};

/// A pass needs this share of what could be had.
const PASS_SHARE: f64 = 0.8;

/// Grades one task written by hand.
pub(super) struct AuthoredGrader {
    task: Arc<TaskFile>,
}

impl AuthoredGrader {
    /// The grader of a task.
    pub(super) fn new(task: TaskFile) -> Self {
        Self { task: Arc::new(task) }
    }
}

impl Grader for AuthoredGrader {
    fn check(&self, _submission: &Submission) -> Result<(), String> {
        Ok(())
    }

    fn probe(&self, input: ProbeInput) -> Box<dyn Work<ProbeReply>> {
        let text = "this task has no oracle; run its code instead".to_owned();
        let reply = ProbeReply { text, is_error: true, ladder: input.ladder };
        Box::new(move |_: Vec<JobResult>| Next::Done(reply.clone()))
    }

    fn questions(&self, submission: &Submission) -> Vec<Question> {
        if is_work(&self.task, submission) { questions(&self.task, submission) } else { Vec::new() }
    }

    fn grade(&self, input: GradeInput) -> Box<dyn Work<Score>> {
        let (task, submission, rulings) = (Arc::clone(&self.task), input.submission, input.rulings);
        if !is_work(&task, &submission) {
            return Box::new(|_: Vec<JobResult>| Next::Done(Score::zero("nothing was changed or written")));
        }
        let jobs = jobs(&task, &submission);
        let mut started = jobs.is_empty();
        Box::new(move |results: Vec<JobResult>| {
            if !started {
                started = true;
                return Next::Run(jobs.clone());
            }
            Next::Done(score(&task, &submission, &results, &rulings))
        })
    }
}

/// Whether the agent did anything: wrote or changed a file, or answered in words.
fn is_work(task: &TaskFile, submission: &Submission) -> bool {
    let known = |file: &BoxFile| task.files.iter().any(|own| own == file);
    submission.files.iter().any(|file| !known(file)) || submission.answer.get("final_answer").is_some()
}

/// Whether a file of the task came back otherwise than it was.
fn changed(task: &TaskFile, submission: &Submission) -> bool {
    let is_other = |own: &BoxFile| submission.file(&own.path).is_some_and(|bytes| bytes != own.bytes);
    task.files.iter().any(is_other)
}

/// Whether an answer or a place that was named is right. A task that asks for neither is about code alone.
fn said(task: &TaskFile, submission: &Submission) -> bool {
    use super::check::Check;
    let mut checks = task.criteria.iter().filter_map(|criterion| criterion.check.as_ref());
    let is_answer = |check: &Check| matches!(check, Check::Exact { .. } | Check::Span { .. });
    let asks = checks.clone().any(is_answer);
    !asks || checks.any(|check| is_answer(check) && check.decide(submission, None).0 > 0.0)
}

/// The runs of probes: the task's files with the agent's own in their place.
fn jobs(task: &TaskFile, submission: &Submission) -> Vec<Job> {
    let mut files: BTreeMap<&str, &BoxFile> =
        task.files.iter().chain(&task.mounted).map(|file| (file.path.as_str(), file)).collect();
    files.extend(submission.files.iter().map(|file| (file.path.as_str(), file)));
    let files: Vec<BoxFile> = files.into_values().cloned().collect();
    let job =
        |criterion: &Criterion| criterion.check.as_ref()?.job(&criterion.item.name, &files, &task.hidden);
    task.criteria.iter().filter_map(job).collect()
}

/// A closed question for each criterion in prose, about what the agent wrote and said.
fn questions(task: &TaskFile, submission: &Submission) -> Vec<Question> {
    let is_known =
        |path: &str, bytes: &[u8]| task.files.iter().any(|file| file.path == path && file.bytes == bytes);
    let mut evidence = written(submission, is_known);
    if let Some(answer) = submission.answer.get("final_answer").and_then(Value::as_str) {
        evidence.insert(0, Exhibit::new("final answer", answer));
    }
    let context: Vec<Exhibit> = task
        .files
        .iter()
        .filter_map(|file| Some(Exhibit::new(file.path.clone(), std::str::from_utf8(&file.bytes).ok()?)))
        .collect();
    let ask = |item: &Item| Question {
        criterion: item.name.clone(),
        asks: format!("Does the following hold of the submitted work? {}", item.doc),
        known: format!("The task was: {}", task.prompt),
        context: context.clone(),
        evidence: evidence.clone(),
    };
    task.judged().map(ask).collect()
}

fn score(task: &TaskFile, submission: &Submission, results: &[JobResult], rulings: &[Ruling]) -> Score {
    let (mut findings, mut results) = (Findings::default(), results.iter());
    let is_work = changed(task, submission) || said(task, submission);
    for criterion in &task.criteria {
        let Some(check) = &criterion.check else { continue };
        let result = matches!(check, super::check::Check::Execution { .. }).then(|| results.next()).flatten();
        let (share, reason) = match check {
            // Code without an error passes as it is: leaving it alone is worth something to who says why alone.
            super::check::Check::Execution { .. } if !is_work => {
                (0.0, "no code was changed and nothing right was said".to_owned())
            }
            check => check.decide(submission, result),
        };
        // The best outcome that was reached; any share where the file names no outcomes.
        let reached =
            criterion.outcomes.iter().copied().filter(|outcome| *outcome <= share + 1e-9).fold(0.0, f64::max);
        findings.give(
            &criterion.item.name,
            if criterion.outcomes.is_empty() { share } else { reached },
            reason,
        );
    }
    let judged: Vec<&str> = task.judged().map(|item| item.name.as_str()).collect();
    findings.rule(rulings, &judged);
    let tally = task.rubric.tally(&findings);
    let metrics = BTreeMap::from([
        ("points".to_owned(), tally.points),
        ("possible".to_owned(), tally.possible),
        ("total".to_owned(), task.rubric.total()),
    ]);
    let passed = tally.possible > 0.0 && tally.share() >= PASS_SHARE;
    Score { reward: tally.share(), passed, metrics, criteria: tally.criteria(), flags: Vec::new() }
}
