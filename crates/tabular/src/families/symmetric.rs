//! Families around a centre: normal, Student's t, and two normals side by side.

use envy_core::special::{normal_cdf, normal_quantile, student_t_quantile};

use super::{Family, Shape};

/// A standard normal.
pub struct Normal;

impl Family for Normal {
    fn name(&self) -> &'static str {
        "normal"
    }

    fn shapes(&self) -> &'static [Shape] {
        &[]
    }

    fn quantile(&self, u: f64, _: &[f64]) -> f64 {
        normal_quantile(u)
    }
}

/// Student's t: a normal with heavier tails.
pub struct StudentT;

impl Family for StudentT {
    fn name(&self) -> &'static str {
        "student-t"
    }

    fn shapes(&self) -> &'static [Shape] {
        &[Shape { name: "freedom", low: 4.0, high: 10.0 }]
    }

    fn quantile(&self, u: f64, shapes: &[f64]) -> f64 {
        student_t_quantile(u, shapes[0])
    }
}

/// A standard normal and a second one of the same width, `separation` to its right, with the share `second`.
pub struct Mixture;

/// Halvings of a bracket of about 20; the last one is below 1e-15.
const BISECTIONS: usize = 54;

impl Family for Mixture {
    fn name(&self) -> &'static str {
        "mixture"
    }

    fn shapes(&self) -> &'static [Shape] {
        &[Shape { name: "second", low: 0.2, high: 0.8 }, Shape { name: "separation", low: 2.0, high: 4.0 }]
    }

    fn quantile(&self, u: f64, shapes: &[f64]) -> f64 {
        let (second, separation) = (shapes[0], shapes[1]);
        let below = |x: f64| (1.0 - second) * normal_cdf(x) + second * normal_cdf(x - separation);
        let mut low = normal_quantile(u);
        let mut high = low + separation;
        for _ in 0..BISECTIONS {
            let middle = 0.5 * (low + high);
            if below(middle) < u {
                low = middle;
            } else {
                high = middle;
            }
        }
        0.5 * (low + high)
    }
}
