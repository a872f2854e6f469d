//! Schedule: plays many episodes at once, tries void ones again, and hands over each as soon as it is finished.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use envy_core::{Fault, FaultKind, Model, Verdict};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::cancel::Cancel;
use crate::episode::EpisodeStart;
use crate::guard::guarded;
use crate::outcome::Outcome;
use crate::play::play;

/// Tries of one episode in all, the first included, as long as it comes out void.
pub const TRIES_MAX: u32 = 3;

/// Pause before the second try; it doubles with each.
pub const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// Episodes set up at once: a launch reads files, and a thread for each of thousands would cost more than it brings.
const LAUNCHES_MAX: usize = 8;

/// How many episodes are played at once, and how often.
#[derive(Clone)]
pub struct Schedule {
    /// Episodes in flight, at least 1; 1 plays them one after the other.
    pub concurrency: usize,
    /// Tries of one episode, [`TRIES_MAX`] unless a test says otherwise.
    pub tries_max: u32,
    /// Pause before the second try, [`RETRY_PAUSE`] unless a test says otherwise.
    pub retry_pause: Duration,
    /// Ends the schedule: what is in flight is dropped, what is finished is handed over.
    pub cancel: Cancel,
}

/// What one try needs.
pub struct Launch {
    /// The episode.
    pub start: EpisodeStart,
    /// Who plays it.
    pub model: Arc<dyn Model>,
}

/// One episode that is over: graded, or void after its last try.
#[derive(Debug)]
pub struct Finished<K> {
    /// What the caller called it.
    pub key: K,
    /// The outcome of the last try.
    pub outcome: Outcome,
    /// The faults of the tries before; their number is the record's `attempt`.
    pub earlier: Vec<Fault>,
}

/// What became of a schedule's episodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Handed over with a score.
    pub graded: usize,
    /// Handed over without one.
    pub void: usize,
    /// Tries that came out void and were made again.
    pub retried: usize,
    /// In flight when the schedule was cancelled: dropped.
    pub dropped: usize,
    /// Not begun when the schedule was cancelled.
    pub left: usize,
}

impl Schedule {
    /// A schedule of `concurrency` episodes at once with the standard tries.
    pub fn new(concurrency: usize, cancel: Cancel) -> Self {
        Self { concurrency, tries_max: TRIES_MAX, retry_pause: RETRY_PAUSE, cancel }
    }

    /// Plays an episode for each of `keys` (finitely many), begun in their order, and calls `finished` in order of completion.
    /// `launch` is called for each try, off the asynchronous threads, so it may read files.
    pub async fn run<K, L>(
        &self,
        keys: impl IntoIterator<Item = K>,
        launch: L,
        mut finished: impl FnMut(Finished<K>),
    ) -> Tally
    where
        K: Clone + Send + Sync + 'static,
        L: Fn(&K) -> Result<Launch, Fault> + Send + Sync + 'static,
    {
        let launch = Arc::new(Launcher { launch, gate: Semaphore::new(LAUNCHES_MAX) });
        let mut keys = keys.into_iter();
        let mut flying = JoinSet::new();
        let mut tally = Tally::default();
        let mut deliver = |done: Finished<K>, tally: &mut Tally| {
            tally.retried += done.earlier.len();
            match done.outcome.verdict {
                Verdict::Graded(_) => tally.graded += 1,
                Verdict::Void(_) => tally.void += 1,
            }
            finished(done);
        };
        while !self.cancel.is_cancelled() {
            while flying.len() < self.concurrency.max(1) {
                let Some(key) = keys.next() else { break };
                flying.spawn(self.clone().fly(key, Arc::clone(&launch)));
            }
            tokio::select! {
                biased;
                landed = landing(&mut flying) => match landed {
                    Some(done) => deliver(done, &mut tally),
                    None => return tally,
                },
                () = self.cancel.cancelled() => break,
            }
        }
        flying.abort_all();
        while let Some(landed) = flying.join_next().await {
            match landed {
                Ok(done) => deliver(done, &mut tally),
                Err(_) => tally.dropped += 1,
            }
        }
        tally.left = keys.count();
        tally
    }

    /// One episode, tried until it is graded or its tries are used up.
    async fn fly<K, L>(self, key: K, launcher: Arc<Launcher<L>>) -> Finished<K>
    where
        K: Clone + Send + Sync + 'static,
        L: Fn(&K) -> Result<Launch, Fault> + Send + Sync + 'static,
    {
        let mut earlier = Vec::new();
        let mut pause = self.retry_pause;
        loop {
            let outcome = attempt(key.clone(), Arc::clone(&launcher)).await;
            match &outcome.verdict {
                Verdict::Void(fault) if outcome.retry && earlier.len() + 1 < self.tries_max as usize => {
                    earlier.push(fault.clone());
                }
                _ => return Finished { key, outcome, earlier },
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }
}

/// The caller's way to set an episode up, a few at once.
struct Launcher<L> {
    launch: L,
    gate: Semaphore,
}

async fn attempt<K, L>(key: K, launcher: Arc<Launcher<L>>) -> Outcome
where
    K: Send + 'static,
    L: Fn(&K) -> Result<Launch, Fault> + Send + Sync + 'static,
{
    let slot = launcher.gate.acquire().await.expect("the gate is never closed");
    let shared = Arc::clone(&launcher);
    let launched = tokio::task::spawn_blocking(move || (shared.launch)(&key)).await;
    drop(slot);
    let Launch { start, model } = match launched {
        Ok(Ok(launch)) => launch,
        Ok(Err(fault)) => return Outcome::never_started(fault),
        Err(error) => {
            let detail = format!("the episode could not be set up: {error}");
            return Outcome::never_started(Fault::new(FaultKind::Task, detail));
        }
    };
    guarded(play(start, model)).await.unwrap_or_else(|panic| {
        let detail = format!("the episode's own code panicked: {panic}");
        Outcome::never_started(Fault::new(FaultKind::Grader, detail))
    })
}

/// The next episode that lands, or none if all have.
async fn landing<K: 'static>(flying: &mut JoinSet<Finished<K>>) -> Option<Finished<K>> {
    match flying.join_next().await {
        None => None,
        Some(Ok(done)) => Some(done),
        // Episodes catch their own panics and nothing aborts them before a cancel: only the runtime's end is left.
        Some(Err(_)) => pending().await,
    }
}
