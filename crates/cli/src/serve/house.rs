//! House: what every session of a server shares: the venue, the seats, the limits, the figures.

use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use envy_lab::Venue;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::metrics::Metrics;

/// What every session of a server shares.
pub(crate) struct House {
    pub(crate) venue: Arc<Venue>,
    pub(crate) metrics: Metrics,
    /// The name of the one split that the tasks are served as.
    pub(crate) split: Split,
    /// A session without a request for so long is closed.
    pub(crate) idle: Duration,
    seats: Arc<Semaphore>,
    seats_max: usize,
    next_task: AtomicUsize,
    stop: watch::Sender<bool>,
}

/// What the tasks of a server are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Split {
    /// To learn from.
    Train,
    /// To choose between models.
    Validation,
    /// To report on.
    Test,
}

impl Split {
    /// The split's name on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

impl House {
    /// A house with `seats_max` seats.
    pub(crate) fn new(venue: Venue, split: Split, seats_max: usize, idle: Duration) -> Self {
        Self {
            venue: Arc::new(venue),
            metrics: Metrics::default(),
            split,
            idle,
            seats: Arc::new(Semaphore::new(seats_max)),
            seats_max,
            next_task: AtomicUsize::new(0),
            stop: watch::Sender::new(false),
        }
    }

    /// The environment's name.
    pub(crate) fn name(&self) -> &'static str {
        self.venue.environment().info().name
    }

    /// A place for one more session, or nothing if all are taken.
    pub(crate) fn take_seat(&self) -> Option<OwnedSemaphorePermit> {
        let seat = Arc::clone(&self.seats).try_acquire_owned().ok();
        match seat {
            Some(_) => self.metrics.sessions.add(),
            None => self.metrics.refused.add(),
        }
        seat
    }

    /// The most sessions at once.
    pub(crate) fn seats_max(&self) -> usize {
        self.seats_max
    }

    /// Sessions that are open.
    pub(crate) fn seats_taken(&self) -> usize {
        self.seats_max - self.seats.available_permits()
    }

    /// The task of who names none: one after the other.
    pub(crate) fn next_task(&self) -> usize {
        self.next_task.fetch_add(1, Ordering::Relaxed) % self.venue.tasks().len()
    }

    /// Tells every session to end.
    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// True once the server stops.
    pub(crate) fn is_stopping(&self) -> bool {
        *self.stop.borrow()
    }

    /// Comes back when the server stops.
    pub(crate) async fn stopped(&self) {
        // The sender lives as long as the house, so this ends only with a stop.
        let _ = self.stop.subscribe().wait_for(|stopped| *stopped).await;
    }

    /// Comes back when every seat has been given back, its episode sealed.
    pub(crate) async fn emptied(&self) {
        let all = u32::try_from(self.seats_max).unwrap_or(u32::MAX);
        // The semaphore is never closed.
        let _ = self.seats.acquire_many(all).await;
    }
}

/// 32 hexadecimal digits that nobody can guess.
///
/// # Panics
/// The system has no source of randomness.
pub(crate) fn secret() -> String {
    let mut bytes = [0_u8; 16];
    let mut source = std::fs::File::open("/dev/urandom").expect("Linux has /dev/urandom");
    source.read_exact(&mut bytes).expect("/dev/urandom gives bytes without end");
    envy_core::id::hex(&bytes)
}
