//! Column families as quantile functions `Q(u)`: the copula carries the dependence, a family the shape.
//!
//! Every family is in standard form; a column adds its own location and scale. Shapes stay inside the ranges
//! given here, since beyond them one column's tail outweighs every other in a label function.

mod categories;
mod counts;
mod positive;
mod rates;
mod symmetric;

pub use categories::{Likert, Zipf};
pub use counts::{NegativeBinomial, Poisson};
pub use positive::{Gamma, LogNormal, Weibull, ZeroInflatedGamma};
pub use rates::Beta;
pub use symmetric::{Mixture, Normal, StudentT};

/// One shape parameter of a family and where it may lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// Its name.
    pub name: &'static str,
    /// The least value.
    pub low: f64,
    /// The greatest value.
    pub high: f64,
}

/// A family of distributions in standard form.
pub trait Family: Sync {
    /// A stable kebab-case name.
    fn name(&self) -> &'static str;

    /// The shape parameters, in the order in which [`Family::quantile`] reads them.
    fn shapes(&self) -> &'static [Shape];

    /// The value below which the share `u` (in `(0, 1)`) of the values lies; never decreases in `u`.
    fn quantile(&self, u: f64, shapes: &[f64]) -> f64;

    /// True if the values are whole numbers, between which there is nothing to interpolate.
    fn is_discrete(&self) -> bool {
        false
    }
}

/// Every family.
pub const ALL: &[&dyn Family] = &[
    &Beta,
    &Gamma,
    &Likert,
    &LogNormal,
    &Mixture,
    &NegativeBinomial,
    &Normal,
    &Poisson,
    &StudentT,
    &Weibull,
    &ZeroInflatedGamma,
    &Zipf,
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The shapes at the corners and in the middle of a family's box.
    fn shapes(family: &dyn Family) -> Vec<Vec<f64>> {
        let at = |share: f64| {
            family.shapes().iter().map(|shape| shape.low + share * (shape.high - shape.low)).collect()
        };
        vec![at(0.0), at(0.5), at(1.0)]
    }

    #[test]
    fn every_family_is_listed_once_by_name() {
        assert!(ALL.len() >= 10);
        assert!(ALL.windows(2).all(|pair| pair[0].name() < pair[1].name()));
    }

    #[test]
    fn every_quantile_function_is_finite_and_never_decreases() {
        for family in ALL {
            for shapes in shapes(*family) {
                let values: Vec<f64> =
                    (1..4_000).map(|step| family.quantile(f64::from(step) / 4_000.0, &shapes)).collect();
                let name = family.name();
                assert!(values.iter().all(|value| value.is_finite()), "{name} {shapes:?}");
                assert!(values.windows(2).all(|pair| pair[0] <= pair[1]), "{name} {shapes:?}");
                assert!(values[0] < values[values.len() - 1], "{name} {shapes:?} is constant");
                let whole = values.iter().all(|value| value.fract() == 0.0);
                assert_eq!(whole, family.is_discrete(), "{name} {shapes:?}");
            }
        }
    }

    /// The mean of `Q(u)` over an even grid of `u`.
    fn mean(family: &dyn Family, shapes: &[f64]) -> f64 {
        let steps = 20_000;
        let at = |step: i32| (f64::from(step) + 0.5) / f64::from(steps);
        (0..steps).map(|step| family.quantile(at(step), shapes)).sum::<f64>() / f64::from(steps)
    }

    #[test]
    fn every_mean_is_what_theory_says() {
        for (family, shapes, expected) in [
            (&Normal as &dyn Family, vec![], 0.0),
            (&StudentT, vec![5.0], 0.0),
            (&Mixture, vec![0.3, 3.0], 0.9),
            (&LogNormal, vec![0.5], libm::exp(0.125)),
            (&Gamma, vec![2.5], 1.0),
            (&Weibull, vec![2.0], 0.886_226_925),
            (&ZeroInflatedGamma, vec![0.25, 2.0], 0.75),
            (&Beta, vec![2.0, 3.0], 0.4),
            (&Poisson, vec![7.5], 7.5),
            (&NegativeBinomial, vec![7.5, 0.5], 7.5),
            (&Zipf, vec![1.0, 8.0], 8.0 / 2.717_857_143 - 1.0),
            (&Likert, vec![5.0, 0.5, 0.3], 3.0),
        ] {
            let found = mean(family, &shapes);
            assert!((found - expected).abs() < 0.005 * (1.0 + expected), "{}: {found}", family.name());
        }
    }
}
