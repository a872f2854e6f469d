//! How many requests may be under way at one provider, and how fast they may start.

use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// Bounds on the traffic to one provider.
#[derive(Clone, Debug, Default)]
pub struct Rates {
    /// Requests a minute.
    pub requests_per_minute: Option<u32>,
    /// Tokens a minute, prompt and reply together; counted from what replies report.
    pub tokens_per_minute: Option<u64>,
}

/// More requests than this are never under way at once.
const CONCURRENCY_MAX: f64 = 4_096.0;

/// Adaptive concurrency: one more for each window of successes, half when the server says it is crowded.
#[derive(Debug)]
pub(crate) struct Gate {
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Debug)]
struct State {
    window: f64,
    under_way: usize,
    requests: Option<Bucket>,
    tokens: Option<Bucket>,
}

/// A token bucket that may go into debt: the cost of a request is known only after it.
#[derive(Debug)]
struct Bucket {
    per_second: f64,
    level: f64,
    filled: Instant,
}

impl Bucket {
    fn per_minute(amount: f64) -> Self {
        Self { per_second: amount / 60.0, level: (amount / 60.0).max(1.0), filled: Instant::now() }
    }

    /// How long until there is something in it.
    fn wait(&mut self) -> Duration {
        let now = Instant::now();
        let gained = now.duration_since(self.filled).as_secs_f64() * self.per_second;
        self.level = (self.level + gained).min(self.per_second.max(1.0));
        self.filled = now;
        Duration::from_secs_f64(((1.0 - self.level) / self.per_second).max(0.0))
    }
}

/// A place at the provider; dropping it gives the place back.
pub(crate) struct Place<'a>(&'a Gate);

impl Gate {
    pub(crate) fn new(rates: &Rates) -> Self {
        let state = State {
            window: CONCURRENCY_MAX,
            under_way: 0,
            requests: rates.requests_per_minute.map(|rate| Bucket::per_minute(f64::from(rate))),
            tokens: rates.tokens_per_minute.map(|rate| Bucket::per_minute(rate as f64)),
        };
        Self { state: Mutex::new(state), freed: Notify::new() }
    }

    /// Waits for a place.
    pub(crate) async fn enter(&self) -> Place<'_> {
        loop {
            let freed = self.freed.notified();
            match self.try_enter() {
                Ok(()) => return Place(self),
                Err(Some(wait)) => tokio::time::sleep(wait).await,
                Err(None) => freed.await,
            }
        }
    }

    /// Takes a place, or says how long to wait for the rate (`None`: until one is given back).
    fn try_enter(&self) -> Result<(), Option<Duration>> {
        let mut state = self.lock();
        if state.under_way as f64 >= state.window {
            return Err(None);
        }
        let state = &mut *state;
        let buckets = [&mut state.requests, &mut state.tokens];
        let wait = buckets.into_iter().flatten().map(Bucket::wait).max().unwrap_or_default();
        if !wait.is_zero() {
            return Err(Some(wait));
        }
        if let Some(requests) = &mut state.requests {
            requests.level -= 1.0;
        }
        state.under_way += 1;
        Ok(())
    }

    /// A reply came, of so many tokens.
    pub(crate) fn succeeded(&self, tokens: u64) {
        let mut state = self.lock();
        state.window = (state.window + 1.0 / state.window).min(CONCURRENCY_MAX);
        if let Some(bucket) = &mut state.tokens {
            bucket.level -= tokens as f64;
        }
    }

    /// The server said that it is crowded: half of what is under way now, at least one.
    pub(crate) fn crowded(&self) {
        let mut state = self.lock();
        state.window = (state.window.min(state.under_way as f64) / 2.0).max(1.0);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.lock().under_way -= 1;
        self.0.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_crowded_server_halves_what_is_under_way() {
        let gate = Gate::new(&Rates::default());
        let places = [gate.enter().await, gate.enter().await, gate.enter().await, gate.enter().await];
        gate.crowded();
        assert_eq!(gate.try_enter(), Err(None));
        drop(places);
        let _first = gate.enter().await;
        let _second = gate.enter().await;
        assert_eq!(gate.try_enter(), Err(None));
    }

    #[tokio::test(start_paused = true)]
    async fn rates_hold_requests_and_tokens_back() {
        let gate = Gate::new(&Rates { requests_per_minute: Some(60), tokens_per_minute: Some(6_000) });
        let start = Instant::now();
        for _ in 0..10 {
            drop(gate.enter().await);
        }
        assert!(start.elapsed() >= Duration::from_secs(9), "{:?}", start.elapsed());
        gate.succeeded(3_000);
        let start = Instant::now();
        drop(gate.enter().await);
        assert!(start.elapsed() >= Duration::from_secs(28), "{:?}", start.elapsed());
    }
}
