//! The clock of one episode. It stands still while the episode waits for the machine rather than the model.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// Wall clock since the start of an episode, less the time that was charged to nobody.
pub(crate) struct Clock {
    started: Instant,
    limit: Duration,
    stopped_us: AtomicU64,
}

impl Clock {
    pub(crate) fn start(limit_s: u64) -> Self {
        Self { started: Instant::now(), limit: Duration::from_secs(limit_s), stopped_us: AtomicU64::new(0) }
    }

    /// Awaits `future` with the clock standing still.
    pub(crate) async fn stopped_during<T>(&self, future: impl Future<Output = T>) -> T {
        let since = Instant::now();
        let value = future.await;
        self.stopped_us.fetch_add(since.elapsed().as_micros() as u64, Ordering::Relaxed);
        value
    }

    /// Time until the episode's limit.
    pub(crate) fn left(&self) -> Duration {
        let stopped = Duration::from_micros(self.stopped_us.load(Ordering::Relaxed));
        self.limit.saturating_sub(self.started.elapsed().saturating_sub(stopped))
    }

    /// The whole limit.
    pub(crate) fn limit(&self) -> Duration {
        self.limit
    }

    /// Wall clock since the start, milliseconds, waits included.
    pub(crate) fn elapsed_ms(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waiting_for_the_machine_is_charged_to_nobody() {
        let clock = Clock::start(10);
        tokio::time::sleep(Duration::from_secs(3)).await;
        clock.stopped_during(tokio::time::sleep(Duration::from_mins(1))).await;
        assert_eq!(clock.left(), Duration::from_secs(7));
        assert_eq!(clock.elapsed_ms(), 63_000);
        tokio::time::sleep(Duration::from_secs(8)).await;
        assert_eq!(clock.left(), Duration::ZERO);
    }
}
