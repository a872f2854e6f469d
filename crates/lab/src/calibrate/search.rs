//! Search: turns knobs until a model's pass rate lies in a band, from as few rollouts as can be.
//!
//! Robbins and Monro's stochastic approximation (1951) walks along the diagonal of the dials to the region, a Bayesian
//! logistic regression over all dials finishes. Everything is a function of the steps that were recorded, so that a search
//! goes on where it was interrupted.

use envy_core::Seed;
use envy_core::special::normal_cdf;
use serde::{Deserialize, Serialize};

use super::band::Band;
use super::dials::DialRange;
use super::surrogate::Surrogate;

/// Gain of the first phase: the dial moves by `GAIN (k + OFFSET)^-DECAY (y - target)` after rollout k.
const GAIN: f64 = 0.45;

/// See [`GAIN`].
const OFFSET: f64 = 4.0;

/// See [`GAIN`].
const DECAY: f64 = 0.7;

/// Share of the budget that finds the region.
const SHARE_FIRST: f64 = 0.5;

/// Positions that the second phase chooses among, at most.
const CANDIDATES_MAX: usize = 600;

/// Rollouts at one position.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Where each dial stood, from 0 (easy) to 1 (hard).
    pub position: Vec<f64>,
    /// Graded rollouts that passed.
    pub passed: u64,
    /// Graded rollouts.
    pub episodes: u64,
}

/// A search, and all that it has seen.
#[derive(Clone, Debug)]
pub struct Search {
    dials: Vec<DialRange>,
    band: Band,
    seed: Seed,
    budget: u64,
    steps: Vec<Step>,
}

impl Search {
    /// A search over `dials` with `budget` rollouts.
    ///
    /// # Panics
    /// There is no dial.
    pub fn new(dials: Vec<DialRange>, band: Band, seed: Seed, budget: u64) -> Self {
        assert!(!dials.is_empty(), "a search turns at least one dial");
        Self { dials, band, seed, budget, steps: Vec::new() }
    }

    /// What was seen so far.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Rollouts that are left.
    pub fn left(&self) -> u64 {
        self.budget.saturating_sub(self.steps.iter().map(|step| step.episodes).sum())
    }

    /// Records rollouts at the position that [`Search::next`] gave. A step without a graded rollout is a void one and costs
    /// nothing.
    pub fn record(&mut self, step: Step) {
        if step.episodes > 0 {
            self.steps.push(step);
        }
    }

    /// Where to play next; nothing once the budget is spent.
    pub fn next(&self) -> Option<Vec<f64>> {
        let left = self.left();
        if left == 0 {
            return None;
        }
        let first = libm::ceil(self.budget as f64 * SHARE_FIRST) as u64;
        if self.budget - left < first {
            return Some(self.snapped(&vec![self.walked(); self.dials.len()]));
        }
        let drawn =
            self.surrogate().drawn(&mut self.seed.derive(&format!("step/{}", self.steps.len())).rng());
        let logit = logit(self.band.target());
        // Thompson's rule: the place that would be best if one draw from what is believed were true.
        let off = |position: &[f64]| (drawn.at(position).0 - logit).abs();
        self.candidates().into_iter().min_by(|a, b| off(a).total_cmp(&off(b)))
    }

    /// The place that most likely lies in the band.
    pub fn best(&self) -> Vec<f64> {
        let surrogate = self.surrogate();
        let likely = |position: &[f64]| chance(self.band, surrogate.at(position));
        let best = self.candidates().into_iter().max_by(|a, b| likely(a).total_cmp(&likely(b)));
        best.expect("there is a candidate")
    }

    /// How likely the pass rate at a position lies in the band, by all that was seen.
    pub fn likelihood(&self, position: &[f64]) -> f64 {
        chance(self.band, self.surrogate().at(position))
    }

    /// The knobs that a position means, as on the command line.
    pub fn settings(&self, position: &[f64]) -> Vec<(String, String)> {
        let dials = self.dials.iter().zip(position);
        dials.map(|(dial, at)| (dial.knob.clone(), dial.at(*at).0.to_owned())).collect()
    }

