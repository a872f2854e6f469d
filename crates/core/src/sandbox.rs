//! Sandbox: opens boxes. Workbox: one open box with a private work directory.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::BoxFuture;
use crate::job::{JobEnd, JobLimits};
use crate::task::BoxFile;

/// A backend that opens boxes.
pub trait Sandbox: Send + Sync {
    /// Its name and how strict it is here, such as `native (strict)`; every record carries it.
    fn name(&self) -> &str;

    /// A box whose work directory holds `spec.files`. Nothing of the host but the runtime is visible in it.
    ///
    /// # Errors
    /// The host cannot isolate: never a weaker box in silence.
    fn open(&self, spec: BoxSpec) -> BoxFuture<'_, Result<Box<dyn Workbox>, SandboxError>>;

    /// A box as [`Sandbox::open`] gives it, in which nothing can write to one folder.
    ///
    /// # Errors
    /// As [`Sandbox::open`]; [`SandboxError::Refused`] if the backend cannot keep a folder so.
    fn open_sealed(
        &self,
        _spec: BoxSpec,
        sealed: Sealed,
    ) -> BoxFuture<'_, Result<Box<dyn Workbox>, SandboxError>> {
        let why = format!("this sandbox cannot keep the folder {} read-only", sealed.folder);
        Box::pin(async { Err(SandboxError::Refused(why)) })
    }
}

/// A folder of the work directory that nothing can write to, neither programs nor tools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Its name: one part of a path.
    pub folder: String,
    /// What it holds, by paths beneath it.
    pub files: Vec<BoxFile>,
}

/// What a box starts with.
pub struct BoxSpec {
    /// Files of the work directory.
    pub files: Vec<BoxFile>,
    /// Limits of the box; `wall_ms` bounds one [`Workbox::exec`].
    pub limits: JobLimits,
}

/// One run of a program in a box.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exec {
    /// Program and arguments; looked up in the runtime's PATH.
    pub argv: Vec<String>,
    /// Working directory relative to the work directory; empty for the work directory itself.
    pub cwd: String,
    /// Wall clock, milliseconds; the box's own bound applies too.
    pub wall_ms: u64,
    /// Bytes kept of each stream.
    pub stream_bytes: u64,
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecResult {
    /// How it ended.
    pub end: JobEnd,
    /// The kept part of stdout.
    #[serde(with = "crate::bytes")]
    pub stdout: Vec<u8>,
    /// The kept part of stderr.
    #[serde(with = "crate::bytes")]
    pub stderr: Vec<u8>,
    /// Bytes were printed beyond what is kept.
    pub cut: bool,
}

/// One cell of Python for the live session of a box.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// Statements or an expression; the value of a last expression is printed, as an interactive interpreter does.
    pub code: String,
    /// Wall clock, milliseconds; the box's own bound applies too.
    pub wall_ms: u64,
    /// Bytes kept of each stream.
    pub stream_bytes: u64,
}

/// What came of a cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellResult {
    /// How it ended and what it printed: 0 if it ran to its end, 1 if it raised, or the limit that it hit.
    pub run: ExecResult,
    /// The session was started for this cell: nothing of an earlier one is left.
    pub is_new: bool,
    /// The session goes on, with all that its cells have defined.
    pub is_alive: bool,
}

/// What the programs of a box have used so far, as far as it is counted here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoxUsage {
    /// Processor time of what has ended, milliseconds.
    pub cpu_ms: Option<u64>,
    /// The most memory that the whole box held at once, bytes; only a control group counts it.
    pub memory_peak_bytes: Option<u64>,
}

/// One open box. Dropping it kills everything in it and gives everything back.
pub trait Workbox: Send {
    /// Runs a program to its end, a limit or a kill of its whole tree. Files stay; background processes die.
    ///
    /// # Errors
    /// The host failed, not the program.
    fn exec(&mut self, exec: Exec) -> BoxFuture<'_, Result<ExecResult, SandboxError>>;

    /// Runs a cell in the box's live Python session; the first cell starts the session, and one that ended is replaced.
    /// Names, imports and open files stay from cell to cell, and so do processes that a cell started.
    ///
    /// # Errors
    /// The host failed, not the cell; [`SandboxError::Refused`] if the backend keeps no sessions.
    fn cell(&mut self, _cell: Cell) -> BoxFuture<'_, Result<CellResult, SandboxError>> {
        Box::pin(async { Err(SandboxError::Refused("this sandbox keeps no Python session".to_owned())) })
    }

    /// What its programs have used so far.
    fn usage(&self) -> BoxUsage {
        BoxUsage::default()
    }

    /// Reads a regular file beneath the work directory, or `None` if there is none; links are never followed.
    ///
    /// # Errors
    /// [`SandboxError::Refused`] if the path leads elsewhere or holds more than `bytes_max` bytes.
    fn read(&mut self, path: &str, bytes_max: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, SandboxError>>;

    /// Writes a file beneath the work directory, making its folders.
    ///
    /// # Errors
    /// [`SandboxError::Refused`] if the path leads elsewhere or the disk limit is reached.
    fn write(&mut self, file: BoxFile) -> BoxFuture<'_, Result<(), SandboxError>>;

    /// The entries of a folder beneath the work directory, sorted; a folder's name ends in `/`.
    ///
    /// # Errors
    /// [`SandboxError::Refused`] if there is no such folder or the path leads elsewhere.
    fn list(&mut self, path: &str) -> BoxFuture<'_, Result<Vec<String>, SandboxError>>;
}

/// What went wrong with a box.
#[derive(Debug, Error, Serialize, Deserialize)]
pub enum SandboxError {
    /// The agent asked for what a box does not give: an observation.
    #[error("{0}")]
    Refused(String),
    /// The host cannot isolate, or failed: a fault. `hint` says which setting to change.
    #[error("{what}")]
    Host {
        /// What failed.
        what: String,
        /// Which setting to change, or empty.
        hint: String,
    },
}

impl SandboxError {
    /// A host failure without a known remedy.
    pub fn host(what: impl Into<String>) -> Self {
        Self::Host { what: what.into(), hint: String::new() }
    }
}
