//! Bench: where agent code runs on this machine: a strict sandbox over the Python runtime, made if it is missing.

use std::sync::Arc;

use envy_core::{Job, JobResult, Sandbox, SandboxError};
use envy_rollout::{Runner, Slots};
use envy_sandbox::{Native, NativeConfig, RuntimeTree};

use crate::error::LabError;
use crate::home::Home;
use crate::runtime;

/// A sandbox with its runtime, ready to run programs.
#[derive(Clone)]
pub struct Bench {
    runner: Runner,
    runtime: String,
}

impl Bench {
    /// Opens the native sandbox over the Python runtime, which is built if it is missing; `report` is told how far
    /// that is. It fails closed: without isolation nothing is run.
    ///
    /// # Errors
    /// The runtime cannot be built, or the host cannot isolate; the hint says what to change.
    pub fn open(
        home: &Home,
        slow: bool,
        report: &mut dyn FnMut(runtime::Progress),
    ) -> Result<Self, LabError> {
        let runtime = runtime::ensure(home.cache(), slow, report)?;
        let tree = RuntimeTree::new(&runtime.root);
        apart(&tree, home)?;
        let native = Native::new(tree, NativeConfig::standard())?;
        let runner = Runner::new(Arc::new(native), Slots::of_this_machine());
        Ok(Self { runner, runtime: runtime.lock_digest })
    }

    /// A bench over another sandbox, without a Python runtime: for tests and measurements.
    pub fn of(sandbox: Arc<dyn Sandbox>) -> Self {
        Self { runner: Runner::new(sandbox, Slots::new(2)), runtime: "none".to_owned() }
    }

    /// Runs jobs and opens agents' boxes.
    pub fn runner(&self) -> &Runner {
        &self.runner
    }

    /// The digest of the runtime's lock.
    pub fn runtime(&self) -> &str {
        &self.runtime
    }

    /// Runs jobs from a thread that may wait.
    ///
    /// # Errors
    /// The host failed.
    ///
    /// # Panics
    /// Called on an asynchronous thread.
    pub fn run_jobs(
        &self,
        handle: &tokio::runtime::Handle,
        jobs: Vec<Job>,
    ) -> Result<Vec<JobResult>, LabError> {
        handle.block_on(self.runner.run_jobs(jobs)).map_err(LabError::from)
    }
}

/// Refuses a data or cache folder that boxes could read: hidden halves lie in them.
fn apart(tree: &RuntimeTree, home: &Home) -> Result<(), LabError> {
    let shown = [home.data(), home.cache()].into_iter().find(|folder| tree.shows(folder));
    let Some(folder) = shown else { return Ok(()) };
    let what = format!("{} lies in the runtime that every box can read", folder.display());
    Err(SandboxError::Host {
        what,
        hint: "set ENVY_HOME and ENVY_CACHE_DIR to folders of their own".to_owned(),
    }
    .into())
}
