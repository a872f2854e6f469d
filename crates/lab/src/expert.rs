//! Expert: the score that perfect repairs would reach, kept beside each task so that later runs are shown against it.
//!
//! Where the model that is scored is fixed, nobody has to play for it: the task's certificate holds the score of that
//! model on the true data. Where the agent also models, a model plays on data with which nothing is wrong. Either is kept
//! beside the hidden half's folder, for its owner only, and no agent ever sees it.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;

use envy_core::{Brief, Digest, Environment, Expert, TaskId, Uncorrupted};
use serde::{Deserialize, Serialize};

use crate::dataset::TaskRef;
use crate::error::LabError;
use crate::store::{Plan, Tally};

/// The file beside `task.json`.
const EXPERT_FILE: &str = "expert.json";

#[derive(Serialize, Deserialize)]
struct Written {
    schema: String,
    /// The digest of the task that the score is of.
    task: Digest,
    #[serde(flatten)]
    expert: Expert,
}

/// The expert score of a task for which nobody has to play, if it is such a task.
///
/// # Errors
/// The task's origin cannot be read.
pub fn known(environment: &dyn Environment, task: &TaskRef) -> Result<Option<Expert>, LabError> {
    Ok(environment.expert(&task.origin()?.certificate))
}

/// What an expert plays on in this task.
///
/// # Errors
/// The hidden half cannot be read, or nobody plays for the expert score of this environment.
pub(crate) fn uncorrupted(
    environment: &dyn Environment,
    task: &TaskRef,
    brief: &Brief,
) -> Result<Uncorrupted, LabError> {
    let found = environment.uncorrupted(brief, &task.hidden()?);
    let found = found.map_err(|what| LabError::Grader { task: task.id().short().to_owned(), what })?;
    found.ok_or_else(|| {
        LabError::usage(
            format!("nobody plays for an expert score of {}", environment.info().name),
            "leave --expert out",
        )
    })
}

/// Keeps with each task of a run on uncorrupted data what its model reached there, in the mean of its graded episodes.
///
/// # Errors
/// A task was edited or cannot be written beside, or no episode of it has a score.
pub fn keep_played(
    environment: &dyn Environment,
    plan: &Plan,
    tallies: &[Tally],
) -> Result<Vec<(TaskId, Expert)>, LabError> {
    let mut kept = Vec::with_capacity(plan.tasks.len());
    for planned in &plan.tasks {
        let task = TaskRef::open(&planned.folder)?;
        let metric = uncorrupted(environment, &task, &*task.brief()?)?.metric;
        let of_task = tallies.iter().map(|tally| &tally.outcome).filter(|outcome| outcome.task == planned.id);
        let scores: Vec<f64> = of_task.filter_map(|outcome| outcome.metrics.get(metric).copied()).collect();
        if scores.is_empty() {
            return Err(LabError::usage(
                format!("no episode on {} has a {metric}, so no expert score is kept", planned.id.short()),
                "a stronger model, or more runs (--num-runs), may reach one",
            ));
        }
        let score = scores.iter().sum::<f64>() / scores.len() as f64;
        let model = plan.models.first().cloned();
        let expert = Expert { score, floor: None, metric: metric.to_owned(), model };
        keep(&task, &expert)?;
        kept.push((planned.id.clone(), expert));
    }
    Ok(kept)
}

/// Keeps an expert score with its task.
///
/// # Errors
/// The folder cannot be written.
pub fn keep(task: &TaskRef, expert: &Expert) -> Result<(), LabError> {
    let written = Written { schema: "envy.expert/1".to_owned(), task: task.digest(), expert: expert.clone() };
    let text = serde_json::to_string_pretty(&written).expect("a score is plain data") + "\n";
    let path = task.folder().join(EXPERT_FILE);
    let file = std::fs::File::options().write(true).create(true).truncate(true).mode(0o600).open(&path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| LabError::file("write", &path, &error))
}

/// The expert score that lies with a task, if it is of this very task.
pub fn kept(task: &TaskRef) -> Option<Expert> {
    let text = std::fs::read(task.folder().join(EXPERT_FILE)).ok()?;
    let written: Written = serde_json::from_slice(&text).ok()?;
    (written.task == task.digest()).then_some(written.expert)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset;
    use crate::testing::{self, Guess};

    #[test]
    fn a_score_is_kept_with_its_own_task() {
        let home = tempfile::tempdir().unwrap();
        let one = dataset::write(&testing::generated(1), &home.path().join("one")).unwrap();
        let other = dataset::write(&testing::generated(2), &home.path().join("other")).unwrap();
        assert_eq!(kept(&one), None);
        let expert = known(&Guess, &one).unwrap().unwrap();
        keep(&one, &expert).unwrap();
        assert_eq!(kept(&one), Some(expert));
        std::fs::copy(one.folder().join(EXPERT_FILE), other.folder().join(EXPERT_FILE)).unwrap();
        assert_eq!(kept(&other), None);
        assert!(one.brief().is_ok() && one.hidden().is_ok());
    }
}
