//! Logistic regression with a ridge, by Newton's method on standardised columns: as scikit-learn's with `C = 1 / ridge`
//! behind a `StandardScaler`.

use crate::LearnError;
use crate::frame::{Frame, check_labels};

/// How it is fitted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogisticConfig {
    /// Weight of half the squared norm of the standardised coefficients, beside the summed log-loss; above 0.
    pub ridge: f64,
    /// Newton steps at most; a step that moves nothing ends the fit before.
    pub steps_max: usize,
}

impl LogisticConfig {
    /// Scikit-learn's default: a ridge of 1.
    pub fn standard() -> Self {
        Self { ridge: 1.0, steps_max: 30 }
    }
}

/// A fitted model of two classes.
#[derive(Clone, Debug)]
pub struct Logistic {
    intercept: f64,
    /// On the raw columns.
    weights: Vec<f64>,
}

/// A Newton step that moves every coefficient by less than this is the last.
const STEP_MIN: f64 = 1e-9;

impl Logistic {
    /// Fits to labels of which class 1 is the positive one.
    ///
    /// # Errors
    /// Labels that are not one of 0 and 1 for each row.
    ///
    /// # Panics
    /// The ridge is not positive.
    pub fn fit(frame: &Frame<'_>, labels: &[u32], config: &LogisticConfig) -> Result<Self, LearnError> {
        assert!(config.ridge > 0.0, "without a ridge separable classes have no fit");
        check_labels(frame.rows(), labels, 2)?;
        let scales: Vec<(f64, f64)> = frame.columns().iter().map(|column| moments(column)).collect();
        let standard: Vec<Vec<f64>> = frame
            .columns()
            .iter()
            .zip(&scales)
            .map(|(column, (mean, scale))| column.iter().map(|value| (value - mean) / scale).collect())
            .collect();
        let coefficients = newton(&standard, labels, config);
        let weights: Vec<f64> =
            coefficients[1..].iter().zip(&scales).map(|(weight, (_, scale))| weight / scale).collect();
        let shift: f64 = weights.iter().zip(&scales).map(|(weight, (mean, _))| weight * mean).sum();
        Ok(Self { intercept: coefficients[0] - shift, weights })
    }

    /// The probability of class 1 for each row.
    ///
    /// # Panics
    /// The frame has another number of columns than the one it was fitted to.
    pub fn predict_proba(&self, frame: &Frame<'_>) -> Vec<f64> {
        assert_eq!(frame.columns().len(), self.weights.len(), "as many columns as it was fitted to");
        let mut scores = vec![self.intercept; frame.rows()];
        for (column, weight) in frame.columns().iter().zip(&self.weights) {
            for (score, value) in scores.iter_mut().zip(column) {
                *score += weight * value;
            }
        }
        scores.into_iter().map(sigmoid).collect()
    }

    /// The coefficients on the raw columns.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }
}

/// `1 / (1 + exp(-score))`.
pub fn sigmoid(score: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-score))
}

/// Mean and standard deviation; a constant column has the scale 1, so that it stays constant.
pub(crate) fn moments(column: &[f64]) -> (f64, f64) {
    let mean = column.iter().sum::<f64>() / column.len() as f64;
    let square =
        column.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / column.len() as f64;
    let scale = libm::sqrt(square);
    (mean, if scale > 1e-12 { scale } else { 1.0 })
}

/// The intercept and the coefficients of standardised columns.
fn newton(columns: &[Vec<f64>], labels: &[u32], config: &LogisticConfig) -> Vec<f64> {
    let size = columns.len() + 1;
    let mut coefficients = vec![0.0; size];
    for _ in 0..config.steps_max {
        let mut scores = vec![coefficients[0]; labels.len()];
        for (column, weight) in columns.iter().zip(&coefficients[1..]) {
            scores.iter_mut().zip(column).for_each(|(score, value)| *score += weight * value);
        }
        let probabilities: Vec<f64> = scores.into_iter().map(sigmoid).collect();
        let residuals: Vec<f64> = probabilities.iter().zip(labels).map(|(p, y)| f64::from(*y) - p).collect();
        // Kept off 0, so that rows that are certain do not make the matrix singular.
        let curvatures: Vec<f64> = probabilities.iter().map(|p| (p * (1.0 - p)).max(1e-12)).collect();
        let mut gradient = vec![residuals.iter().sum::<f64>()];
        let mut hessian = vec![0.0; size * size];
        hessian[0] = curvatures.iter().sum();
        for (j, column) in columns.iter().enumerate() {
            let weighted: Vec<f64> = column.iter().zip(&curvatures).map(|(x, w)| x * w).collect();
            gradient.push(dot(column, &residuals) - config.ridge * coefficients[j + 1]);
            hessian[(j + 1) * size] = weighted.iter().sum();
            for (k, other) in columns[..=j].iter().enumerate() {
                hessian[(j + 1) * size + k + 1] = dot(&weighted, other);
            }
            hessian[(j + 1) * size + j + 1] += config.ridge;
        }
        let step = solve(&mut hessian, gradient);
        coefficients.iter_mut().zip(&step).for_each(|(coefficient, step)| *coefficient += step);
        if step.iter().all(|step| step.abs() < STEP_MIN) {
            break;
        }
    }
    coefficients
}

