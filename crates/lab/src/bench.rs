//! Bench: where agent code runs on this machine: a strict sandbox over the Python runtime, made if it is missing.

use std::sync::Arc;

use envy_core::{Job, JobResult, Sandbox, SandboxError};
use envy_rollout::{Runner, Slots};
use envy_sandbox::container::{self, Container, ContainerConfig};
#[cfg(target_os = "linux")]
use envy_sandbox::{Native, NativeConfig, RuntimeTree};

pub use envy_sandbox::container::PROFILE;

use crate::error::LabError;
use crate::home::Home;
use crate::runtime;

/// What boxes are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// Namespaces of this machine's Linux.
    Native,
    /// The same in a container of Docker or Podman.
    Container,
}

impl Backend {
    /// What this machine can do without a daemon, if it is a Linux.
    pub const STANDARD: Self = if cfg!(target_os = "linux") { Self::Native } else { Self::Container };

    /// All of them, with their names.
    pub const ALL: [(&str, Self); 2] = [("native", Self::Native), ("container", Self::Container)];
}

/// A sandbox with its runtime, ready to run programs.
#[derive(Clone)]
pub struct Bench {
    runner: Runner,
    runtime: String,
}

impl Bench {
    /// Opens the sandbox over the Python runtime, which is built if it is missing; `report` is told how far that is. It
    /// fails closed: without isolation nothing is run.
    ///
    /// # Errors
    /// The runtime cannot be built or is not as it was built, the host cannot isolate, no daemon answers; the hint says
    /// what to change.
    pub fn open(
        home: &Home,
        slow: bool,
        backend: Backend,
        report: &mut dyn FnMut(runtime::Progress),
    ) -> Result<Self, LabError> {
        match backend {
            Backend::Native => Self::native(home, slow, report),
            Backend::Container => Self::container(slow),
        }
    }

    #[cfg(target_os = "linux")]
    fn native(home: &Home, slow: bool, report: &mut dyn FnMut(runtime::Progress)) -> Result<Self, LabError> {
        let runtime = runtime::ensure(home.cache(), slow, report)?;
        let tree = RuntimeTree::new(&runtime.root);
        apart(&tree, home)?;
        let native = Native::new(tree, NativeConfig::standard())?;
        let runner = Runner::new(Arc::new(native), Slots::of_this_machine());
        Ok(Self { runner, runtime: runtime.lock_digest })
    }

    #[cfg(not(target_os = "linux"))]
    fn native(_: &Home, _: bool, _: &mut dyn FnMut(runtime::Progress)) -> Result<Self, LabError> {
        let what = "native boxes are made by Linux".to_owned();
        let hint = "leave out `--sandbox native`: boxes run in a container here".to_owned();
        Err(SandboxError::Host { what, hint }.into())
    }

    /// A bench in a container, whose image has a runtime of its own.
    fn container(slow: bool) -> Result<Self, LabError> {
        let handle = tokio::runtime::Handle::current();
        let mut command = vec![container::PROGRAM.to_owned(), "sandbox".to_owned(), "server".to_owned()];
        command.extend(slow.then(|| "--slow".to_owned()));
        let image = runtime::image(slow);
        let (plain_flag, one_each) = ("--plain".to_owned(), std::env::var_os(ONE_EACH_VARIABLE).is_some());
        let config = ContainerConfig { image, command, plain_flag, one_each };
        // On a thread of its own, since this one may be asynchronous and must not wait.
        let start = move || handle.block_on(Container::start(config));
        let started = std::thread::spawn(start).join();
        let container =
            started.unwrap_or_else(|_| Err(SandboxError::host("the container backend panicked")))?;
        if container.runtime() != runtime::digest(slow) {
            let what = "the image's Python runtime was made from another lock".to_owned();
            let hint = "make the image anew with `envy build --image`".to_owned();
            return Err(SandboxError::Host { what, hint }.into());
        }
        let runtime = container.runtime().to_owned();
        let runner = Runner::new(Arc::new(container), Slots::of_this_machine());
        Ok(Self { runner, runtime })
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

/// Set to anything, it gives each box of the container backend a container of its own, as where namespaces are refused.
pub const ONE_EACH_VARIABLE: &str = "ENVY_CONTAINER_EACH";

/// Serves boxes over this process's standard streams until its input ends: what `envy sandbox server` does in a container.
///
/// # Errors
/// The streams are no pipes, or they failed.
#[cfg(target_os = "linux")]
pub async fn serve_boxes(home: &Home, slow: bool, plain: Option<u32>) -> std::io::Result<()> {
    use std::os::fd::AsFd as _;
    use tokio::net::unix::pipe::{Receiver, Sender};

    let reader = Receiver::from_owned_fd(std::io::stdin().as_fd().try_clone_to_owned()?)?;
    let writer = Sender::from_owned_fd(std::io::stdout().as_fd().try_clone_to_owned()?)?;
    let missing = || SandboxError::Host {
        what: "the image has no Python runtime".to_owned(),
        hint: "make it anew with `envy build --image`".to_owned(),
    };
    let altered = |error: runtime::RuntimeError| SandboxError::Host {
        what: error.to_string(),
        hint: "make the image anew with `envy build --image`".to_owned(),
    };
    let found = runtime::find(home.cache(), slow).map_err(altered);
    let sandbox = found.and_then(|found| found.ok_or_else(missing)).and_then(|found| {
        let tree = RuntimeTree::new(&found.root);
        let native = match plain {
            Some(user) => Native::plain(user)?,
            None => Native::new(tree, NativeConfig::standard())?,
        };
        Ok((Arc::new(native) as Arc<dyn Sandbox>, found.lock_digest))
    });
    container::serve(sandbox, reader, writer).await
}

/// Refuses a data or cache folder that boxes could read: hidden halves lie in them.
#[cfg(target_os = "linux")]
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
