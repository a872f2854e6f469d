//! Counts: hits, false alarms and misses, and the shares that follow.

/// Hits, false alarms and misses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Right, and called so.
    pub(super) hits: usize,
    /// Called so, and wrong.
    pub(super) false_alarms: usize,
    /// Not called so, though right.
    pub(super) misses: usize,
}

impl Counts {
    /// The share of what was called that is right; 0 if nothing was called.
    pub(super) fn precision(&self) -> f64 {
        share(self.hits, self.hits + self.false_alarms)
    }

    /// The share of what is right that was called; 0 if there is nothing.
    pub(super) fn recall(&self) -> f64 {
        share(self.hits, self.hits + self.misses)
    }

    /// The harmonic mean of precision and recall.
    pub(super) fn f1(&self) -> f64 {
        share(2 * self.hits, 2 * self.hits + self.false_alarms + self.misses)
    }

    /// One thing that was found, or missed.
    pub(super) fn found(is_found: bool) -> Self {
        Self { hits: usize::from(is_found), misses: usize::from(!is_found), ..Self::default() }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.hits += other.hits;
        self.false_alarms += other.false_alarms;
        self.misses += other.misses;
    }
}

/// A part of a whole; 0 if there is nothing.
pub(super) fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
