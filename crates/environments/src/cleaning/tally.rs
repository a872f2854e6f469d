//! Tally: what the fixed model's answers are worth on each row of a clean set, and what follows from two or three of them.

use envy_core::Seed;
use envy_learn::intervals::{BootstrapConfig, bootstrap_rows};

use super::exam::{Exam, Goal};

/// How many times the fixed model is trained, each time with another seed.
pub(super) const MODEL_SEEDS: u8 = 5;

/// Resamples of the rows for the bound of a recovery.
const RESAMPLES: usize = 1_000;

/// Both sides of the interval together; its lower end alone is a bound that holds with 95 %.
const BOUND_CONFIDENCE: f64 = 0.9;

/// Recovery is not counted below and above these (better than golden is possible, and never punished).
const RECOVERY_RANGE: (f64, f64) = (-0.5, 1.1);

/// For each row of a clean set, the points of the model's seeds together: of classes by how many it is classified
/// rightly. Whole numbers, so that no sum depends on an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tally {
    points: Vec<i32>,
    seeds: u8,
    /// The points of one right answer.
    unit: i32,
}

impl Tally {
    /// No model yet.
    pub(super) fn new(rows: usize, goal: Goal) -> Self {
        Self { points: vec![0; rows], seeds: 0, unit: goal.unit() }
    }

    /// Counts one more model: `times` seeds whose answers are `predicted`.
    pub(super) fn add(&mut self, predicted: &[f64], exam: &Exam, times: u8) {
        assert!(predicted.len() == exam.rows() && exam.rows() == self.points.len(), "one prediction a row");
        for (row, (points, predicted)) in self.points.iter_mut().zip(predicted).enumerate() {
            *points += i32::from(times) * exam.points(row, *predicted);
        }
        self.seeds += times;
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.points.len()
    }

    /// The mean over rows and the model's seeds: the accuracy, and of numbers R2.
    pub(super) fn mean(&self) -> f64 {
        self.sum() as f64 / (self.points.len() as f64 * f64::from(self.seeds) * f64::from(self.unit))
    }

    /// One digit a row; of numbers the points, separated by blanks.
    pub(super) fn encode(&self) -> String {
        if self.unit == 1 {
            return self.points.iter().map(|right| char::from(b'0' + *right as u8)).collect();
        }
        self.points.iter().map(i32::to_string).collect::<Vec<_>>().join(" ")
    }

    /// Reads what [`Tally::encode`] wrote for `seeds` models.
    pub(super) fn decode(text: &str, seeds: u8, goal: Goal) -> Option<Self> {
        let unit = goal.unit();
        let points: Option<Vec<i32>> = if unit == 1 {
            text.bytes().map(|digit| Some(i32::from(digit.checked_sub(b'0')?))).collect()
        } else {
            text.split_ascii_whitespace().map(|number| number.parse().ok()).collect()
        };
        let most = i32::from(seeds) * unit;
        points.filter(|points| points.iter().all(|points| *points <= most)).map(|points| Self {
            points,
            seeds,
            unit,
        })
    }

    /// The standard error of the difference in the mean to `other` over the draw of the rows.
    pub(super) fn difference_error(&self, other: &Self) -> f64 {
        let n = self.points.len() as f64;
        let differences = || self.differences(other).map(|difference| difference as f64);
        let mean = differences().sum::<f64>() / n;
        let squares: f64 = differences().map(|d| (d - mean) * (d - mean)).sum();
        (squares / (n * (n - 1.0))).sqrt() / f64::from(self.seeds) / f64::from(self.unit)
    }

    fn sum(&self) -> i64 {
        self.points.iter().map(|points| i64::from(*points)).sum()
    }

    fn differences<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = i64> + 'a {
        let alike = self.seeds == other.seeds && self.unit == other.unit && self.rows() == other.rows();
        assert!(alike, "tallies of the same rows");
        self.points.iter().zip(&other.points).map(|(a, b)| i64::from(*a) - i64::from(*b))
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
    /// What the corruption costs of the accuracy, or of R2.
    pub(super) fn headroom(&self) -> f64 {
        self.golden.mean() - self.corrupted.mean()
    }

    /// The standard error of the headroom over the draw of the rows.
    pub(super) fn headroom_error(&self) -> f64 {
        self.golden.difference_error(&self.corrupted)
    }

    /// The recovery of `agent` with its bound: a paired bootstrap over the rows, the same resamples for everyone.
    pub(super) fn recovery(&self, agent: &Tally) -> Recovery {
        let gains: Vec<i64> = agent.differences(&self.corrupted).collect();
        let scales: Vec<i64> = self.golden.differences(&self.corrupted).collect();
        let seed = Seed::named("cleaning/recovery-bootstrap");
        let config = BootstrapConfig { resamples: RESAMPLES, confidence: BOUND_CONFIDENCE, seed };
        let bootstrap = bootstrap_rows(gains.len(), &config, |rows| {
            let sum = |values: &[i64]| rows.iter().map(|row| values[*row as usize]).sum::<i64>();
            ratio(sum(&gains), sum(&scales))
        });
        Recovery { value: ratio(gains.iter().sum(), scales.iter().sum()), low: bootstrap.interval.low }
    }
}

fn ratio(gain: i64, scale: i64) -> f64 {
    // Without headroom there is nothing to win back.
    if scale <= 0 {
        return 0.0;
    }
    (gain as f64 / scale as f64).clamp(RECOVERY_RANGE.0, RECOVERY_RANGE.1)
}

#[cfg(test)]
mod tests {
    use super::super::features::Encoded;
    use super::*;

    const CLASSES: Goal = Goal::Classes(3);

    fn tally(right: &[i32]) -> Tally {
        Tally { points: right.to_vec(), seeds: 5, unit: 1 }
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
        let classes = tally(&[0, 5, 3]);
        assert_eq!(classes.encode(), "053");
        assert_eq!(Tally::decode(&classes.encode(), 5, CLASSES), Some(classes));
        assert_eq!(Tally::decode("016", 5, CLASSES), None);
        assert_eq!(Tally::decode("0x1", 5, CLASSES), None);
        let numbers = Tally { points: vec![50_000, -12, -2_000_000], seeds: 5, unit: 10_000 };
        assert_eq!(Tally::decode(&numbers.encode(), 5, Goal::Number), Some(numbers));
        assert_eq!(Tally::decode("50001", 5, Goal::Number), None);
        assert_eq!(Tally::decode("5 x", 5, Goal::Number), None);
    }

    #[test]
    fn predictions_are_counted_per_row() {
        let labels = vec![Some(0.0), Some(1.0), Some(1.0)];
        let exam = Exam::new(Encoded { columns: vec![vec![0.0; 3]], labels }, CLASSES);
        let mut tally = Tally::new(3, CLASSES);
        tally.add(&[0.0, 1.0, 2.0], &exam, 1);
        tally.add(&[0.0, 0.0, 1.0], &exam, 4);
        assert_eq!(tally.encode(), "514");
        assert!((tally.mean() - 10.0 / 15.0).abs() < 1e-15);
    }
}
