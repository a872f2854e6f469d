//! One numeric column's distribution, ready to turn latent normals into values quickly.
//!
//! Exact gamma and beta quantiles cost microseconds, so a population tabulates each of its columns once over an
//! even grid of z. Between two nodes a continuous family is interpolated and a discrete one computed exactly.

use envy_core::Rng;
use envy_core::special::normal_cdf;

use crate::domain::{Measure, Range};
use crate::families::Family;
use crate::field::round_to;

/// The grid ends here; beyond lies one value in a thousand million.
const Z_MAX: f64 = 6.0;
/// Nodes per unit of z.
const PER_UNIT: usize = 64;
/// Halvings that find where a family is cut off; the last is below 1e-14.
const BISECTIONS: usize = 50;

/// One numeric column's distribution in a population.
pub(crate) struct Marginal {
    family: &'static dyn Family,
    shapes: Vec<f64>,
    location: f64,
    scale: f64,
    /// The part of the family that is legal, as probabilities.
    cut: Range,
    /// The values at the nodes.
    grid: Vec<f64>,
}

impl Marginal {
    /// Draws the parameters of `measure` and tabulates it.
    pub(crate) fn new(measure: &Measure, rng: &mut Rng) -> Self {
        let mut draw = |range: Range| rng.between(range.0, range.1);
        let mut marginal = Self {
            family: measure.family,
            shapes: measure.shapes.iter().map(|range| draw(*range)).collect(),
            location: draw(measure.location),
            scale: draw(measure.scale),
            cut: (0.0, 1.0),
            grid: Vec::new(),
        };
        marginal.cut = marginal.cut_at(measure.legal);
        let nodes = 2 * Z_MAX as usize * PER_UNIT;
        marginal.grid =
            (0..=nodes).map(|node| marginal.exact(node as f64 / PER_UNIT as f64 - Z_MAX)).collect();
        marginal
    }

    /// The value whose place in this distribution is the place of `z` among standard normals, without rounding.
    pub(crate) fn value(&self, z: f64) -> f64 {
        let place = (z.clamp(-Z_MAX, Z_MAX) + Z_MAX) * PER_UNIT as f64;
        let node = (place as usize).min(self.grid.len() - 2);
        let (below, above) = (self.grid[node], self.grid[node + 1]);
        if below == above {
            below
        } else if self.family.is_discrete() {
            self.exact(z)
        } else {
            below + (above - below) * (place - node as f64)
        }
    }

    /// The share of the family that lies in the legal range.
    #[cfg(test)]
    pub(crate) fn legal_share(&self) -> f64 {
        self.cut.1 - self.cut.0
    }

    fn exact(&self, z: f64) -> f64 {
        let u = self.cut.0 + (self.cut.1 - self.cut.0) * normal_cdf(z);
        // A probability of exactly 0 or 1 has no finite quantile.
        self.at(u.clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON))
    }

    fn at(&self, u: f64) -> f64 {
        self.location + self.scale * self.family.quantile(u, &self.shapes)
    }

    /// The probabilities between which the values are legal.
    fn cut_at(&self, legal: Range) -> Range {
        let edge = |inside: &dyn Fn(f64) -> bool| {
            let (mut low, mut high) = (-Z_MAX, Z_MAX);
            for _ in 0..BISECTIONS {
                let middle = 0.5 * (low + high);
                if inside(self.at(normal_cdf(middle))) {
                    high = middle;
                } else {
                    low = middle;
                }
            }
            (low, high)
        };
        let least = self.at(normal_cdf(-Z_MAX));
        let greatest = self.at(normal_cdf(Z_MAX));
        let from = if least >= legal.0 { 0.0 } else { normal_cdf(edge(&|value| value >= legal.0).1) };
        let to = if greatest <= legal.1 { 1.0 } else { normal_cdf(edge(&|value| value > legal.1).0) };
        (from, to)
    }
}

/// Writes a value down as the measure is recorded: digit preference, rounding, and never beyond the legal range.
pub(crate) fn record(measure: &Measure, value: f64, by_eye: bool) -> f64 {
    let step = measure.preference.filter(|_| by_eye).map(|preference| preference.step);
    let coarse = step.map_or(value, |step| (value / step).round() * step);
    round_to(coarse, measure.decimals).clamp(measure.legal.0, measure.legal.1)
}

#[cfg(test)]
mod tests {
    use envy_core::Seed;

    use super::*;
    use crate::domain::{integer, number};
    use crate::families::{Gamma, Normal, Poisson};

    fn marginal(measure: &Measure) -> Marginal {
        Marginal::new(measure, &mut Seed::named("marginal").rng())
    }

    #[test]
    fn the_table_stays_close_to_the_family() {
        let measure = number("x", "", 6, "").drawn(&Gamma, &[(1.5, 1.5)], (0.0, 0.0), (10.0, 10.0));
        let marginal = marginal(&measure);
        for step in -390..390 {
            let z = f64::from(step) / 100.0;
            let (table, exact) = (marginal.value(z), marginal.exact(z));
            assert!((table - exact).abs() <= 1e-3 * exact, "{z}: {table} {exact}");
        }
    }

    #[test]
    fn a_cut_family_keeps_its_shape_inside_and_nothing_outside() {
        let measure = number("x", "", 6, "").drawn(&Normal, &[], (0.0, 0.0), (1.0, 1.0)).legal(-1.0, 0.5);
        let marginal = marginal(&measure);
        assert!((marginal.legal_share() - 0.532_807).abs() < 1e-5);
        assert!(marginal.value(-6.0) >= -1.0 && marginal.value(6.0) <= 0.5);
        let median = marginal.value(0.0);
        let below = (normal_cdf(median) - normal_cdf(-1.0)) / marginal.legal_share();
        assert!((below - 0.5).abs() < 1e-6, "{median}");
    }

    #[test]
    fn counts_stay_whole_and_legal() {
        let measure =
            integer("x", "", "").drawn(&Poisson, &[(3.0, 3.0)], (0.0, 0.0), (1.0, 1.0)).legal(1.0, 6.0);
        let marginal = marginal(&measure);
        for step in -600..=600 {
            let value = marginal.value(f64::from(step) / 100.0);
            assert!((1.0..=6.0).contains(&value) && value.fract() == 0.0, "{value}");
        }
    }

    #[test]
    fn what_is_read_off_by_eye_ends_in_a_round_figure() {
        let measure = number("x", "", 1, "").legal(2.0, 98.0).rounded_to(5.0);
        assert_eq!(record(&measure, 72.37, true), 70.0);
        assert_eq!(record(&measure, 72.37, false), 72.4);
        assert_eq!(record(&measure, 1.0, true), 2.0);
    }
}
