//! Logit: from a score to the probability of a positive label, and the solver for its scale and offset.

use envy_core::special;
use envy_learn::{ranking, sigmoid};

/// Values that an entity's own effect takes, each equally likely: the probability for an entity that nobody has seen is
/// then an exact mean, not an approximated integral.
const EFFECTS: usize = 15;
/// Bounds of the scale.
const SCALE: (f64, f64) = (0.05, 12.0);
/// While the scale is sought, the prevalence is that of every fourth row.
const COARSE: usize = 4;
/// The greatest offset.
const OFFSET_MAX: f64 = 30.0;

/// `eta = sigmoid(scale * score + offset + effect)`.
#[derive(Clone, Debug)]
pub(super) struct Logit {
    scale: f64,
    offset: f64,
    effects: Vec<f64>,
}

impl Logit {
    /// Solved on planning scores: the Bayes AUROC is `bayes`, the mean probability `prevalence`.
    pub(super) fn solve(scores: &[f64], entity_size: f64, bayes: f64, prevalence: f64) -> Self {
        let effects = if entity_size > 0.0 {
            (0..EFFECTS)
                .map(|place| entity_size * special::normal_quantile((place as f64 + 0.5) / EFFECTS as f64))
                .collect()
        } else {
            vec![0.0]
        };
        let mut logit = Self { scale: 1.0, offset: 0.0, effects };
        let (mut low, mut high) = SCALE;
        for _ in 0..22 {
            logit.scale = 0.5 * (low + high);
            logit.offset = logit.offset_for(scores, prevalence, COARSE);
            let eta: Vec<f64> = scores.iter().map(|score| logit.unseen(*score)).collect();
            if ranking::bayes_auroc(&eta).unwrap_or(0.5) < bayes {
                low = logit.scale;
            } else {
                high = logit.scale;
            }
        }
        logit.offset = logit.offset_for(scores, prevalence, 1);
        logit
    }

    fn offset_for(&self, scores: &[f64], prevalence: f64, step: usize) -> f64 {
        let mut trial = self.clone();
        let (mut low, mut high) = (-OFFSET_MAX, OFFSET_MAX);
        for _ in 0..36 {
            trial.offset = 0.5 * (low + high);
            let (mut sum, mut count) = (0.0, 0.0);
            for score in scores.iter().step_by(step) {
                sum += trial.unseen(*score);
                count += 1.0;
            }
            if sum / count < prevalence {
                low = trial.offset;
            } else {
                high = trial.offset;
            }
        }
        trial.offset
    }

    /// The probability for an entity that nobody has seen: the mean over the effects.
    pub(super) fn unseen(&self, score: f64) -> f64 {
        let sum: f64 = (0..self.effects.len()).map(|effect| self.seen(score, effect)).sum();
        sum / self.effects.len() as f64
    }

    /// The probability for an entity of the `effect`-th value.
    pub(super) fn seen(&self, score: f64, effect: usize) -> f64 {
        sigmoid(self.scale * score + self.offset + self.effects[effect])
    }

    /// How many values the entity's effect takes.
    pub(super) fn effects(&self) -> usize {
        self.effects.len()
    }
}

#[cfg(test)]
mod tests {
    use envy_core::Seed;

    use super::*;

    #[test]
    fn the_bound_and_the_prevalence_are_as_asked() {
        let mut rng = Seed::named("leakage/logit").rng();
        let scores: Vec<f64> = (0..8_000).map(|_| rng.normal()).collect();
        for (entity_size, bayes, prevalence) in [(0.0, 0.75, 0.05), (0.0, 0.95, 0.5), (1.1, 0.82, 0.3)] {
            let logit = Logit::solve(&scores, entity_size, bayes, prevalence);
            let eta: Vec<f64> = scores.iter().map(|score| logit.unseen(*score)).collect();
            let mean = eta.iter().sum::<f64>() / eta.len() as f64;
            assert!((mean - prevalence).abs() < 0.01, "{mean}");
            assert!((ranking::bayes_auroc(&eta).unwrap() - bayes).abs() < 0.001);
        }
    }
}
