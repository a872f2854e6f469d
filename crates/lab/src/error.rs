//! What can go wrong in the lab: one sentence each, and a hint that says what to do.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use envy_core::{Fault, GenerateError, KnobError, Rejection, SandboxError};
use envy_rollout::RolloutError;
use thiserror::Error;

use crate::runtime::RuntimeError;

/// A failure of the lab. The message is one sentence; [`LabError::hint`] says what to do about it.
#[derive(Debug, Error)]
pub enum LabError {
    /// No folder to keep anything in.
    #[error("there is no folder to keep data in: neither ENVY_HOME nor HOME is set")]
    NoHome,
    /// Something by a name that nobody knows.
    #[error("unknown {kind} \"{name}\"")]
    Unknown {
        /// What was looked for: `environment`, `preset`, ...
        kind: &'static str,
        /// The name given.
        name: String,
        /// The nearest name, or all of them.
        suggestion: String,
    },
    /// A knob that cannot be set so.
    #[error(transparent)]
    Knob(#[from] KnobError),
    /// Wrong use, in one sentence.
    #[error("{what}")]
    Usage {
        /// What is wrong.
        what: String,
        /// What to do.
        hint: String,
    },
    /// A file or folder that cannot be used.
    #[error("cannot {action} {}: {reason}", .path.display())]
    File {
        /// The verb: `read`, `write`, ...
        action: &'static str,
        /// Which one.
        path: PathBuf,
        /// Why, in the words of the system.
        reason: String,
        /// The disk or the quota is full.
        full: bool,
    },
    /// A task's folder that is not as it was written.
    #[error("{}: {what}", .folder.display())]
    Edited {
        /// The task's folder.
        folder: PathBuf,
        /// Which file does not fit, and how.
        what: String,
    },
    /// The environment cannot make a task of this.
    #[error("{what}")]
    Input {
        /// What is wrong.
        what: String,
        /// What to change.
        hint: String,
    },
    /// Every candidate was rejected.
    #[error("no candidate of {} passed the gate ({})", .0.len(), count_by_condition(.0))]
    Exhausted(Vec<Rejection>),
    /// The store's database failed.
    #[error("the store {} failed: {reason}", .path.display())]
    Store {
        /// The database's file.
        path: PathBuf,
        /// Why, in the words of the database.
        reason: String,
        /// The disk or the quota is full.
        full: bool,
    },
    /// The store was written by a newer envy.
    #[error("the store {} was written by a newer envy (format {found}, this one reads up to {known})", .path.display())]
    NewerStore {
        /// The database's file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format that this version reads.
        known: i64,
    },
    /// The host cannot isolate or a box failed.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The Python runtime cannot be had.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// An environment that cannot be played.
    #[error(transparent)]
    Rollout(#[from] RolloutError),
    /// A job of a generation could not be run.
    #[error("{}", .0.detail)]
    Fault(Fault),
    /// A task's grader broke: an edited folder of this version, or a bug.
    #[error("the grader of {task} failed: {what}")]
    Grader {
        /// The task.
        task: String,
        /// What it said.
        what: String,
    },
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

impl LabError {
    /// What to do about it, or an empty string.
    pub fn hint(&self) -> String {
        match self {
            Self::NoHome => "set ENVY_HOME to a folder that you can write".to_owned(),
            Self::Unknown { suggestion, .. } => suggestion.clone(),
            Self::Knob(error) => error.hint(),
            Self::Usage { hint, .. }
            | Self::Input { hint, .. }
            | Self::Sandbox(SandboxError::Host { hint, .. }) => hint.clone(),
            Self::File { full: true, .. } | Self::Store { full: true, .. } => {
                "free some space, or set ENVY_HOME to a folder on another disk; nothing half-written was kept"
                    .to_owned()
            }
            Self::File { .. } => "check that it exists and that you may use it".to_owned(),
            Self::Edited { .. } => {
                "undo the edit, or generate the dataset again with `envy dataset generate`".to_owned()
            }
            Self::Exhausted(_) => "change a knob, or try another --seed".to_owned(),
            Self::Store { .. } => "if the file is damaged, move it away; envy starts a new one".to_owned(),
            Self::NewerStore { .. } => "use that newer envy, or set ENVY_HOME to another folder".to_owned(),
            Self::Runtime(error) => error.hint(),
            Self::Fault(_) => "`envy doctor` shows what works here".to_owned(),
            Self::Sandbox(SandboxError::Refused(_)) | Self::Rollout(_) | Self::Interrupted => String::new(),
            Self::Grader { .. } => "generate the dataset again with this version of envy".to_owned(),
        }
    }

    /// A wrong use.
    pub fn usage(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { what: what.into(), hint: hint.into() }
    }

    /// A failed file operation.
    pub fn file(action: &'static str, path: &Path, error: &std::io::Error) -> Self {
        use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        let full = matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge);
        Self::File { action, path: path.to_owned(), reason: reason(error), full }
    }

    /// A folder that is not as it was written.
    pub(crate) fn edited(folder: &Path, what: impl Into<String>) -> Self {
        Self::Edited { folder: folder.to_owned(), what: what.into() }
    }
}

impl From<Fault> for LabError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<GenerateError> for LabError {
    fn from(error: GenerateError) -> Self {
        match error {
            GenerateError::Input { what, hint } => Self::Input { what, hint },
            GenerateError::Exhausted { rejections } => Self::Exhausted(rejections),
        }
    }
}

/// How often each condition rejected a candidate.
pub(crate) fn counted(rejections: &[Rejection]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for rejection in rejections {
        *counts.entry(rejection.condition.clone()).or_insert(0) += 1;
    }
    counts
}

/// `headroom 3, reference 1`.
fn count_by_condition(rejections: &[Rejection]) -> String {
    let counts = counted(rejections);
    let written: Vec<String> =
        counts.iter().map(|(condition, count)| format!("{condition} {count}")).collect();
    written.join(", ")
}

/// The system's reason without its number.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let cut = text.find(" (os error").unwrap_or(text.len());
    text[..cut].to_lowercase()
}