pub(crate) fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

/// Solves a positive definite system whose lower triangle is given, by Cholesky's method in place.
pub(crate) fn solve(matrix: &mut [f64], mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for row in 0..size {
        for column in 0..=row {
            let (above, below) = (row * size, column * size);
            let sum = dot(&matrix[above..above + column], &matrix[below..below + column]);
            let rest = matrix[above + column] - sum;
            matrix[above + column] =
                if row == column { libm::sqrt(rest.max(1e-12)) } else { rest / matrix[below + column] };
        }
        let sum = dot(&matrix[row * size..row * size + row], &right[..row]);
        right[row] = (right[row] - sum) / matrix[row * size + row];
    }
    for row in (0..size).rev() {
        let sum: f64 = (row + 1..size).map(|below| matrix[below * size + row] * right[below]).sum();
        right[row] = (right[row] - sum) / matrix[row * size + row];
    }
    right
}

#[cfg(test)]
mod tests {
    use envy_core::Seed;

    use super::*;

    #[test]
    fn the_fit_is_the_one_of_scikit_learn() {
        // LogisticRegression(C=1) behind a StandardScaler on these eight rows, scikit-learn 1.9.
        let columns =
            [vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], vec![1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0]];
        let labels = [0, 0, 1, 0, 1, 0, 1, 1];
        let frame = Frame::new(&columns).unwrap();
        let model = Logistic::fit(&frame, &labels, &LogisticConfig::standard()).unwrap();
        let expected = [
            0.236_615_879_897_428_7,
            0.302_238_802_183_005,
            0.377_071_789_435_348_4,
            0.458_264_363_602_322_2,
        ];
        for (got, expected) in model.predict_proba(&frame).into_iter().zip(expected) {
            assert!((got - expected).abs() < 1e-9, "{got} {expected}");
        }
    }

    #[test]
    fn coefficients_come_back_from_many_rows() {
        let mut rng = Seed::named("logistic").rng();
        let columns: Vec<Vec<f64>> =
            (0..3).map(|_| (0..20_000).map(|_| 2.0 * rng.normal() + 1.0).collect()).collect();
        let truth = [0.8, -0.5, 0.0];
        let labels: Vec<u32> = (0..20_000)
            .map(|row| {
                let score: f64 =
                    truth.iter().zip(&columns).map(|(weight, column)| weight * column[row]).sum();
                u32::from(rng.chance(sigmoid(score - 0.4)))
            })
            .collect();
        let frame = Frame::new(&columns).unwrap();
        let model = Logistic::fit(&frame, &labels, &LogisticConfig::standard()).unwrap();
        for (got, truth) in model.weights().iter().zip(truth) {
            assert!((got - truth).abs() < 0.04, "{got} {truth}");
        }
    }

    #[test]
    fn separable_classes_and_constant_columns_have_a_fit() {
        let columns = [vec![0.0, 1.0, 2.0, 3.0], vec![5.0; 4]];
        let frame = Frame::new(&columns).unwrap();
        let model = Logistic::fit(&frame, &[0, 0, 1, 1], &LogisticConfig::standard()).unwrap();
        let probabilities = model.predict_proba(&frame);
        assert!(probabilities.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(model.weights().iter().all(|weight| weight.is_finite()));
        assert!(Logistic::fit(&frame, &[0, 0, 1, 2], &LogisticConfig::standard()).is_err());
    }
}
