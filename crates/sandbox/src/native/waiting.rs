//! Boxes with a Python child that waits for code: made off the critical path, so that a first script or cell starts at
//! once, with the imports of the zygote done and every limit in force.
//!
//! A box's limits are fixed before anything runs in it, so boxes wait by kind: those limits that were asked for lately.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use envy_core::{JobLimits, SandboxError};

use super::Inner;
use super::live::Live;

/// Kinds of limits for which boxes wait: those of an agent, of a probe and of a grade.
const KINDS_MAX: usize = 3;

/// How long the shelf stays out of the way of whoever just took a box, which is about to run something.
const REFILL_PAUSE: Duration = Duration::from_millis(3);

/// The boxes that wait.
pub(crate) struct Waiting {
    /// The kind that was asked for last comes first.
    kinds: Mutex<VecDeque<Kind>>,
    /// Boxes of each kind.
    target: usize,
    refilling: AtomicBool,
}

struct Kind {
    limits: JobLimits,
    boxes: Vec<Live>,
}

impl Waiting {
    /// An empty shelf for `target` boxes of each kind.
    pub(crate) fn new(target: usize) -> Self {
        Self { kinds: Mutex::new(VecDeque::new()), target, refilling: AtomicBool::new(false) }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Kind>> {
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A box whose child waits, if there is one with these limits. There will be more of them.
    pub(crate) fn take(&self, limits: &JobLimits) -> Option<Live> {
        let mut kinds = self.lock();
        let known = kinds.iter().position(|kind| kind.limits == *limits);
        let mut kind = known
            .and_then(|index| kinds.remove(index))
            .unwrap_or(Kind { limits: limits.clone(), boxes: Vec::new() });
        kind.boxes.retain(Live::is_waiting);
        let taken = kind.boxes.pop();
        kinds.push_front(kind);
        kinds.truncate(KINDS_MAX);
        taken
    }

    /// The limits of a kind that lacks boxes.
    fn lacking(&self) -> Option<JobLimits> {
        self.lock().iter().find(|kind| kind.boxes.len() < self.target).map(|kind| kind.limits.clone())
    }

    fn put(&self, limits: &JobLimits, live: Live) {
        if let Some(kind) = self.lock().iter_mut().find(|kind| kind.limits == *limits) {
            kind.boxes.push(live);
        }
    }

    /// Makes what is lacking, in the background; one at a time.
    pub(crate) fn refill(inner: &Arc<Inner>) {
        if inner.waiting.refilling.swap(true, Ordering::AcqRel) {
            return;
        }
        // Weak, so that the backend can end while this waits.
        let weak = Arc::downgrade(inner);
        let done = Done(weak.clone());
        tokio::spawn(async move {
            let _done = done;
            loop {
                tokio::time::sleep(REFILL_PAUSE).await;
                let Some(inner) = weak.upgrade() else { return };
                // Whoever asks next tries again; an error is theirs to meet.
                let Ok(true) = make(&inner).await else { return };
            }
        });
    }
}

/// Makes one box that is lacking; false if none is, or if there is no zygote for it.
async fn make(inner: &Inner) -> Result<bool, SandboxError> {
    let Some(limits) = inner.waiting.lacking() else { return Ok(false) };
    let Some(zygote) = inner.warmth.ready(&inner.pool) else { return Ok(false) };
    let mut live = Live::arm(inner.pool.take().await?, &limits, None).await?;
    live.prepare(&limits, zygote).await?;
    inner.waiting.put(&limits, live);
    Ok(true)
}

/// Lets the next refill begin, also if the runtime has dropped this one.
struct Done(std::sync::Weak<Inner>);

impl Drop for Done {
    fn drop(&mut self) {
        if let Some(inner) = self.0.upgrade() {
            inner.waiting.refilling.store(false, Ordering::Release);
        }
    }
}
