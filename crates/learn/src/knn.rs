//! k nearest neighbours on standardised columns, as scikit-learn's `StandardScaler` with `KNeighborsClassifier` or
//! `KNeighborsRegressor`.
//!
//! A gross outlier stretches its column's standard deviation and so blinds the model to that column: damage
//! that a forest does not feel.

use crate::frame::{check_labels, check_numbers};
use crate::{Frame, LearnError, metrics};

/// How neighbours vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnnConfig {
    /// How many neighbours vote, at least 1; all rows vote where there are fewer.
    pub neighbours: usize,
}

impl KnnConfig {
    /// The fixed model of a grader: 15 neighbours.
    pub fn knn15() -> Self {
        Self { neighbours: 15 }
    }
}

/// The training rows on a common scale, and their labels.
#[derive(Clone, Debug)]
pub struct Knn {
    rows: Neighbourhood,
    labels: Vec<u32>,
    classes: usize,
}

/// The training rows on a common scale, and their numbers.
#[derive(Clone, Debug)]
pub struct KnnRegressor {
    rows: Neighbourhood,
    numbers: Vec<f64>,
}

/// Rows on a common scale.
#[derive(Clone, Debug)]
struct Neighbourhood {
    scales: Vec<Scale>,
    columns: Vec<Vec<f64>>,
    neighbours: usize,
}

/// Mean and population standard deviation of a column.
#[derive(Clone, Copy, Debug)]
struct Scale {
    mean: f64,
    deviation: f64,
}

impl Knn {
    /// Learns the scale of every column and keeps the rows.
    ///
    /// # Errors
    /// Labels that do not fit the rows or the classes.
    ///
    /// # Panics
    /// `config` asks for no neighbours.
    pub fn fit(
        frame: &Frame<'_>,
        labels: &[u32],
        classes: usize,
        config: KnnConfig,
    ) -> Result<Self, LearnError> {
        assert!(config.neighbours > 0, "a vote needs at least one neighbour");
        check_labels(frame.rows(), labels, classes)?;
        Ok(Self { rows: Neighbourhood::new(frame, config), labels: labels.to_vec(), classes })
    }

    /// Shares of the neighbours' votes, row-major: `classes` numbers for every row. Of equally near rows, the
    /// earlier ones vote.
    ///
    /// # Panics
    /// `frame` has another number of columns than the model was fitted on.
    pub fn predict_proba(&self, frame: &Frame<'_>) -> Vec<f64> {
        let mut shares = vec![0.0; frame.rows() * self.classes];
        let mut votes = shares.chunks_exact_mut(self.classes);
        self.rows.visit(frame, |nearest| {
            let Some(votes) = votes.next() else { return };
            for &(_, neighbour) in nearest {
                votes[self.labels[neighbour] as usize] += 1.0;
            }
            for vote in votes {
                *vote /= self.rows.neighbours as f64;
            }
        });
        shares
    }

    /// The class with most votes for every row; of equally many, the first.
    ///
    /// # Panics
    /// As [`Knn::predict_proba`].
    pub fn predict(&self, frame: &Frame<'_>) -> Vec<u32> {
        metrics::most_probable(&self.predict_proba(frame), self.classes)
    }
}

impl KnnRegressor {
    /// Learns the scale of every column and keeps the rows.
    ///
    /// # Errors
    /// Numbers that do not fit the rows or are not finite.
    ///
    /// # Panics
    /// `config` asks for no neighbours.
    pub fn fit(frame: &Frame<'_>, numbers: &[f64], config: KnnConfig) -> Result<Self, LearnError> {
        assert!(config.neighbours > 0, "a mean needs at least one neighbour");
        check_numbers(frame.rows(), numbers)?;
        Ok(Self { rows: Neighbourhood::new(frame, config), numbers: numbers.to_vec() })
    }

    /// The mean of the neighbours' numbers for every row. Of equally near rows, the earlier ones count.
    ///
    /// # Panics
    /// `frame` has another number of columns than the model was fitted on.
    pub fn predict(&self, frame: &Frame<'_>) -> Vec<f64> {
        let mut means = Vec::with_capacity(frame.rows());
        self.rows.visit(frame, |nearest| {
            let sum: f64 = nearest.iter().map(|(_, neighbour)| self.numbers[*neighbour]).sum();
            means.push(sum / nearest.len() as f64);
        });
        means
    }
}

impl Neighbourhood {
    fn new(frame: &Frame<'_>, config: KnnConfig) -> Self {
        let scales: Vec<Scale> = frame.columns().iter().map(|column| Scale::of(column)).collect();
        let columns = scales
            .iter()
            .zip(frame.columns())
            .map(|(scale, column)| column.iter().map(|&value| scale.apply(value)).collect())
            .collect();
        Self { scales, columns, neighbours: config.neighbours.min(frame.rows()) }
    }

