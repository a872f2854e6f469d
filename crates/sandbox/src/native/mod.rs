//! The native Linux backend: no daemon, no root, no setuid helper.
//!
//! [`Native`] starts a jail ([`crate::jail`]) and hands out boxes of it. A box costs nothing until something runs in it:
//! its files wait in memory ([`shelf`]). With the first exec it becomes a real one ([`live`]) with its own namespaces,
//! and stays the same until it is dropped, so that files persist from one exec to the next.

mod capture;
mod cgroup;
mod child;
mod files;
mod hint;
mod live;
mod path;
mod plain;
mod pool;
mod probe;
mod run;
mod session;
mod shelf;
mod snapshot;
mod tree_copy;
mod waiting;
mod workbox;
mod zygote;

use std::sync::Arc;

use envy_core::{BoxFuture, BoxSpec, Sandbox, SandboxError, Sealed, Workbox};

use self::cgroup::Accounting;
use self::pool::{JailPlan, Pool};
pub use self::snapshot::Checkpoint;
use self::waiting::Waiting;
pub use self::workbox::NativeBox;
use self::zygote::Warmth;
use crate::{Feature, RuntimeTree};

/// How the native backend is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NativeConfig {
    /// Boxes kept ready ahead of demand, once there is any; 0 makes each on demand.
    pub pool: usize,
    /// Boxes with a Python child that waits for code, kept ahead of demand for each kind of limits that was asked for
    /// lately; 0 forks every child on demand.
    pub waiting: usize,
    /// Packages that a warm interpreter has imported already when `python3 SCRIPT` or `python3 -c TEXT` is run, as far as
    /// the runtime has them; `None` starts every interpreter cold.
    pub preload: Option<&'static [&'static str]>,
    /// Children of one warm interpreter before a fresh one takes its place: all of them share its layout of addresses.
    pub children_max: u32,
    /// Leave memory and processes to the watchdog even where cgroups could count them.
    pub without_cgroups: bool,
}

impl NativeConfig {
    /// Four boxes ready and four with a child that waits, a warm interpreter with [`PRELOAD`], cgroups where they can be had.
    pub fn standard() -> Self {
        Self { pool: 4, waiting: 4, preload: Some(PRELOAD), children_max: 2_000, without_cgroups: false }
    }
}

/// What agents' code imports most. Nothing here starts a thread at import, given the environment of a box.
pub const PRELOAD: &[&str] = &[
    "argparse",
    "collections",
    "csv",
    "dataclasses",
    "datetime",
    "functools",
    "itertools",
    "json",
    "math",
    "multiprocessing",
    "pathlib",
    "random",
    "re",
    "statistics",
    "subprocess",
    "tempfile",
    "typing",
    "warnings",
    "numpy",
    "numpy.random",
    "pandas",
    "scipy.stats",
    "sklearn.compose",
    "sklearn.ensemble",
    "sklearn.impute",
    "sklearn.linear_model",
    "sklearn.metrics",
    "sklearn.model_selection",
    "sklearn.neighbors",
    "sklearn.pipeline",
    "sklearn.preprocessing",
];

/// Boxes made of namespaces, Landlock and seccomp.
///
/// Its methods need a tokio runtime with I/O and time enabled. As root the boxes' ids are mapped to an unprivileged
/// range of the host, never to its user 0; as an ordinary user to that user's own id.
pub struct Native {
    name: String,
    inner: Arc<Inner>,
}

/// What the backend and its boxes share; the jail ends with the last of them.
pub(crate) struct Inner {
    pub(crate) pool: Pool,
    pub(crate) warmth: Warmth,
    pub(crate) waiting: Waiting,
}

impl Native {
    /// Starts the backend over `tree`.
    ///
    /// # Errors
    /// The host cannot isolate, or there is no runtime; the hint names the setting to change.
    pub fn new(tree: RuntimeTree, config: NativeConfig) -> Result<Self, SandboxError> {
        let root = tree.checked()?;
        let text = |path: std::path::PathBuf| path.into_os_string().into_string();
        let root = text(root).map_err(|_| SandboxError::host("the runtime's path is not text"))?;
        let accounting = if config.without_cgroups { Accounting::Watchdog } else { Accounting::claim() };
        let leftovers = accounting.folders().into_iter().filter_map(|folder| text(folder).ok()).collect();
        let name = if accounting.is_counted() {
            format!("native (strict, {})", accounting.label())
        } else {
            "native (memory degraded: watchdog)".to_owned()
        };
        let preload = config.preload.unwrap_or_default();
        let plan = JailPlan { tree: root, leftovers, accounting, preload, plain: None };
        Self::over(name, plan, config)
    }

    /// The one box of a container whose first process this is: separated by the container instead of by namespaces of its
    /// own, with every interpreter started cold. Its programs run as `user`.
    ///
    /// # Errors
    /// This process is not the first of a container.
    pub fn plain(user: u32) -> Result<Self, SandboxError> {
        let plan = JailPlan {
            tree: String::new(),
            leftovers: Vec::new(),
            accounting: Accounting::Watchdog,
            preload: &[],
            plain: Some(user),
        };
        let config = NativeConfig { pool: 0, waiting: 0, preload: None, ..NativeConfig::standard() };
        Self::over("one container".to_owned(), plan, config)
    }

    fn over(name: String, plan: JailPlan, config: NativeConfig) -> Result<Self, SandboxError> {
        let pool = Pool::start(plan, config.pool)?;
        let warmth = Warmth::new(config.preload.is_some(), config.children_max);
        let waiting = Waiting::new(config.waiting);
        Ok(Self { name, inner: Arc::new(Inner { pool, warmth, waiting }) })
    }

    /// Opens a box as [`Sandbox::open`] does, for what only boxes of this backend can do.
    ///
    /// # Errors
    /// [`SandboxError::Refused`] if the files do not fit.
    pub fn open_box(&self, spec: BoxSpec) -> Result<NativeBox, SandboxError> {
        NativeBox::new(Arc::clone(&self.inner), spec)
    }

    /// Starts the warm interpreter now and waits until its imports are done; false if there is none to be had. Without
    /// this the first to run Python starts it, and runs cold.
    pub async fn warm_up(&self) -> bool {
        self.inner.warmth.wait(&self.inner.pool).await
    }
}

impl Sandbox for Native {
    fn name(&self) -> &str {
        &self.name
    }

    fn open(&self, spec: BoxSpec) -> BoxFuture<'_, Result<Box<dyn Workbox>, SandboxError>> {
        Box::pin(async move {
            let opened: Box<dyn Workbox> = Box::new(self.open_box(spec)?);
            Ok(opened)
        })
    }

    fn open_sealed(
        &self,
        spec: BoxSpec,
        sealed: Sealed,
    ) -> BoxFuture<'_, Result<Box<dyn Workbox>, SandboxError>> {
        Box::pin(async move {
            let mut opened = self.open_box(spec)?;
            opened.seal(sealed).await?;
            let opened: Box<dyn Workbox> = Box::new(opened);
            Ok(opened)
        })
    }
}

/// What this host offers for isolation, for `envy doctor`.
pub fn features() -> Vec<Feature> {
    probe::features()
}
