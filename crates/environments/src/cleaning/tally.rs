//! Tally: how often the fixed model is right on each row of a clean set, and what follows from two or three of them.

use envy_core::Seed;
use envy_learn::intervals::{BootstrapConfig, bootstrap_rows};

/// How many times the fixed model is trained, each time with another seed.
pub(super) const MODEL_SEEDS: u8 = 5;

/// A prediction that is right on no row.
pub(super) const NO_CLASS: u32 = u32::MAX - 1;

/// Resamples of the rows for the bound of a recovery.
const RESAMPLES: usize = 1_000;

/// Both sides of the interval together; its lower end alone is a bound that holds with 95 %.
const BOUND_CONFIDENCE: f64 = 0.9;

/// Recovery is not counted below and above these (better than golden is possible, and never punished).
const RECOVERY_RANGE: (f64, f64) = (-0.5, 1.1);

/// For each row of a clean set, by how many of the model's seeds it is classified rightly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tally {
    right: Vec<u8>,
    seeds: u8,
}

impl Tally {
    /// No model yet.
    pub(super) fn new(rows: usize) -> Self {
        Self { right: vec![0; rows], seeds: 0 }
    }

    /// Counts one more model: `times` seeds whose predictions are `predicted`.
    pub(super) fn add(&mut self, predicted: &[u32], truth: &[u32], times: u8) {
        assert!(predicted.len() == truth.len() && truth.len() == self.right.len(), "one prediction a row");
        for ((right, predicted), truth) in self.right.iter_mut().zip(predicted).zip(truth) {
            *right += times * u8::from(predicted == truth);
        }
        self.seeds += times;
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.right.len()
    }

    /// Mean accuracy over the model's seeds.
    pub(super) fn accuracy(&self) -> f64 {
        self.sum() as f64 / (self.right.len() as f64 * f64::from(self.seeds))
    }

    /// One digit a row.
    pub(super) fn encode(&self) -> String {
        self.right.iter().map(|right| char::from(b'0' + right)).collect()
    }

    /// Reads what [`Tally::encode`] wrote for `seeds` models.
    pub(super) fn decode(text: &str, seeds: u8) -> Option<Self> {
        let right: Vec<u8> = text.bytes().map(|digit| digit.wrapping_sub(b'0')).collect();
        right.iter().all(|right| *right <= seeds).then_some(Self { right, seeds })
    }

    /// The standard error of the difference in accuracy to `other` over the draw of the rows.
    pub(super) fn difference_error(&self, other: &Self) -> f64 {
        let n = self.right.len() as f64;
        let differences = || self.differences(other).map(f64::from);
        let mean = differences().sum::<f64>() / n;
        let squares: f64 = differences().map(|d| (d - mean) * (d - mean)).sum();
        (squares / (n * (n - 1.0))).sqrt() / f64::from(self.seeds)
    }

    fn sum(&self) -> u64 {
        self.right.iter().map(|right| u64::from(*right)).sum()
    }

    fn differences<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = i32> + 'a {
        assert!(self.seeds == other.seeds && self.rows() == other.rows(), "tallies of the same rows");
        self.right.iter().zip(&other.right).map(|(a, b)| i32::from(*a) - i32::from(*b))
    }
}

/// What the fixed model makes of the true table and of the table as it came: the ends of the scale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scale {
    /// Trained on the true table.
    pub(super) golden: Tally,
    /// Trained on the table as it came.
    pub(super) corrupted: Tally,
}

/// A share of the lost accuracy that was won back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Recovery {
    /// The estimate.
    pub(super) value: f64,
    /// A lower bound that holds with 95 % over the draw of the rows.
    pub(super) low: f64,
}

impl Scale {
    /// Accuracy lost to the corruption.
    pub(super) fn headroom(&self) -> f64 {
        self.golden.accuracy() - self.corrupted.accuracy()
    }

    /// The standard error of the headroom over the draw of the rows.
    pub(super) fn headroom_error(&self) -> f64 {
        self.golden.difference_error(&self.corrupted)
    }

    /// The recovery of `agent` with its bound: a paired bootstrap over the rows, the same resamples for everyone.
    pub(super) fn recovery(&self, agent: &Tally) -> Recovery {
        let gains: Vec<i32> = agent.differences(&self.corrupted).collect();
        let scales: Vec<i32> = self.golden.differences(&self.corrupted).collect();
        let seed = Seed::named("cleaning/recovery-bootstrap");
        let config = BootstrapConfig { resamples: RESAMPLES, confidence: BOUND_CONFIDENCE, seed };
        let bootstrap = bootstrap_rows(gains.len(), &config, |rows| {
            let sum = |values: &[i32]| rows.iter().map(|row| values[*row as usize]).sum::<i32>();
            ratio(sum(&gains), sum(&scales))
        });
        Recovery { value: ratio(gains.iter().sum(), scales.iter().sum()), low: bootstrap.interval.low }
    }
}

fn ratio(gain: i32, scale: i32) -> f64 {
    // Without headroom there is nothing to win back.
    if scale <= 0 {
        return 0.0;
    }
    (f64::from(gain) / f64::from(scale)).clamp(RECOVERY_RANGE.0, RECOVERY_RANGE.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(right: &[u8]) -> Tally {
        Tally { right: right.to_vec(), seeds: 5 }
    }

    #[test]
    fn the_ends_of_the_scale_are_zero_and_one() {
        let scale = Scale { golden: tally(&[5, 5, 5, 4]), corrupted: tally(&[5, 1, 0, 4]) };
        assert_eq!(scale.recovery(&scale.corrupted).value, 0.0);
        assert_eq!(scale.recovery(&scale.golden).value, 1.0);
        let none = Recovery { value: 0.0, low: 0.0 };
        assert_eq!(scale.recovery(&scale.corrupted), none);
        let flat = Scale { golden: tally(&[1; 4]), corrupted: tally(&[1; 4]) };
        assert_eq!(flat.recovery(&tally(&[5; 4])), none);
    }

    #[test]
    fn better_than_golden_stays_above_one_and_harm_is_bounded() {
        let scale = Scale { golden: tally(&[4, 4]), corrupted: tally(&[2, 2]) };
        assert_eq!(scale.recovery(&tally(&[5, 5])).value, 1.1);
        assert_eq!(scale.recovery(&tally(&[0, 0])).value, -0.5);
    }

    #[test]
    fn the_bound_closes_in_with_more_rows() {
        let low = |repeats: usize| {
            let scale = Scale {
                golden: tally(&[5, 5, 5, 2].repeat(repeats)),
                corrupted: tally(&[5, 0, 1, 2].repeat(repeats)),
            };
            scale.recovery(&tally(&[5, 4, 4, 3].repeat(repeats))).low
        };
        assert!(low(5) < low(50) && low(50) < low(500) && low(500) < 8.0 / 9.0);
    }

    #[test]
    fn a_tally_comes_back_from_its_text() {
        let tally = tally(&[0, 5, 3]);
        assert_eq!(Tally::decode(&tally.encode(), 5), Some(tally));
        assert_eq!(Tally::decode("016", 5), None);
        assert_eq!(Tally::decode("0x1", 5), None);
    }

    #[test]
    fn predictions_are_counted_per_row() {
        let mut tally = Tally::new(3);
        tally.add(&[0, 1, 2], &[0, 1, 1], 1);
        tally.add(&[0, 0, 1], &[0, 1, 1], 4);
        assert_eq!(tally.encode(), "514");
        assert!((tally.accuracy() - 10.0 / 15.0).abs() < 1e-15);
    }
}
