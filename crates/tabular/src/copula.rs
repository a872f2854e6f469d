//! Gaussian copula: correlated standard normals, one per column.
//!
//! `z = L e` with the wide factor `L = [B, sqrt(D)]`, its rows scaled to length 1: the correlation is that of
//! `B B' + D` without a Cholesky factor, and each column and each common factor draws from its own stream, so
//! that leaving a column out moves no other.

use envy_core::{Rng, Seed};

/// Columns per common factor.
const COLUMNS_PER_FACTOR: usize = 3;
/// Standard deviation of a loading.
const LOADING: f64 = 0.5;
/// The range of a column's own variance.
const OWN_VARIANCE: (f64, f64) = (0.5, 1.0);

/// How columns hang together.
pub(crate) struct Copula {
    /// Each column's loadings on the common factors, and on its own.
    rows: Vec<(Vec<f64>, f64)>,
    factors: usize,
}

impl Copula {
    /// Draws the loadings. `pulls` shifts each column's loadings on the first two factors; `names` names its streams.
    pub(crate) fn new(seed: &Seed, columns: &[(&str, [f64; 2])]) -> Self {
        let factors = (columns.len() / COLUMNS_PER_FACTOR).max(1);
        let rows = columns.iter().map(|(name, pull)| {
            let mut rng = seed.derive(&format!("loading/{name}")).rng();
            let mut loadings: Vec<f64> = (0..factors)
                .map(|factor| pull.get(factor).copied().unwrap_or(0.0) + LOADING * rng.normal())
                .collect();
            let own = rng.between(OWN_VARIANCE.0, OWN_VARIANCE.1);
            let length = (loadings.iter().map(|loading| loading * loading).sum::<f64>() + own).sqrt();
            for loading in &mut loadings {
                *loading /= length;
            }
            (loadings, own.sqrt() / length)
        });
        Self { rows: rows.collect(), factors }
    }

    /// The common factors of `rows` rows, factor by factor.
    pub(crate) fn factors(&self, seed: &Seed, rows: usize) -> Vec<Vec<f64>> {
        let stream = |factor| seed.derive(&format!("factor/{factor}")).rng();
        (0..self.factors).map(|factor| normals(&mut stream(factor), rows)).collect()
    }

    /// One column's standard normals, given the common factors and its own stream.
    pub(crate) fn column(&self, column: usize, factors: &[Vec<f64>], own: &mut Rng) -> Vec<f64> {
        let (loadings, weight) = &self.rows[column];
        let rows = factors[0].len();
        let mut values = normals(own, rows);
        for value in &mut values {
            *value *= weight;
        }
        for (factor, loading) in factors.iter().zip(loadings) {
            for (value, common) in values.iter_mut().zip(factor) {
                *value += loading * common;
            }
        }
        values
    }

    /// The correlation of two columns.
    #[cfg(test)]
    fn correlation(&self, a: usize, b: usize) -> f64 {
        let (left, right) = (&self.rows[a].0, &self.rows[b].0);
        left.iter().zip(right).map(|(x, y)| x * y).sum()
    }
}

fn normals(rng: &mut Rng, rows: usize) -> Vec<f64> {
    (0..rows).map(|_| rng.normal()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_standard_and_correlate_as_the_loadings_say() {
        let seed = Seed::named("copula");
        let names = ["a", "b", "c", "d", "e", "f"];
        let columns: Vec<_> = names.iter().map(|name| (*name, [0.0, 0.0])).collect();
        let copula = Copula::new(&seed, &columns);
        let rows = 40_000;
        let factors = copula.factors(&seed, rows);
        let draw = |column: usize| copula.column(column, &factors, &mut seed.derive(names[column]).rng());
        let drawn: Vec<Vec<f64>> = (0..6).map(draw).collect();
        for a in 0..6 {
            let mean = drawn[a].iter().sum::<f64>() / rows as f64;
            assert!(mean.abs() < 0.03, "{mean}");
            for b in 0..6 {
                let product: f64 = drawn[a].iter().zip(&drawn[b]).map(|(x, y)| x * y).sum();
                let expected = if a == b { 1.0 } else { copula.correlation(a, b) };
                assert!((product / rows as f64 - expected).abs() < 0.03, "{a} {b}");
            }
        }
    }

    #[test]
    fn a_pull_makes_two_columns_correlate() {
        let columns = [("a", [1.5, 0.0]), ("b", [1.5, 0.0]), ("c", [-1.5, 0.0])];
        let mean = |b: usize| {
            let one = |draw| Copula::new(&Seed::named(&format!("{draw}")), &columns).correlation(0, b);
            (0..50).map(one).sum::<f64>() / 50.0
        };
        assert!(mean(1) > 0.5 && mean(2) < -0.5);
    }
}
