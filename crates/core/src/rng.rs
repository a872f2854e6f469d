//! Our own samplers over one portable generator, so that no dependency's release can move a stream.

use rand_core::Rng as _;
use rand_pcg::Pcg64;

/// A PCG-64 stream with samplers whose bits are equal on every target (`libm`, no std float functions).
#[derive(Clone)]
pub struct Rng(Pcg64);

impl Rng {
    /// A stream from 32 bytes: 16 of state, 16 of increment.
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Self {
        let half = |from: usize| {
            let mut word = [0; 16];
            word.copy_from_slice(&bytes[from..from + 16]);
            u128::from_le_bytes(word)
        };
        Self(Pcg64::new(half(0), half(16)))
    }

    /// 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number in `[0, 1)` with 53 random bits.
    pub fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// A number in `(0, 1)`: safe to take a logarithm or a quantile of.
    pub fn open01(&mut self) -> f64 {
        ((self.next_u64() >> 12) as f64 + 0.5) * (1.0 / 4_503_599_627_370_496.0)
    }

    /// A number in `[low, high)`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// A whole number in `[0, bound)` without bias (Lemire's method).
    ///
    /// # Panics
    /// `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        assert!(bound > 0, "below(0) has no answer");
        let bound = bound as u64;
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let wide = u128::from(self.next_u64()) * u128::from(bound);
            if wide as u64 >= threshold {
                return (wide >> 64) as usize;
            }
        }
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// One of `items`, each equally likely.
    ///
    /// # Panics
    /// `items` is empty.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// Shuffles `items` in place (Fisher-Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
