//! Jobs: runs of code in a fresh box for a probe or a grade, and the sans-IO way to ask for them.
//!
//! Pure code cannot run a box. It returns [`Next::Run`] with the jobs it wants and is advanced again with their
//! results; only the runner in `rollout` executes them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::task::BoxFile;

/// Whose eyes a job's files may meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exposure {
    /// Only what the agent could see anyway.
    Agent,
    /// Hidden programs or a further draw as well; nothing it prints ever reaches the agent. Never a label.
    Grading,
}

/// Limits of one job, each enforced by the box.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobLimits {
    /// Wall clock, milliseconds.
    pub wall_ms: u64,
    /// Memory of the whole tree, bytes.
    pub memory_bytes: u64,
    /// Processes and threads.
    pub processes: u32,
    /// Bytes in the work directory.
    pub disk_bytes: u64,
    /// Bytes kept of each of stdout and stderr.
    pub stream_bytes: u64,
}

impl JobLimits {
    /// What grading jobs get unless an environment says otherwise: 60 s, 2 GiB, 64 processes, 256 MiB, 64 KiB.
    pub fn standard() -> Self {
        Self {
            wall_ms: 60_000,
            memory_bytes: 2 << 30,
            processes: 64,
            disk_bytes: 256 << 20,
            stream_bytes: 64 << 10,
        }
    }
}

/// A file that a job is to leave behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Path relative to the work directory.
    pub path: String,
    /// More bytes than this are refused, not cut.
    pub bytes_max: u64,
}

/// One run of code in a fresh box.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// A name for people and logs, such as `clean/draw-2`.
    pub name: String,
    /// All files that the box starts with, the driver included.
    pub files: Vec<BoxFile>,
    /// The program and its arguments; `python3` is the runtime's own.
    pub argv: Vec<String>,
    /// The limits.
    pub limits: JobLimits,
    /// The files to bring back.
    pub outputs: Vec<Wanted>,
    /// Whose eyes the files may meet.
    pub exposure: Exposure,
}

/// Which limit ended a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitHit {
    /// Wall clock.
    Time,
    /// Memory of the tree.
    Memory,
    /// Processes and threads.
    Processes,
    /// Bytes or files in the work directory.
    Disk,
    /// Bytes printed.
    Output,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobEnd {
    /// It exited with this code.
    Exited(i32),
    /// A signal ended it.
    Signaled(i32),
    /// The box ended it at a limit.
    Limit(LimitHit),
}

/// A wanted file, as found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// A regular file within its cap.
    Bytes(#[serde(with = "crate::bytes")] Vec<u8>),
    /// No such file.
    Missing,
    /// Something else lay there (a link, a folder, a device, more bytes than the cap); the reason.
    Refused(String),
}

/// What came of a job. Times vary between runs: no verdict may depend on them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobResult {
    /// How it ended.
    pub end: JobEnd,
    /// Every wanted file.
    pub outputs: BTreeMap<String, Output>,
    /// The last bytes of stderr, for the operator only.
    pub stderr_tail: String,
}

impl JobResult {
    /// The bytes of a wanted file if the run ended well and left it.
    pub fn bytes(&self, path: &str) -> Option<&[u8]> {
        match (self.end, self.outputs.get(path)) {
            (JobEnd::Exited(0), Some(Output::Bytes(bytes))) => Some(bytes),
            _ => None,
        }
    }
}

/// What pure code wants next.
pub enum Next<T> {
    /// These jobs' results, in this order.
    Run(Vec<Job>),
    /// Nothing: this is the answer.
    Done(T),
}

/// Pure work that may need jobs. The first call gets no results.
pub trait Work<T>: Send {
    /// Goes on with the results of the jobs last asked for, in the same order.
    fn advance(&mut self, results: Vec<JobResult>) -> Next<T>;
}

/// Work that needs no job: it is done at once.
impl<T, F> Work<T> for F
where
    F: FnMut(Vec<JobResult>) -> Next<T> + Send,
{
    fn advance(&mut self, results: Vec<JobResult>) -> Next<T> {
        self(results)
    }
}

/// Drives `work` to its end with a blocking runner.
///
/// # Errors
/// The runner's own error: a fault of the host, never of the agent's code.
pub fn drive<T, E>(
    mut work: Box<dyn Work<T>>,
    mut run: impl FnMut(Vec<Job>) -> Result<Vec<JobResult>, E>,
) -> Result<T, E> {
    let mut results = Vec::new();
    loop {
        match work.advance(results) {
            Next::Done(answer) => return Ok(answer),
            Next::Run(jobs) => results = run(jobs)?,
        }
    }
}
