//! Session: what a command works with, opened as it is needed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use envy_core::{Job, JobResult};
use envy_lab::{Backend, Bench, Cancel, Home, LabError, Registry, dataset};
use tokio::runtime::Runtime;

use crate::fail::Failure;
use crate::output::{counted, note};
use crate::progress::{BuildProgress, Progress};

/// The names of what boxes are made of.
pub(crate) const BACKENDS: [&str; 2] = [Backend::ALL[0].0, Backend::ALL[1].0];

/// What the boxes of this process are made of, once somebody has chosen.
static BACKEND: OnceLock<Backend> = OnceLock::new();

/// From now on boxes are made of what has this name. The first choice holds: a task's wish comes after the user's.
pub(crate) fn choose_backend(name: &str) {
    let named = Backend::ALL.into_iter().find(|(known, _)| name == *known);
    if let Some((_, backend)) = named {
        let _ = BACKEND.set(backend);
    }
}

/// What a command works with.
pub(crate) struct Session {
    pub(crate) home: Home,
    pub(crate) registry: Registry,
    /// Thrown by Ctrl-C.
    pub(crate) cancel: Cancel,
    runtime: Runtime,
    bench: OnceLock<Bench>,
    slow: AtomicBool,
}

impl Session {
    /// A session of this process.
    ///
    /// # Errors
    /// There is no place to keep data in, or no thread to be had.
    pub(crate) fn start() -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        Ok(Self {
            home: Home::discover()?,
            registry: Registry::standard(),
            cancel: Cancel::new(),
            runtime: runtime.map_err(|error| Failure::io("start threads", &error))?,
            bench: OnceLock::new(),
            slow: AtomicBool::new(false),
        })
    }

    /// The datasets of this machine.
    pub(crate) fn library(&self) -> dataset::Library {
        dataset::Library::at(self.home.datasets())
    }

    /// Runs `work` to its end on the session's threads.
    pub(crate) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// From now on boxes hold the packages of slow training work too, if `wanted`; said before the first is opened.
    pub(crate) fn want_slow(&self, wanted: bool) {
        self.slow.store(wanted, Ordering::Relaxed);
    }

    /// The sandbox over its runtime, which is built first if it is missing.
    ///
    /// # Errors
    /// The runtime cannot be built, or the host cannot isolate.
    pub(crate) fn bench(&self) -> Result<&Bench, LabError> {
        if let Some(bench) = self.bench.get() {
            return Ok(bench);
        }
        let mut progress = BuildProgress::default();
        let _inside = self.runtime.enter();
        let slow = self.slow.load(Ordering::Relaxed);
        let backend = BACKEND.get().copied().unwrap_or(Backend::STANDARD);
        let bench = Bench::open(&self.home, slow, backend, &mut |step| progress.show(&step))?;
        Ok(self.bench.get_or_init(|| bench))
    }

    /// From now on Ctrl-C stops the work in good order; a second one ends the process at once.
    pub(crate) fn stop_on_interrupt(&self) {
        let cancel = self.cancel.clone();
        self.runtime.spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                if cancel.is_cancelled() {
                    std::process::exit(crate::fail::Code::Failed as i32);
                }
                note("stopping: what is finished is kept (Ctrl-C again ends at once)");
                cancel.cancel();
            }
        });
    }

    /// Generates an order with a bar, and says what the gate rejected.
    ///
    /// # Errors
    /// As [`dataset::generate`].
    pub(crate) fn generate(&self, order: &dataset::Order) -> Result<dataset::Made, LabError> {
        let progress = Progress::start("generating", order.count);
        let watched = Watched { session: self, progress };
        let made = dataset::generate(order, &self.library(), &watched)?;
        drop(watched);
        for text in &made.notes {
            note(text);
        }
        let reused = if made.reused { " (generated before)" } else { "" };
        note(format!("{}{reused}: {}", counted(made.tasks.len(), "task"), rejected(&made)));
        Ok(made)
    }
}

/// How many candidates the gate rejected, and why.
fn rejected(made: &dataset::Made) -> String {
    let total: usize = made.rejected.values().sum();
    let why: Vec<String> =
        made.rejected.iter().map(|(condition, count)| format!("{condition} {count}")).collect();
    if total == 0 {
        return "the gate rejected no candidate".to_owned();
    }
    format!("the gate rejected {} ({})", counted(total, "candidate"), why.join(", "))
}

struct Watched<'a> {
    session: &'a Session,
    progress: Progress,
}

impl dataset::Progress for Watched<'_> {
    fn task_done(&self) {
        self.progress.advance(|| "generated".to_owned());
    }

    fn stopped(&self) -> bool {
        self.session.cancel.is_cancelled()
    }

    fn run_jobs(&self, jobs: Vec<Job>) -> Result<Vec<JobResult>, LabError> {
        self.session.bench()?.run_jobs(self.session.runtime.handle(), jobs)
    }
}

/// A shared handle of the store of this session.
///
/// # Errors
/// The store cannot be opened.
pub(crate) fn open_store(home: &Home) -> Result<Arc<envy_lab::store::Store>, LabError> {
    envy_lab::store::Store::open(&home.store()).map(Arc::new)
}
