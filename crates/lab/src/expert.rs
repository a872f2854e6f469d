//! Expert: the score that perfect repairs would reach, kept beside each task so that later runs are shown against it.
//!
//! Where the model that is scored is fixed, nobody has to play for it: the task's certificate holds the score of that
//! model on the true data. It is kept beside the hidden half's folder, for its owner only, and no agent ever sees it.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;

use envy_core::{Digest, Environment, Expert};
use serde::{Deserialize, Serialize};

use crate::dataset::TaskRef;
use crate::error::LabError;

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

/// Finds a task's expert score and keeps it with the task.
///
/// # Errors
/// The environment has none for this task, or the folder cannot be written.
pub fn keep(environment: &dyn Environment, task: &TaskRef) -> Result<Expert, LabError> {
    let origin = task.origin()?;
    let expert = environment.expert(&origin.certificate).ok_or_else(|| {
        LabError::usage(
            format!("{} has no expert score: its certificate does not hold one", task.id().short()),
            "leave --expert out",
        )
    })?;
    let written = Written { schema: "envy.expert/1".to_owned(), task: task.digest(), expert: expert.clone() };
    let text = serde_json::to_string_pretty(&written).expect("a score is plain data") + "\n";
    let path = task.folder().join(EXPERT_FILE);
    let file = std::fs::File::options().write(true).create(true).truncate(true).mode(0o600).open(&path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| LabError::file("write", &path, &error))?;
    Ok(expert)
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
        let expert = keep(&Guess, &one).unwrap();
        assert_eq!(kept(&one), Some(expert));
        std::fs::copy(one.folder().join(EXPERT_FILE), other.folder().join(EXPERT_FILE)).unwrap();
        assert_eq!(kept(&other), None);
        assert!(one.brief().is_ok() && one.hidden().is_ok());
    }
}
