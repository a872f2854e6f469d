//! Grading again: a verdict computed from what its boxes left, and from the stored submission in fresh boxes.

use std::sync::Arc;

use envy_core::{
    Environment, FaultKind, GradeInput, Grader, JobResult, Output, Record, Score, Verdict, drive,
};
use serde_json::Value;

use super::{Depth, Standing};
use crate::bench::Bench;
use crate::dataset::TaskRef;
use crate::graders::Graders;

/// What came of grading a record again.
pub(super) struct Graded {
    pub(super) standing: Standing,
    /// Figures for people, or nothing.
    pub(super) detail: String,
    /// What does not hold, a sentence's end.
    pub(super) finding: Option<String>,
}

impl Graded {
    fn fine(standing: Standing, detail: impl Into<String>) -> Self {
        Self { standing, detail: detail.into(), finding: None }
    }

    fn wrong(standing: Standing, finding: impl Into<String>) -> Self {
        Self { standing, detail: String::new(), finding: Some(finding.into()) }
    }
}

/// How a record is graded again.
#[derive(Clone)]
pub(super) struct Again {
    pub(super) graders: Graders,
    pub(super) bench: Option<Bench>,
    pub(super) depth: Depth,
    pub(super) regrade: bool,
}

impl Again {
    /// Grades a record again, as deep as asked.
    pub(super) async fn grade(
        &self,
        environment: &'static dyn Environment,
        task: &TaskRef,
        record: Record,
    ) -> Graded {
        let sealed = match &record.verdict {
            Verdict::Void(fault) => return Graded::fine(Standing::Void, fault.detail.clone()),
            Verdict::Graded(score) => score.clone(),
        };
        if let Some(finding) = self.unfit(environment, task, &record) {
            return finding;
        }
        let grader = match self.open(environment, task).await {
            Ok(grader) => grader,
            Err(what) => return Graded::wrong(Standing::Unchecked, what),
        };
        let older = older(environment, task, &record).is_some();
        if older || self.regrade {
            return self.anew(&grader, &record, &sealed, older).await;
        }
        match recompute(Arc::clone(&grader), record.clone()).await {
            Err(what) => Graded::wrong(Standing::Different, what),
            Ok(again) if !same(&sealed, &again) => {
                let finding = format!("its outputs give another verdict: {}", difference(&sealed, &again));
                Graded::wrong(Standing::Different, finding)
            }
            Ok(_) if self.depth == Depth::Outputs => Graded::fine(Standing::Same, ""),
            Ok(_) => self.rerun(&grader, &record, &sealed).await,
        }
    }

    /// Why the record cannot be compared on this task by this build.
    fn unfit(&self, environment: &dyn Environment, task: &TaskRef, record: &Record) -> Option<Graded> {
        if record.task != *task.id() || record.task_digest != task.digest() {
            let finding =
                format!("the task in {} is not the one that it was sealed for", task.folder().display());
            return Some(Graded::wrong(Standing::Unchecked, finding));
        }
        let by = older(environment, task, record).filter(|_| !self.regrade)?;
        let ours = environment.info().grader_name();
        let finding =
            format!("it was graded by {by}, and this envy grades by {ours}: --regrade grades it anew");
        Some(Graded::wrong(Standing::OtherGrader, finding))
    }

    async fn open(
        &self,
        environment: &'static dyn Environment,
        task: &TaskRef,
    ) -> Result<Arc<dyn Grader>, String> {
        let (graders, task) = (self.graders.clone(), task.clone());
        let opening = tokio::task::spawn_blocking(move || {
            let brief = task.brief().map_err(|error| error.to_string())?;
            graders.open(environment, &task, &brief).map_err(|fault| fault.detail)
        });
        opening.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
    }

    /// A verdict that is not compared: the grader is another one, or the user asked for a new grade.
    async fn anew(&self, grader: &Arc<dyn Grader>, record: &Record, sealed: &Score, older: bool) -> Graded {
        let again = match self.in_boxes(grader, record).await {
            Ok((again, _)) => again,
            Err(what) => return Graded::wrong(Standing::Unchecked, what),
        };
        let detail = format!(
            "reward {} now, {} when it was sealed{}",
            again.reward,
            sealed.reward,
            if older { format!(" by {}", named(record)) } else { String::new() }
        );
        Graded::fine(if same(sealed, &again) { Standing::Same } else { Standing::Regraded }, detail)
    }