    /// Where the walk along the diagonal stands.
    fn walked(&self) -> f64 {
        let (mut dial, mut rollout) = (0.5, 0.0);
        for step in &self.steps {
            // The order of passes within a batch must not matter: each counts as the batch's mean.
            let mean = step.passed as f64 / step.episodes as f64;
            for _ in 0..step.episodes {
                dial += GAIN * libm::pow(rollout + OFFSET, -DECAY) * (mean - self.band.target());
                dial = dial.clamp(0.0, 1.0);
                rollout += 1.0;
            }
        }
        dial
    }

    fn snapped(&self, position: &[f64]) -> Vec<f64> {
        self.dials.iter().zip(position).map(|(dial, at)| dial.at(*at).1).collect()
    }

    fn surrogate(&self) -> Surrogate {
        Surrogate::fit(self.dials.len(), &self.steps)
    }

    /// Every position if there are few, else a seeded choice of them with the diagonal.
    fn candidates(&self) -> Vec<Vec<f64>> {
        let count = self.dials.iter().try_fold(1_usize, |count, dial| {
            count.checked_mul(dial.values.len()).filter(|count| *count <= CANDIDATES_MAX)
        });
        if count.is_some() {
            let empty = vec![Vec::new()];
            return self.dials.iter().fold(empty, |positions, dial| {
                let steps = dial.values.len();
                let longer = positions.iter().flat_map(|position| {
                    (0..steps).map(move |step| {
                        let mut longer = position.clone();
                        longer.push(step as f64 / (steps - 1) as f64);
                        longer
                    })
                });
                longer.collect()
            });
        }
        let mut rng = self.seed.derive("candidates").rng();
        let diagonal = (0..=100).map(|step| vec![f64::from(step) / 100.0; self.dials.len()]);
        let spread = (0..CANDIDATES_MAX).map(|_| self.dials.iter().map(|_| rng.uniform()).collect());
        let all: Vec<Vec<f64>> = diagonal.chain(spread).collect();
        all.iter().map(|position| self.snapped(position)).collect()
    }
}

/// The chance that a rate lies in the band whose logit is normal.
fn chance(band: Band, (mean, sd): (f64, f64)) -> f64 {
    let below = |rate: f64| match rate {
        0.0 => 0.0,
        1.0 => 1.0,
        rate => normal_cdf((logit(rate) - mean) / sd),
    };
    below(band.high) - below(band.low)
}

fn logit(rate: f64) -> f64 {
    libm::log(rate / (1.0 - rate))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibrate::simulate::share;

    const SEARCHES: usize = 200;

    fn dial(knob: &str, steps: usize) -> DialRange {
        DialRange { knob: knob.to_owned(), values: (0..steps).map(|step| step.to_string()).collect() }
    }

    #[test]
    fn one_dial_ends_in_the_band() {
        let shares = [16, 32, 64].map(|budget| share(1, budget, 2, SEARCHES));
        assert!(shares[0] >= 0.6 && shares[1] >= 0.8 && shares[2] >= 0.9, "{shares:?}");
    }

    #[test]
    fn three_dials_end_in_the_band_too() {
        let shares = [16, 32, 64].map(|budget| share(3, budget, 2, SEARCHES));
        assert!(shares[0] >= 0.6 && shares[1] >= 0.75 && shares[2] >= 0.88, "{shares:?}");
    }

    #[test]
    fn a_search_is_a_function_of_its_steps() {
        let search = |steps: &[Step]| {
            let mut search = Search::new(vec![dial("x", 9)], Band::standard(), Seed::named("again"), 20);
            for step in steps {
                search.record(step.clone());
            }
            search
        };
        let mut steps = Vec::new();
        while let Some(position) = search(&steps).next() {
            let passed = u64::from(position[0] < 0.6);
            steps.push(Step { position, passed, episodes: 1 });
        }
        assert_eq!(steps.len(), 20);
        assert_eq!(search(&steps).best(), search(&steps).best());
        assert_eq!(search(&steps).settings(&[0.5]), [("x".to_owned(), "4".to_owned())]);
        assert_eq!(search(&[Step { position: vec![0.5], passed: 0, episodes: 0 }]).left(), 20);
    }
}
