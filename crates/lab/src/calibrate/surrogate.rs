//! Surrogate: what a search believes of the pass rate at every position, as a Bayesian logistic regression.
//!
//! The posterior is Laplace's: a normal around the mode. The prior says that tasks are rather easy at the easy end and
//! become harder along every dial.

use envy_core::rng::Rng;
use envy_learn::sigmoid;

use super::search::Step;

/// Prior mean and standard deviation of the logit at the easy end.
const EASY: (f64, f64) = (2.0, 2.5);

/// The same of how far the logit falls over all dials together.
const FALL: (f64, f64) = (5.0, 3.0);

/// Newton steps at most.
const NEWTON_MAX: usize = 50;

/// A fitted surrogate: the logit is linear in the position.
#[derive(Clone, Debug)]
pub(super) struct Surrogate {
    /// Mode: the logit at the easy end, then how far it falls along each dial.
    mode: Vec<f64>,
    /// Lower Cholesky factor of the precision at the mode, by rows; absent of a draw, which is certain.
    precision: Option<Vec<Vec<f64>>>,
}

impl Surrogate {
    /// Fits to steps over `dials` dials.
    pub(super) fn fit(dials: usize, steps: &[Step]) -> Self {
        let share = 1.0 / dials as f64;
        let prior: Vec<(f64, f64)> = std::iter::once(EASY)
            .chain(std::iter::repeat_n((FALL.0 * share, FALL.1 * libm::sqrt(share)), dials))
            .collect();
        let mut mode: Vec<f64> = prior.iter().map(|(mean, _)| *mean).collect();
        let mut factor = Vec::new();
        for _ in 0..NEWTON_MAX {
            let (gradient, precision) = slope(&mode, &prior, steps);
            factor = cholesky(&precision);
            let step = solve(&factor, &gradient);
            // A step of a whole logit is far enough: a longer one overshoots where the curve is flat.
            let longest = step.iter().fold(0.0_f64, |longest, part| longest.max(part.abs()));
            let scale = if longest > 2.0 { 2.0 / longest } else { 1.0 };
            mode.iter_mut().zip(&step).for_each(|(value, part)| *value += scale * part);
            if longest < 1e-9 {
                break;
            }
        }
        Self { mode, precision: Some(factor) }
    }

    /// Mean and standard deviation of the logit at a position.
    pub(super) fn at(&self, position: &[f64]) -> (f64, f64) {
        let row = row(position);
        let mean = dot(&row, &self.mode);
        let variance = self.precision.as_ref().map_or(0.0, |factor| {
            let half = forward(factor, &row);
            dot(&half, &half)
        });
        (mean, libm::sqrt(variance))
    }

    /// One draw from what is believed.
    pub(super) fn drawn(&self, rng: &mut Rng) -> Self {
        let Some(factor) = &self.precision else { return self.clone() };
        let normal: Vec<f64> = self.mode.iter().map(|_| rng.normal()).collect();
        let away = backward(factor, &normal);
        Self { mode: self.mode.iter().zip(away).map(|(mode, away)| mode + away).collect(), precision: None }
    }
}

/// Gradient of the log posterior, and the negative of its second derivative.
fn slope(weights: &[f64], prior: &[(f64, f64)], steps: &[Step]) -> (Vec<f64>, Vec<Vec<f64>>) {
    let size = weights.len();
    let mut gradient: Vec<f64> =
        weights.iter().zip(prior).map(|(weight, (mean, sd))| (mean - weight) / (sd * sd)).collect();
    let mut precision = vec![vec![0.0; size]; size];
    for (index, (_, sd)) in prior.iter().enumerate() {
        precision[index][index] = 1.0 / (sd * sd);
    }
    for step in steps {
        let row = row(&step.position);
        let rate = sigmoid(dot(&row, weights));
        let episodes = step.episodes as f64;
        for (i, left) in row.iter().enumerate() {
            gradient[i] += (step.passed as f64 - episodes * rate) * left;
            for (j, right) in row.iter().enumerate() {
                precision[i][j] += episodes * rate * (1.0 - rate) * left * right;
            }
        }
    }
    (gradient, precision)
}

fn row(position: &[f64]) -> Vec<f64> {
    std::iter::once(1.0).chain(position.iter().map(|at| -at)).collect()
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

/// Lower factor of a positive definite matrix.
fn cholesky(matrix: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let size = matrix.len();
    let mut factor = vec![vec![0.0; size]; size];
    for i in 0..size {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| factor[i][k] * factor[j][k]).sum();
            let rest = matrix[i][j] - known;
            factor[i][j] = if i == j { libm::sqrt(rest) } else { rest / factor[j][j] };
        }
    }
    factor
}

/// Solves `L x = b`.
fn forward(factor: &[Vec<f64>], right: &[f64]) -> Vec<f64> {
    let mut solved: Vec<f64> = Vec::with_capacity(right.len());
    for (i, row) in factor.iter().enumerate() {
        let rest = right[i] - dot(&row[..i], &solved);
        solved.push(rest / row[i]);
    }
    solved
}

/// Solves `L' x = b`.
fn backward(factor: &[Vec<f64>], right: &[f64]) -> Vec<f64> {
    let size = right.len();
    let mut solved = vec![0.0; size];
    for i in (0..size).rev() {
        let known: f64 = (i + 1..size).map(|k| factor[k][i] * solved[k]).sum();
        solved[i] = (right[i] - known) / factor[i][i];
    }
    solved
}

/// Solves `L L' x = b`.
fn solve(factor: &[Vec<f64>], right: &[f64]) -> Vec<f64> {
    backward(factor, &forward(factor, right))
}

#[cfg(test)]
mod tests {
    use envy_core::Seed;

    use super::*;

    #[test]
    fn much_evidence_outweighs_the_prior() {
        let steps: Vec<Step> = [(0.0, 900), (0.5, 500), (1.0, 100)]
            .map(|(at, passed)| Step { position: vec![at], passed, episodes: 1_000 })
            .to_vec();
        let fitted = Surrogate::fit(1, &steps);
        for (at, rate) in [(0.0, 0.9), (0.5, 0.5), (1.0, 0.1)] {
            let (mean, sd) = fitted.at(&[at]);
            assert!((sigmoid(mean) - rate).abs() < 0.02 && sd < 0.15, "{at}: {mean} {sd}");
        }
    }

    #[test]
    fn without_evidence_it_is_the_prior_and_draws_spread_as_it_says() {
        let prior = Surrogate::fit(2, &[]);
        let (mean, sd) = prior.at(&[1.0, 1.0]);
        assert!((mean - (EASY.0 - FALL.0)).abs() < 1e-9, "{mean}");
        assert!((sd - libm::hypot(EASY.1, FALL.1)).abs() < 1e-9, "{sd}");
        let mut rng = Seed::named("draws").rng();
        let draws: Vec<f64> = (0..2_000).map(|_| prior.drawn(&mut rng).at(&[1.0, 1.0]).0).collect();
        let centre = draws.iter().sum::<f64>() / 2_000.0;
        let spread = libm::sqrt(draws.iter().map(|d| (d - centre) * (d - centre)).sum::<f64>() / 2_000.0);
        assert!((centre - mean).abs() < 0.3 && (spread / sd - 1.0).abs() < 0.06, "{centre} {spread}");
    }
}