    /// Runs the stored submission again: the same grader over fresh boxes must come to the same verdict.
    async fn rerun(&self, grader: &Arc<dyn Grader>, record: &Record, sealed: &Score) -> Graded {
        let (again, results) = match self.in_boxes(grader, record).await {
            Ok(graded) => graded,
            Err(what) => return Graded::wrong(Standing::Unchecked, what),
        };
        if same(sealed, &again) {
            return Graded::fine(Standing::Same, "");
        }
        let runtime = self.bench.as_ref().map_or("none", Bench::runtime);
        let elsewhere = if runtime == record.runtime {
            String::new()
        } else {
            format!(" (it was graded under Python runtime {:.12}, here it is {runtime:.12})", record.runtime)
        };
        let finding = format!(
            "its code left other results when it was run again: {}, so {}{elsewhere}",
            other_result(&record.job_results, &results),
            difference(sealed, &again)
        );
        Graded::wrong(Standing::Unsteady, finding)
    }

    /// The score of the stored submission in fresh boxes, and what those left.
    async fn in_boxes(
        &self,
        grader: &Arc<dyn Grader>,
        record: &Record,
    ) -> Result<(Score, Vec<Vec<JobResult>>), String> {
        let Some(bench) = &self.bench else {
            return Err("it can be graded anew only by running it".to_owned());
        };
        let mut batches = Vec::new();
        let work = grader.grade(input(record));
        let seen = |results: &[JobResult]| batches.push(results.to_vec());
        let driven = bench.runner().drive_with(FaultKind::Grader, work, seen).await;
        let score = driven.map_err(|fault| format!("it cannot be graded here: {}", fault.detail))?;
        Ok((score, batches))
    }
}

/// Who graded a record, if that is not the grader of this build.
fn older(environment: &dyn Environment, task: &TaskRef, record: &Record) -> Option<String> {
    let (info, generator) = (environment.info(), &task.manifest().generator);
    if *generator != info.version {
        return Some(format!("{} of tasks of version {generator}", named(record)));
    }
    (!record.grader.is_empty() && record.grader != info.grader_name()).then(|| record.grader.clone())
}

fn named(record: &Record) -> &str {
    if record.grader.is_empty() { "a grader that did not name itself" } else { &record.grader }
}

fn input(record: &Record) -> GradeInput {
    GradeInput {
        submission: record.submission.clone(),
        episode: record.episode.clone(),
        probes: record.probes,
        rulings: record.rulings.clone(),
    }
}

/// Computes a record's score from the job results that it holds, without running anything.
async fn recompute(grader: Arc<dyn Grader>, record: Record) -> Result<Score, String> {
    let computing = tokio::task::spawn_blocking(move || {
        let mut stored = record.job_results.iter();
        drive(grader.grade(input(&record)), |jobs| {
            let batch = stored.next().filter(|batch| batch.len() == jobs.len());
            batch.cloned().ok_or_else(|| {
                format!("the record holds no results for the {} jobs that its grader asks for", jobs.len())
            })
        })
    });
    computing.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}

/// Bit for bit.
fn same(sealed: &Score, again: &Score) -> bool {
    let text = |score: &Score| serde_json::to_string(score).expect("a score is plain data");
    text(sealed) == text(again)
}

/// The first field in which two scores differ: `reward is 0.1, not 0.5`.
fn difference(sealed: &Score, again: &Score) -> String {
    let value = |score: &Score| serde_json::to_value(score).expect("a score is plain data");
    first_difference("", &value(sealed), &value(again)).unwrap_or_else(|| "a sign of zero differs".to_owned())
}

fn first_difference(path: &str, sealed: &Value, again: &Value) -> Option<String> {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match (sealed, again) {
        (Value::Object(old), Value::Object(new)) if old.keys().eq(new.keys()) => {
            // The reward first: it is what a reader wants to know.
            let order = old.keys().filter(|name| *name == "reward").chain(old.keys());
            order.map(|name| first_difference(&below(name), &old[name], &new[name])).find_map(|found| found)
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => old
            .iter()
            .zip(new)
            .enumerate()
            .find_map(|(index, (old, new))| first_difference(&below(&index.to_string()), old, new)),
        (old, new) if old == new => None,
        (old, new) => Some(format!("{path} is {new} now, {old} in the record")),
    }
}

/// Where two runs of the same jobs first left other things.
fn other_result(stored: &[Vec<JobResult>], again: &[Vec<JobResult>]) -> String {
    for (batch, (old, new)) in stored.iter().zip(again).enumerate() {
        for (job, (old, new)) in old.iter().zip(new).enumerate() {
            let place = format!("job {job} of batch {batch}");
            if old.end != new.end {
                return format!("{place} ended otherwise");
            }
            let other = |(path, output): &(&String, &Output)| new.outputs.get(*path) != Some(*output);
            if let Some((path, _)) = old.outputs.iter().find(other) {
                return format!("{path} of {place}");
            }
        }
    }
    "the number of jobs".to_owned()
}
