//! Counts: Poisson, and the negative binomial for counts that vary more than that.

use envy_core::special::{negative_binomial_quantile, poisson_quantile};

use super::{Family, Shape};

const MEAN: Shape = Shape { name: "mean", low: 2.0, high: 30.0 };

/// A Poisson count.
pub struct Poisson;

impl Family for Poisson {
    fn name(&self) -> &'static str {
        "poisson"
    }

    fn shapes(&self) -> &'static [Shape] {
        &[MEAN]
    }

    fn quantile(&self, u: f64, shapes: &[f64]) -> f64 {
        poisson_quantile(u, shapes[0]) as f64
    }

    fn is_discrete(&self) -> bool {
        true
    }
}

/// A count with variance `mean + dispersion * mean^2`.
pub struct NegativeBinomial;

impl Family for NegativeBinomial {
    fn name(&self) -> &'static str {
        "negative-binomial"
    }

    fn shapes(&self) -> &'static [Shape] {
        &[MEAN, Shape { name: "dispersion", low: 0.2, high: 2.0 }]
    }

    fn quantile(&self, u: f64, shapes: &[f64]) -> f64 {
        negative_binomial_quantile(u, shapes[0], shapes[1]) as f64
    }

    fn is_discrete(&self) -> bool {
        true
    }
}
