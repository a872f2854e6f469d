//! Verification: whether a sealed record is what it was, and whether its verdict is what its submission earns.
//!
//! First the papers: digests, the chain of receipts, the signature. Then the verdict is computed again from what the
//! boxes left, and once more by running the stored submission in fresh boxes; each must agree bit for bit. Nothing is
//! believed because the record says so.

mod grading;
mod paper;

use std::collections::BTreeSet;
use std::sync::Arc;

use envy_core::{Record, RunId};
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

pub use paper::file;

use crate::bench::Bench;
use crate::dataset::{Library, TaskRef};
use crate::error::LabError;
use crate::graders::Graders;
use crate::receipt::PublicKey;
use crate::registry::Registry;
use crate::store::{Plan, Reader};
use grading::{Again, Graded};
use paper::{Chain, Examined, Paper};

/// Records in memory at once.
const WINDOW: usize = 64;

/// How far a verification goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Digests, chain and signature.
    Receipts,
    /// Also the verdict, from what its boxes left.
    Outputs,
    /// Also the verdict of the stored submission, run again in fresh boxes.
    Rerun,
}

/// How a record's verdict stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Graded again, it is the same bit for bit.
    Same,
    /// There is none to grade: a fault made the episode void.
    Void,
    /// What its own boxes left gives another one.
    Different,
    /// The submission gives another one when it is run again.
    Unsteady,
    /// Another version of the grader made it.
    OtherGrader,
    /// Graded anew, as the user asked, it is another one.
    Regraded,
    /// It was not graded again: nobody asked, or it cannot be.
    Unchecked,
}

/// What is to be found out, and with what.
pub struct Verifier<'a> {
    /// The environments.
    pub registry: &'a Registry,
    /// Where tasks are looked for that are not where their run found them.
    pub library: Library,
    /// The folder of the records' task, if the user named it.
    pub task: Option<TaskRef>,
    /// Whose signature counts.
    pub key: Option<PublicKey>,
    /// How far to go.
    pub depth: Depth,
    /// Grade anew what another version graded.
    pub regrade: bool,
    /// Where submissions are run, for [`Depth::Rerun`].
    pub bench: Option<&'a Bench>,
}

/// What was found out about one record.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// The record's name, or the run's for what no single record has.
    pub record: String,
    /// Its verdict.
    pub verdict: Standing,
    /// It has a receipt.
    pub receipt: bool,
    /// What does not hold, a sentence's end each; nothing if all holds.
    pub wrong: Vec<String>,
    /// Figures for people.
    pub detail: String,
}

impl Verifier<'_> {
    /// Verifies the sealed attempts of a run, or those of one episode, and tells of each in order.
    ///
    /// # Errors
    /// The store failed, or there is no such episode.
    pub async fn run(
        &self,
        reader: &Reader,
        run: &RunId,
        number: Option<u32>,
        tell: &mut dyn FnMut(Finding),
    ) -> Result<(), LabError> {
        let (plan, chain) = (reader.plan(run)?, Chain::of(reader, run)?);
        let mut attempts = reader.attempts(run)?;
        attempts.retain(|(one, _)| number.is_none_or(|number| number == *one));
        if let (Some(number), true) = (number, attempts.is_empty()) {
            return Err(LabError::usage(
                format!("{run} has no sealed episode {number}"),
                format!("`envy runs show {run}` lists its episodes"),
            ));
        }
        for window in attempts.chunks(WINDOW) {
            let papers: Result<Vec<_>, _> = window
                .iter()
                .map(|(one, attempt)| Paper::of_store(reader, &chain, run, *one, *attempt))
                .collect();
            self.window(papers?, Some(&plan), tell).await;
        }
        let of_run = |what: String| Finding {
            record: run.to_string(),
            verdict: Standing::Unchecked,
            receipt: false,
            wrong: vec![what],
            detail: String::new(),
        };
        let sealed: BTreeSet<(u32, u32)> = attempts.into_iter().collect();
        let gone = chain.attempts().filter(|(one, _)| number.is_none_or(|number| number == *one));
        for (one, attempt) in gone.filter(|attempt| !sealed.contains(attempt)) {
            tell(of_run(format!(
                "the record of episode {one} attempt {attempt} is gone, its receipt is not"
            )));
        }
        chain.findings.iter().for_each(|what| tell(of_run(what.clone())));
        Ok(())
    }

    /// Verifies a record as `envy runs show --episode --json` prints it. Its place in a chain is not known from it alone.
    pub async fn file(&self, name: &str, text: &str) -> Finding {
        let mut found = None;
        self.window(vec![Paper::of_file(name, text)], None, &mut |finding| found = Some(finding)).await;
        found.expect("one paper brings one finding")
    }

    async fn window(&self, papers: Vec<Paper>, plan: Option<&Plan>, tell: &mut dyn FnMut(Finding)) {
        let again = Again {
            graders: Graders::default(),
            bench: self.bench.cloned(),
            depth: self.depth,
            regrade: self.regrade,
        };
        // A grader holds a hidden half in memory: no more of them at once than there are cores to use them.
        let gate = Arc::new(Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from)));
        let mut findings = Vec::with_capacity(papers.len());
        let mut grading = JoinSet::new();
        for (index, paper) in papers.into_iter().enumerate() {
            let Examined { record, has_receipt, findings: wrong } = paper.examine(self.key.as_ref());
            findings.push(Finding {
                record: paper.name,
                verdict: Standing::Unchecked,
                receipt: has_receipt,
                wrong,
                detail: String::new(),
            });
            let Some(record) = record.filter(|_| self.depth > Depth::Receipts) else { continue };
            match self.home_of(&record, plan) {
                Err(error) => findings[index].wrong.push(format!("its task cannot be used: {error}")),
                Ok((environment, task)) => {
                    let (again, gate) = (again.clone(), Arc::clone(&gate));
                    grading.spawn(async move {
                        let _place = gate.acquire().await.expect("the gate is never closed");
                        (index, again.grade(environment, &task, record).await)
                    });
                }
            }
        }
        while let Some(ended) = grading.join_next().await {
            let (index, Graded { standing, detail, finding }) =
                ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
            (findings[index].verdict, findings[index].detail) = (standing, detail);
            findings[index].wrong.extend(finding);
        }
        findings.into_iter().for_each(tell);
    }

    /// The environment and the task of a record: the one that the user named, where its run found it, or by its id.
    fn home_of(
        &self,
        record: &Record,
        plan: Option<&Plan>,
    ) -> Result<(&'static dyn envy_core::Environment, TaskRef), LabError> {
        let planned = plan.and_then(|plan| plan.tasks.iter().find(|planned| planned.id == record.task));
        let task = match (&self.task, planned) {
            (Some(task), _) => task.clone(),
            (None, Some(planned)) => TaskRef::open(&planned.folder)?,
            (None, None) => self.library.find(record.task.as_str())?.remove(0),
        };
        Ok((self.registry.environment(&task.manifest().environment)?, task))
    }
}

#[cfg(test)]
mod tests;
