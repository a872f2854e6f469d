//! Codes: popularity by rank (Zipf), and graded answers (Likert).

use super::{Family, Shape};

/// The rank of a category, 0 the most frequent: the share of rank k goes as `(k + 1)^-s`.
pub struct Zipf;

impl Zipf {
    /// The shares of the ranks `0..levels`.
    pub fn shares(s: f64, levels: usize) -> Vec<f64> {
        normalised((1..=levels).map(|rank| libm::pow(rank as f64, -s)).collect())
    }
}

impl Family for Zipf {
    fn name(&self) -> &'static str {
        "zipf"
    }

    fn shapes(&self) -> &'static [Shape] {
        &[Shape { name: "s", low: 0.8, high: 1.4 }, Shape { name: "levels", low: 8.0, high: 200.0 }]
    }

    fn quantile(&self, u: f64, shapes: &[f64]) -> f64 {
        code(u, &Self::shares(shapes[0], shapes[1] as usize)) as f64
    }

    fn is_discrete(&self) -> bool {
        true
    }
}

/// A graded answer from 1 to `levels`, normal-shaped around the share `centre` of the scale with the width
/// `spread` (a share of the scale as well).
pub struct Likert;

impl Family for Likert {
    fn name(&self) -> &'static str {
        "likert"
    }

    fn shapes(&self) -> &'static [Shape] {
        &[
            Shape { name: "levels", low: 5.0, high: 7.0 },
            Shape { name: "centre", low: 0.2, high: 0.8 },
            Shape { name: "spread", low: 0.15, high: 0.5 },
        ]
    }

    fn quantile(&self, u: f64, shapes: &[f64]) -> f64 {
        let levels = shapes[0] as usize;
        let share = |level: usize| {
            let away = (level as f64 / (levels - 1) as f64 - shapes[1]) / shapes[2];
            libm::exp(-0.5 * away * away)
        };
        1.0 + code(u, &normalised((0..levels).map(share).collect())) as f64
    }

    fn is_discrete(&self) -> bool {
        true
    }
}

fn normalised(mut shares: Vec<f64>) -> Vec<f64> {
    let sum: f64 = shares.iter().sum();
    for share in &mut shares {
        *share /= sum;
    }
    shares
}

/// The first code whose summed share reaches `u`.
fn code(u: f64, shares: &[f64]) -> usize {
    let mut sum = 0.0;
    let reached = shares.iter().position(|share| {
        sum += share;
        u <= sum
    });
    reached.unwrap_or(shares.len() - 1)
}