    /// Shows the nearest rows of every row of `frame` in turn, nearest first.
    fn visit(&self, frame: &Frame<'_>, mut see: impl FnMut(&[(f64, usize)])) {
        assert_eq!(
            frame.columns().len(),
            self.columns.len(),
            "neighbours have the columns of the fitted rows"
        );
        let mut distances = vec![0.0; self.columns[0].len()];
        let mut nearest = Vec::with_capacity(self.neighbours + 1);
        for row in 0..frame.rows() {
            self.measure(frame, row, &mut distances);
            keep_nearest(&distances, self.neighbours, &mut nearest);
            see(&nearest);
        }
    }

    /// Squared distances of one row to every fitted row, summed column by column.
    fn measure(&self, frame: &Frame<'_>, row: usize, distances: &mut [f64]) {
        distances.fill(0.0);
        for ((scale, fitted), asked) in self.scales.iter().zip(&self.columns).zip(frame.columns()) {
            let value = scale.apply(asked[row]);
            for (distance, other) in distances.iter_mut().zip(fitted) {
                let gap = value - other;
                *distance += gap * gap;
            }
        }
    }
}

impl Scale {
    fn of(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / n;
        // Summing equal values leaves a residue of rounding that is no spread (scikit-learn's own bound).
        let residue = n * mean * f64::EPSILON;
        let constant = variance <= n * f64::EPSILON * variance + residue * residue;
        Self { mean, deviation: if constant { 1.0 } else { libm::sqrt(variance) } }
    }

    fn apply(self, value: f64) -> f64 {
        (value - self.mean) / self.deviation
    }
}

/// The `count` least distances with their rows, nearest first, earlier rows before later ones.
fn keep_nearest(distances: &[f64], count: usize, nearest: &mut Vec<(f64, usize)>) {
    nearest.clear();
    for (row, &distance) in distances.iter().enumerate() {
        if nearest.len() == count && distance >= nearest[count - 1].0 {
            continue;
        }
        nearest.truncate(count - 1);
        let at = nearest.partition_point(|near| near.0 <= distance);
        nearest.insert(at, (distance, row));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_are_sorted_and_earlier_rows_win_ties() {
        let mut nearest = Vec::new();
        keep_nearest(&[3.0, 1.0, 2.0, 1.0, 2.0, 0.5], 3, &mut nearest);
        assert_eq!(nearest, [(0.5, 5), (1.0, 1), (1.0, 3)]);
        keep_nearest(&[2.0, 2.0, 2.0], 2, &mut nearest);
        assert_eq!(nearest, [(2.0, 0), (2.0, 1)]);
    }

    #[test]
    fn few_rows_all_vote_and_constant_columns_say_nothing() {
        let columns = [vec![0.1; 3], vec![1.0, 2.0, 3.0]];
        let frame = Frame::new(&columns).unwrap();
        let model = Knn::fit(&frame, &[0, 1, 1], 2, KnnConfig::knn15()).unwrap();
        assert_eq!(model.predict_proba(&frame), [1.0 / 3.0, 2.0 / 3.0].repeat(3));
        let model = Knn::fit(&frame, &[0, 1, 1], 2, KnnConfig { neighbours: 1 }).unwrap();
        assert_eq!(model.predict(&frame), [0, 1, 1]);
    }

    #[test]
    fn the_mean_of_the_neighbours_answers_for_a_number() {
        let columns = [vec![0.0, 1.0, 2.5, 10.0]];
        let frame = Frame::new(&columns).unwrap();
        let model = KnnRegressor::fit(&frame, &[1.0, 2.0, 6.0, 100.0], KnnConfig { neighbours: 2 }).unwrap();
        assert_eq!(model.predict(&frame), [1.5, 1.5, 4.0, 53.0]);
        let error =
            KnnRegressor::fit(&frame, &[1.0, f64::INFINITY, 6.0, 1.0], KnnConfig::knn15()).unwrap_err();
        assert_eq!(error, LearnError::NumberNotFinite { row: 1 });
    }

    #[test]
    fn one_gross_outlier_blinds_the_model_to_its_column() {
        let mut signal: Vec<f64> = (0..40).map(f64::from).collect();
        let labels: Vec<u32> = (0..40).map(|row| u32::from(row >= 20)).collect();
        let noise: Vec<f64> = (0..40).map(|row| f64::from(row * 19 % 40)).collect();
        let right = |signal: &[f64]| {
            let columns = [signal.to_vec(), noise.clone()];
            let frame = Frame::new(&columns).unwrap();
            let model = Knn::fit(&frame, &labels, 2, KnnConfig { neighbours: 3 }).unwrap();
            metrics::accuracy(&labels, &model.predict(&frame))
        };
        let clean = right(&signal);
        signal[39] = 1e6;
        assert!(clean > right(&signal) + 0.1, "clean {clean}, with an outlier {}", right(&signal));
    }
}
