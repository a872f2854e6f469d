//! A sandbox that adds up the processor time of its boxes: those that an agent works in and those of jobs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use envy_core::{BoxFile, BoxFuture, BoxSpec, Exec, ExecResult, Sandbox, SandboxError, Workbox};
use envy_lab::Bench;

use crate::usage::cpu_seconds;

/// A file that only an agent's box begins with.
const AGENTS_OWN: &str = "README.md";

/// Processor time in milliseconds, so far.
#[derive(Default)]
pub(crate) struct Clocks {
    agent: AtomicU64,
    jobs: AtomicU64,
}

impl Clocks {
    /// Seconds of the jobs' boxes and of this process.
    pub(crate) fn grading(&self) -> f64 {
        seconds(&self.jobs) + cpu_seconds()
    }

    /// Seconds of agents' boxes.
    pub(crate) fn agent(&self) -> f64 {
        seconds(&self.agent)
    }
}

fn seconds(clock: &AtomicU64) -> f64 {
    clock.load(Ordering::SeqCst) as f64 / 1e3
}

/// The bench's own sandbox, counted.
pub(crate) struct Counted {
    pub(crate) bench: Bench,
    pub(crate) clocks: Arc<Clocks>,
}

impl Sandbox for Counted {
    fn name(&self) -> &str {
        self.bench.runner().sandbox().name()
    }

    fn open(&self, spec: BoxSpec) -> BoxFuture<'_, Result<Box<dyn Workbox>, SandboxError>> {
        let is_agent = spec.files.iter().any(|file| file.path == AGENTS_OWN);
        let clocks = Arc::clone(&self.clocks);
        Box::pin(async move {
            let inner = self.bench.runner().sandbox().open(spec).await?;
            Ok(Box::new(CountedBox { inner, clocks, is_agent }) as Box<dyn Workbox>)
        })
    }
}

struct CountedBox {
    inner: Box<dyn Workbox>,
    clocks: Arc<Clocks>,
    is_agent: bool,
}

impl Drop for CountedBox {
    fn drop(&mut self) {
        let clock = if self.is_agent { &self.clocks.agent } else { &self.clocks.jobs };
        clock.fetch_add(self.inner.usage().cpu_ms.unwrap_or(0), Ordering::SeqCst);
    }
}

impl Workbox for CountedBox {
    fn exec(&mut self, exec: Exec) -> BoxFuture<'_, Result<ExecResult, SandboxError>> {
        self.inner.exec(exec)
    }

    fn read(&mut self, path: &str, bytes_max: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, SandboxError>> {
        self.inner.read(path, bytes_max)
    }

    fn write(&mut self, file: BoxFile) -> BoxFuture<'_, Result<(), SandboxError>> {
        self.inner.write(file)
    }

    fn list(&mut self, path: &str) -> BoxFuture<'_, Result<Vec<String>, SandboxError>> {
        self.inner.list(path)
    }
}
