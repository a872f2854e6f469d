//! Runner: the only place that executes jobs and drives sans-IO work.
//!
//! Every job gets a fresh box that is dropped afterwards, never reused. Pure steps run on blocking threads, so
//! that the asynchronous side stays responsive whatever a grader computes.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use envy_core::{
    BoxSpec, Exec, Fault, FaultKind, Job, JobEnd, JobResult, LimitHit, Next, Output, Sandbox, SandboxError,
    Work, Workbox,
};
use tokio::task::{JoinError, JoinSet};

use crate::slots::Slots;

/// Bytes of a job's stderr that are kept for the operator.
const STDERR_TAIL_BYTES: usize = 4 << 10;

/// A sandbox and the share of the machine that its programs may use. Cheap to clone.
#[derive(Clone)]
pub struct Runner {
    sandbox: Arc<dyn Sandbox>,
    slots: Slots,
}

impl Runner {
    /// Runs jobs in boxes of `sandbox`, as many at once as `slots` has.
    pub fn new(sandbox: Arc<dyn Sandbox>, slots: Slots) -> Self {
        Self { sandbox, slots }
    }

    /// The sandbox.
    pub fn sandbox(&self) -> &dyn Sandbox {
        self.sandbox.as_ref()
    }

    /// The slots.
    pub fn slots(&self) -> &Slots {
        &self.slots
    }

    /// Runs each job in a fresh box, several at once; the results are in the order of the jobs.
    ///
    /// # Errors
    /// `Fault::Sandbox`: the host failed. Whatever the job's own code does is a result.
    pub async fn run_jobs(&self, jobs: Vec<Job>) -> Result<Vec<JobResult>, Fault> {
        let mut running = JoinSet::new();
        for (index, job) in jobs.into_iter().enumerate() {
            let runner = self.clone();
            running.spawn(async move { (index, runner.run_job(job).await) });
        }
        let mut results = BTreeMap::new();
        // An early return drops the set, which ends the other jobs and their boxes.
        while let Some(ended) = running.join_next().await {
            let (index, result) =
                ended.map_err(|error| panicked(FaultKind::Sandbox, "the sandbox", error))?;
            results.insert(index, result?);
        }
        Ok(results.into_values().collect())
    }

    /// Drives `work` to its end. `blame` is whose fault a panic in it is, usually `Fault::Grader`.
    ///
    /// # Errors
    /// The host failed, or the work panicked.
    pub async fn drive<T: Send + 'static>(
        &self,
        blame: FaultKind,
        work: Box<dyn Work<T>>,
    ) -> Result<T, Fault> {
        self.drive_with(blame, work, |_| {}).await
    }

    /// [`Runner::drive`], showing each batch of results to `seen` before the work gets it.
    ///
    /// # Errors
    /// The host failed, or the work panicked.
    pub async fn drive_with<T: Send + 'static>(
        &self,
        blame: FaultKind,
        mut work: Box<dyn Work<T>>,
        mut seen: impl FnMut(&[JobResult]) + Send,
    ) -> Result<T, Fault> {
        let mut results = Vec::new();
        loop {
            let step = self.compute(blame, move || {
                let next = work.advance(results);
                (work, next)
            });
            let (same, next) = step.await?;
            work = same;
            match next {
                Next::Done(answer) => return Ok(answer),
                Next::Run(jobs) => results = self.run_jobs(jobs).await?,
            }
            seen(&results);
        }
    }

    /// Computes off the asynchronous threads, at most as many at once as there are slots.
    ///
    /// # Errors
    /// `compute` panicked: a fault of kind `blame`, never a value.
    pub async fn compute<T: Send + 'static>(
        &self,
        blame: FaultKind,
        compute: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let slot = self.slots.compute().await;
        let task = tokio::task::spawn_blocking(move || {
            // Held by the thread, not by the caller: a caller that is dropped does not stop the thread.
            let _slot = slot;
            compute()
        });
        task.await.map_err(|error| panicked(blame, "the computation", error))
    }

    async fn run_job(&self, job: Job) -> Result<JobResult, Fault> {
        let _slot = self.slots.program().await;
        let name = job.name.clone();
        run_in_fresh_box(self.sandbox(), job).await.map_err(|error| {
            let fault = sandbox_fault(&error);
            Fault::new(fault.kind, format!("job {name}: {}", fault.detail))
        })
    }
}

/// Runs one job. What does not fit into the box is the job's own doing: were it a fault, an agent could buy a void.
async fn run_in_fresh_box(sandbox: &dyn Sandbox, job: Job) -> Result<JobResult, SandboxError> {
    let Job { files, argv, limits, outputs: wanted, .. } = job;
    let exec = Exec { argv, cwd: String::new(), wall_ms: limits.wall_ms, stream_bytes: limits.stream_bytes };
    let mut workbox = match sandbox.open(BoxSpec { files, limits }).await {
        Ok(workbox) => workbox,
        Err(SandboxError::Refused(reason)) => {
            let outputs = wanted.iter().map(|one| (one.path.clone(), Output::Missing)).collect();
            return Ok(JobResult { end: JobEnd::Limit(LimitHit::Disk), outputs, stderr_tail: reason });
        }
        Err(host) => return Err(host),
    };
    let ran = match workbox.exec(exec).await {
        Ok(ran) => ran,
        // The command is the environment's and the files have their places: nothing of the agent's can have done this.
        Err(SandboxError::Refused(reason)) => {
            return Err(SandboxError::host(format!("the program could not be started: {reason}")));
        }
        Err(host) => return Err(host),
    };
    let mut outputs = BTreeMap::new();
    for one in wanted {
        let found = output(workbox.as_mut(), &one.path, one.bytes_max).await?;
        outputs.insert(one.path, found);
    }
    let tail = &ran.stderr[ran.stderr.len().saturating_sub(STDERR_TAIL_BYTES)..];
    Ok(JobResult { end: ran.end, outputs, stderr_tail: String::from_utf8_lossy(tail).into_owned() })
}

async fn output(workbox: &mut dyn Workbox, path: &str, bytes_max: u64) -> Result<Output, SandboxError> {
    match workbox.read(path, bytes_max).await {
        Ok(Some(bytes)) => Ok(Output::Bytes(bytes)),
        Ok(None) => Ok(Output::Missing),
        Err(SandboxError::Refused(reason)) => Ok(Output::Refused(reason)),
        Err(host) => Err(host),
    }
}

/// The fault behind a sandbox error, with its remedy.
pub(crate) fn sandbox_fault(error: &SandboxError) -> Fault {
    let detail = match error {
        SandboxError::Host { what, hint } if !hint.is_empty() => format!("{what} (hint: {hint})"),
        other => other.to_string(),
    };
    Fault::new(FaultKind::Sandbox, detail)
}

fn panicked(blame: FaultKind, who: &str, error: JoinError) -> Fault {
    let detail = match error.try_into_panic() {
        Ok(payload) => format!("{who} panicked: {}", panic_message(payload.as_ref())),
        Err(_) => format!("{who} was stopped with the runtime"),
    };
    Fault::new(blame, detail)
}

/// What a panic said.
pub(crate) fn panic_message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
