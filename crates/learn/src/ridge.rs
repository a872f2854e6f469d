//! Linear regression with a ridge on standardised columns: as scikit-learn's `Ridge` behind a `StandardScaler`.

use crate::LearnError;
use crate::frame::{Frame, check_numbers};
use crate::logistic::{dot, moments, solve};

/// A fitted linear model of a number.
#[derive(Clone, Debug)]
pub struct Ridge {
    intercept: f64,
    /// On the raw columns.
    weights: Vec<f64>,
}

impl Ridge {
    /// Fits to one finite number for every row. `ridge` is the weight of the squared norm of the standardised
    /// coefficients beside the summed squares of the errors (scikit-learn's `alpha`).
    ///
    /// # Errors
    /// Numbers that do not fit the rows or are not finite.
    ///
    /// # Panics
    /// The ridge is not positive.
    pub fn fit(frame: &Frame<'_>, numbers: &[f64], ridge: f64) -> Result<Self, LearnError> {
        assert!(ridge > 0.0, "without a ridge equal columns have no fit");
        check_numbers(frame.rows(), numbers)?;
        let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
        let centred: Vec<f64> = numbers.iter().map(|number| number - mean).collect();
        let scales: Vec<(f64, f64)> = frame.columns().iter().map(|column| moments(column)).collect();
        let standard: Vec<Vec<f64>> = frame
            .columns()
            .iter()
            .zip(&scales)
            .map(|(column, (mean, scale))| column.iter().map(|value| (value - mean) / scale).collect())
            .collect();
        let size = standard.len();
        let mut gram = vec![0.0; size * size];
        for (row, column) in standard.iter().enumerate() {
            for (other, before) in standard[..=row].iter().enumerate() {
                gram[row * size + other] = dot(column, before);
            }
            gram[row * size + row] += ridge;
        }
        let right = standard.iter().map(|column| dot(column, &centred)).collect();
        let solved = solve(&mut gram, right);
        let weights: Vec<f64> =
            solved.iter().zip(&scales).map(|(weight, (_, scale))| weight / scale).collect();
        let shift: f64 = weights.iter().zip(&scales).map(|(weight, (mean, _))| weight * mean).sum();
        Ok(Self { intercept: mean - shift, weights })
    }

    /// The number for each row.
    ///
    /// # Panics
    /// The frame has another number of columns than the one it was fitted to.
    pub fn predict(&self, frame: &Frame<'_>) -> Vec<f64> {
        assert_eq!(frame.columns().len(), self.weights.len(), "as many columns as it was fitted to");
        let mut answers = vec![self.intercept; frame.rows()];
        for (column, weight) in frame.columns().iter().zip(&self.weights) {
            for (answer, value) in answers.iter_mut().zip(column) {
                *answer += weight * value;
            }
        }
        answers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_ridge_finds_a_line_and_a_great_one_the_mean() {
        let columns = [
            (0..50).map(f64::from).collect::<Vec<_>>(),
            (0..50).map(|row| f64::from(row * 7 % 13)).collect(),
        ];
        let numbers: Vec<f64> =
            (0..50).map(|row| 3.0 + 0.5 * columns[0][row] - 2.0 * columns[1][row]).collect();
        let frame = Frame::new(&columns).unwrap();
        let close = |left: &[f64], right: &[f64], most: f64| {
            left.iter().zip(right).all(|(left, right)| (left - right).abs() < most)
        };
        assert!(close(&Ridge::fit(&frame, &numbers, 1e-9).unwrap().predict(&frame), &numbers, 1e-6));
        let mean = numbers.iter().sum::<f64>() / 50.0;
        assert!(close(&Ridge::fit(&frame, &numbers, 1e12).unwrap().predict(&frame), &[mean; 50], 1e-6));
        // One column, ridge as large as its sum of squares: the slope is halved, as scikit-learn's alpha halves it.
        let single = [vec![-1.0, 1.0, -1.0, 1.0]];
        let fitted = Ridge::fit(&Frame::new(&single).unwrap(), &[0.0, 2.0, 0.0, 2.0], 4.0).unwrap();
        assert!(close(&fitted.predict(&Frame::new(&single).unwrap()), &[0.5, 1.5, 0.5, 1.5], 1e-12));
    }
}
