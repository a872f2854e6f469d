//! The agent's box, opened at the first tool that touches it: an episode that only submits costs no box.

use std::sync::Arc;

use envy_core::{
    BoxFile, BoxFuture, BoxSpec, BoxUsage, Brief, Cell, CellResult, Exec, ExecResult, JobLimits,
    SandboxError, Workbox,
};

use crate::clock::Clock;
use crate::runner::Runner;

/// Stands for the box of one episode until it is needed, and keeps its programs within slots and time.
pub(crate) struct LazyBox {
    runner: Runner,
    brief: Arc<Brief>,
    limits: JobLimits,
    clock: Arc<Clock>,
    inner: Option<Box<dyn Workbox>>,
}

impl LazyBox {
    pub(crate) fn new(runner: Runner, brief: Arc<Brief>, limits: JobLimits, clock: Arc<Clock>) -> Self {
        Self { runner, brief, limits, clock, inner: None }
    }

    /// The files that the box would start with, as long as nothing touched it.
    pub(crate) fn untouched(&self) -> Option<Arc<Brief>> {
        self.inner.is_none().then(|| Arc::clone(&self.brief))
    }

    /// Ends everything in the box and gives it back.
    pub(crate) fn close(&mut self) {
        self.inner = None;
    }

    async fn opened(&mut self) -> Result<&mut dyn Workbox, SandboxError> {
        if self.inner.is_none() {
            let (files, sealed) = self.brief.in_box();
            let (spec, sandbox) = (BoxSpec { files, limits: self.limits.clone() }, self.runner.sandbox());
            let opened = match sealed {
                Some(sealed) => sandbox.open_sealed(spec, sealed).await,
                None => sandbox.open(spec).await,
            };
            let opened = opened.map_err(|error| match error {
                // The agent has not acted yet, so this refusal cannot be its doing.
                SandboxError::Refused(reason) => {
                    SandboxError::host(format!("the task's files do not fit into a box: {reason}"))
                }
                host @ SandboxError::Host { .. } => host,
            })?;
            self.inner = Some(opened);
        }
        Ok(self.inner.as_deref_mut().expect("opened above"))
    }
}

impl Workbox for LazyBox {
    fn exec(&mut self, mut exec: Exec) -> BoxFuture<'_, Result<ExecResult, SandboxError>> {
        Box::pin(async move {
            let clock = Arc::clone(&self.clock);
            let slots = self.runner.slots().clone();
            let _slot = clock.stopped_during(slots.program()).await;
            let left_ms = clock.left().as_millis() as u64;
            exec.wall_ms = exec.wall_ms.min(left_ms.max(1));
            self.opened().await?.exec(exec).await
        })
    }

    fn cell(&mut self, mut cell: Cell) -> BoxFuture<'_, Result<CellResult, SandboxError>> {
        Box::pin(async move {
            let clock = Arc::clone(&self.clock);
            let slots = self.runner.slots().clone();
            let _slot = clock.stopped_during(slots.program()).await;
            let left_ms = clock.left().as_millis() as u64;
            cell.wall_ms = cell.wall_ms.min(left_ms.max(1));
            self.opened().await?.cell(cell).await
        })
    }

    fn usage(&self) -> BoxUsage {
        self.inner.as_deref().map(Workbox::usage).unwrap_or_default()
    }

    fn read(&mut self, path: &str, bytes_max: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, SandboxError>> {
        let path = path.to_owned();
        Box::pin(async move { self.opened().await?.read(&path, bytes_max).await })
    }

    fn write(&mut self, file: BoxFile) -> BoxFuture<'_, Result<(), SandboxError>> {
        Box::pin(async move { self.opened().await?.write(file).await })
    }

    fn list(&mut self, path: &str) -> BoxFuture<'_, Result<Vec<String>, SandboxError>> {
        let path = path.to_owned();
        Box::pin(async move { self.opened().await?.list(&path).await })
    }
}
