//! Families between two bounds: beta.

use envy_core::special::beta_quantile;

use super::{Family, Shape};

/// A beta in `(0, 1)`: shares, rates, saturations.
pub struct Beta;

impl Family for Beta {
    fn name(&self) -> &'static str {
        "beta"
    }

    fn shapes(&self) -> &'static [Shape] {
        &[Shape { name: "a", low: 1.0, high: 5.0 }, Shape { name: "b", low: 1.0, high: 5.0 }]
    }

    fn quantile(&self, u: f64, shapes: &[f64]) -> f64 {
        beta_quantile(u, shapes[0], shapes[1])
    }
}
