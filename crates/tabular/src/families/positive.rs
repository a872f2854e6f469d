//! Families above zero: lognormal, gamma, Weibull, and a gamma with a spike at zero.

use envy_core::special::{gamma_quantile, lognormal_quantile, weibull_quantile};

use super::{Family, Shape};

/// The exponential of a normal; median 1.
pub struct LogNormal;

impl Family for LogNormal {
    fn name(&self) -> &'static str {
        "lognormal"
    }

    fn shapes(&self) -> &'static [Shape] {
        // At 1.5 a single column carries nine tenths of a forest's importance.
        &[Shape { name: "sigma", low: 0.2, high: 0.9 }]
    }

    fn quantile(&self, u: f64, shapes: &[f64]) -> f64 {
        lognormal_quantile(u, 0.0, shapes[0])
    }
}

/// A gamma with mean 1.
pub struct Gamma;

const GAMMA_SHAPE: Shape = Shape { name: "shape", low: 1.2, high: 5.0 };

impl Family for Gamma {
    fn name(&self) -> &'static str {
        "gamma"
    }

    fn shapes(&self) -> &'static [Shape] {
        &[GAMMA_SHAPE]
    }

    fn quantile(&self, u: f64, shapes: &[f64]) -> f64 {
        gamma_quantile(u, shapes[0]) / shapes[0]
    }
}

/// A Weibull with scale 1: waiting times, wind speeds, lifetimes.
pub struct Weibull;

impl Family for Weibull {
    fn name(&self) -> &'static str {
        "weibull"
    }

    fn shapes(&self) -> &'static [Shape] {
        &[GAMMA_SHAPE]
    }

    fn quantile(&self, u: f64, shapes: &[f64]) -> f64 {
        weibull_quantile(u, shapes[0])
    }
}

/// Zero with the share `zeros`, otherwise a gamma with mean 1: rain, refunds, overtime.
pub struct ZeroInflatedGamma;

impl Family for ZeroInflatedGamma {
    fn name(&self) -> &'static str {
        "zero-inflated-gamma"
    }

    fn shapes(&self) -> &'static [Shape] {
        &[Shape { name: "zeros", low: 0.1, high: 0.5 }, GAMMA_SHAPE]
    }

    fn quantile(&self, u: f64, shapes: &[f64]) -> f64 {
        let (zeros, shape) = (shapes[0], shapes[1]);
        if u <= zeros { 0.0 } else { gamma_quantile((u - zeros) / (1.0 - zeros), shape) / shape }
    }
}
