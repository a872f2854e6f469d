//! Slots: how much of the machine the episodes of one process use at once.
//!
//! A time limit on agent code means something only if the code gets a core. Programs in boxes and pure
//! computation therefore wait for a slot, and the wait is charged to nobody.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Permits to compute and to run programs, shared by every episode and job of a process.
#[derive(Clone)]
pub struct Slots {
    compute: Arc<Semaphore>,
    programs: Arc<Semaphore>,
}

impl Slots {
    /// Slots for `cores` computations and `cores` programs at once (at least one of each).
    pub fn new(cores: usize) -> Self {
        let permits = || Arc::new(Semaphore::new(cores.clamp(1, Semaphore::MAX_PERMITS)));
        Self { compute: permits(), programs: permits() }
    }

    /// As many slots as this process may use cores.
    pub fn of_this_machine() -> Self {
        Self::new(std::thread::available_parallelism().map_or(1, usize::from))
    }

    /// A slot for pure computation.
    pub(crate) async fn compute(&self) -> OwnedSemaphorePermit {
        acquire(&self.compute).await
    }

    /// A slot for a program in a box.
    pub(crate) async fn program(&self) -> OwnedSemaphorePermit {
        acquire(&self.programs).await
    }
}

async fn acquire(semaphore: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    Arc::clone(semaphore).acquire_owned().await.expect("slots are never closed")
}
