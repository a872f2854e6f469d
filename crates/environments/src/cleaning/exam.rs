//! Exam: rows on which a model is asked, with the right answers.

use super::features::Encoded;

/// What a label is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// One of so many classes: an answer is right or wrong.
    Classes(usize),
    /// A number: an answer is worth 1 less its squared error in variances of the truth, so that the mean is R2.
    Number,
}

/// Points of a right answer where answers are numbers; a class is right (1) or not (0).
const NUMBER_UNIT: i32 = 10_000;
/// The squared error of one answer counts up to so many variances: ten standard deviations.
const ERROR_MAX: f64 = 100.0;
/// What a missing answer counts for: an error of two standard deviations, worse than naming the mean of any row.
const ERROR_OF_NONE: f64 = 4.0;

/// An answer that is right on no row.
pub(super) const NO_ANSWER: f64 = f64::NAN;

impl Goal {
    /// The points of a right answer.
    pub(super) fn unit(self) -> i32 {
        match self {
            Self::Classes(_) => 1,
            Self::Number => NUMBER_UNIT,
        }
    }

    /// What the mean of the points is called in figures.
    pub(super) fn measure(self) -> &'static str {
        match self {
            Self::Classes(_) => "accuracy",
            Self::Number => "r2",
        }
    }

    /// What it is called in sentences.
    pub(super) fn measure_in_words(self) -> &'static str {
        match self {
            Self::Classes(_) => "accuracy",
            Self::Number => "R2",
        }
    }

    /// What a model reaches that knows nothing of the columns.
    pub(super) fn chance(self) -> f64 {
        match self {
            Self::Classes(classes) => 1.0 / classes as f64,
            Self::Number => 0.0,
        }
    }
}

/// Rows on which a model is asked, with the right answers.
#[derive(Clone, Debug)]
pub(super) struct Exam {
    /// What the model reads of each row.
    pub(super) columns: Vec<Vec<f64>>,
    /// What a label is.
    pub(super) goal: Goal,
    /// The right answer of each row; without one nobody can be right there.
    answers: Vec<Option<f64>>,
    /// Of the answers, where they are numbers.
    variance: f64,
}

impl Exam {
    /// The rows of a table that is true.
    pub(super) fn new(table: Encoded, goal: Goal) -> Self {
        let known: Vec<f64> = table.labels.iter().flatten().copied().collect();
        let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
        let squares: f64 = known.iter().map(|answer| (answer - mean) * (answer - mean)).sum();
        let variance = squares / known.len().max(1) as f64;
        Self { columns: table.columns, answers: table.labels, goal, variance }
    }

    /// The same with no right answer on some rows: whoever lost them is wrong there.
    pub(super) fn without(mut self, is_lost: impl Fn(usize) -> bool) -> Self {
        for (row, answer) in self.answers.iter_mut().enumerate() {
            if is_lost(row) {
                *answer = None;
            }
        }
        self
    }

    /// Equal to the bit, a missing number being equal to itself.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let bits =
            |exam: &Self| -> Vec<u64> { exam.columns.iter().flatten().map(|cell| cell.to_bits()).collect() };
        self.answers == other.answers && bits(self) == bits(other)
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.answers.len()
    }

    /// The right answer of each row.
    pub(super) fn answers(&self) -> &[Option<f64>] {
        &self.answers
    }

    /// What an answer on a row is worth, in points.
    pub(super) fn points(&self, row: usize, predicted: f64) -> i32 {
        match self.goal {
            Goal::Classes(_) => i32::from(self.answers[row] == Some(predicted)),
            Goal::Number => {
                let error = self.answers[row].map_or(f64::NAN, |answer| {
                    let off = predicted - answer;
                    off * off / self.variance
                });
                let counted = if error.is_nan() { ERROR_OF_NONE } else { error.min(ERROR_MAX) };
                ((1.0 - counted) * f64::from(NUMBER_UNIT)).round() as i32
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exam(answers: &[Option<f64>], goal: Goal) -> Exam {
        Exam::new(Encoded { columns: vec![vec![0.0; answers.len()]], labels: answers.to_vec() }, goal)
    }

    #[test]
    fn a_class_is_right_or_wrong() {
        let exam = exam(&[Some(0.0), Some(2.0), None], Goal::Classes(3));
        assert_eq!([exam.points(0, 0.0), exam.points(1, 0.0), exam.points(1, 2.0)], [1, 0, 1]);
        assert_eq!([exam.points(2, 0.0), exam.points(0, NO_ANSWER)], [0, 0]);
    }

    #[test]
    fn the_mean_of_the_points_of_numbers_is_r2() {
        let truth = [1.0, 2.0, 4.0, 9.0];
        let exam = exam(&truth.map(Some), Goal::Number);
        let mean = |predicted: [f64; 4]| {
            let sum: i32 = (0..4).map(|row| exam.points(row, predicted[row])).sum();
            f64::from(sum) / 4.0 / f64::from(Goal::Number.unit())
        };
        let close = |predicted: [f64; 4]| {
            (mean(predicted) - envy_learn::metrics::r2(&truth, &predicted)).abs() < 1e-4
        };
        assert!(close(truth) && close([4.0; 4]) && close([1.5, 2.0, 3.0, 7.0]));
        assert_eq!(exam.points(0, NO_ANSWER), -3 * NUMBER_UNIT);
        assert_eq!(exam.points(0, 1e200), -99 * NUMBER_UNIT);
    }
}
