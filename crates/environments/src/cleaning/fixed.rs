//! The fixed model: trained on a cleaned table, scored on clean rows, always with the same seeds.

use envy_core::Seed;
use envy_learn::KnnConfig;

use super::exam::{Exam, Goal};
use super::features::Encoded;
use super::menu::Choice;
use super::tally::{MODEL_SEEDS, Tally};

/// Trees of the forest.
const FOREST_TREES: usize = 200;

/// A model that the agent cannot choose, so that only the data makes the difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FixedModel {
    /// A random forest of 200 trees.
    Forest,
    /// The 15 nearest neighbours over standardised columns.
    Neighbours,
}

impl FixedModel {
    /// The model's name as the knob has it.
    pub(super) const NAMES: &'static [&'static str] = &["rf200", "knn15"];

    /// The model of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Forest, Self::Neighbours].into_iter().find(|model| model.name() == name)
    }

    /// Its name, as the knob has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Forest => Self::NAMES[0],
            Self::Neighbours => Self::NAMES[1],
        }
    }

    /// What it is, for the prompt.
    pub(super) fn describe(self, goal: Goal) -> &'static str {
        match (self, goal) {
            (Self::Forest, Goal::Classes(_)) => {
                "a random forest of 200 full-grown trees, as scikit-learn defines it"
            }
            (Self::Forest, Goal::Number) => {
                "a random forest of 200 full-grown regression trees over a third of the columns at each split"
            }
            (Self::Neighbours, Goal::Classes(_)) => "the 15 nearest neighbours over standardised columns",
            (Self::Neighbours, Goal::Number) => {
                "the mean of the 15 nearest neighbours over standardised columns"
            }
        }
    }

    /// Trains on `train` and counts what the answers of [`MODEL_SEEDS`] models are worth on each row of `exam`.
    pub(super) fn tally(self, train: &Encoded, exam: &Exam) -> Tally {
        self.tally_with(train, exam, MODEL_SEEDS)
    }

    /// The same with the first `seeds` models only.
    pub(super) fn tally_with(self, train: &Encoded, exam: &Exam, seeds: u8) -> Tally {
        self.choice().tally_with(train, exam, seeds)
    }

    /// The model as the menu has it.
    fn choice(self) -> Choice {
        match self {
            Self::Forest => Choice::Forest {
                n_estimators: FOREST_TREES,
                max_depth: None,
                min_samples_leaf: 1,
                max_features: None,
            },
            Self::Neighbours => Choice::Neighbours { n_neighbors: KnnConfig::knn15().neighbours },
        }
    }
}

pub(super) fn model_seed(number: u8) -> Seed {
    Seed::named("cleaning/fixed-model").derive(&format!("model/{number}"))
}

/// Tables without missing numbers, rows without a class left out of the training.
pub(super) struct Prepared {
    pub(super) train: Vec<Vec<f64>>,
    pub(super) test: Vec<Vec<f64>>,
    pub(super) labels: Vec<f64>,
}

impl Prepared {
    pub(super) fn new(train: &Encoded, asked: &[Vec<f64>]) -> Self {
        let rows: Vec<usize> = (0..train.labels.len()).filter(|&row| train.labels[row].is_some()).collect();
        let labels = rows.iter().filter_map(|&row| train.labels[row]).collect();
        let mut prepared = Self { train: Vec::new(), test: Vec::new(), labels };
        for (train, test) in train.columns.iter().zip(asked) {
            let kept: Vec<f64> = rows.iter().map(|&row| train[row]).collect();
            let median = median(&kept);
            let fill = |values: &[f64]| values.iter().map(|x| if x.is_nan() { median } else { *x }).collect();
            prepared.train.push(fill(&kept));
            prepared.test.push(fill(test));
        }
        prepared
    }
}

impl Prepared {
    /// The labels, where they are codes of classes.
    pub(super) fn classes(&self) -> Vec<u32> {
        self.labels.iter().map(|code| *code as u32).collect()
    }
}

/// The median of what is not missing; 0 if everything is.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut present: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    present.sort_unstable_by(f64::total_cmp);
    match present.len() {
        0 => 0.0,
        n if n % 2 == 1 => present[n / 2],
        n => 0.5 * (present[n / 2 - 1] + present[n / 2]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(values: &[f64], labels: &[Option<f64>]) -> Encoded {
        Encoded { columns: vec![values.to_vec()], labels: labels.to_vec() }
    }

    #[test]
    fn missing_numbers_take_the_training_median_and_unlabelled_rows_are_left_out() {
        let train = encoded(&[1.0, f64::NAN, 3.0, 100.0], &[Some(0.0), Some(1.0), Some(0.0), None]);
        let test = encoded(&[f64::NAN], &[Some(0.0)]);
        let prepared = Prepared::new(&train, &test.columns);
        assert_eq!(prepared.train, [vec![1.0, 2.0, 3.0]]);
        assert_eq!((prepared.test, prepared.labels), (vec![vec![2.0]], vec![0.0, 1.0, 0.0]));
    }

    #[test]
    fn both_models_learn_a_step_and_nothing_learns_nothing() {
        let values: Vec<f64> = (0..60).map(f64::from).collect();
        let labels: Vec<Option<f64>> = (0..60).map(|row| Some(f64::from(u8::from(row >= 30)))).collect();
        let data = encoded(&values, &labels);
        for (name, goal) in
            [("rf200", Goal::Classes(2)), ("knn15", Goal::Classes(2)), ("rf200", Goal::Number)]
        {
            let model = FixedModel::named(name).unwrap();
            let exam = Exam::new(data.clone(), goal);
            assert!(model.tally(&data, &exam).mean() > 0.95, "{name}");
            let empty = encoded(&[], &[]);
            let least = if goal == Goal::Number { -3.0 } else { 0.0 };
            assert_eq!(model.tally(&empty, &exam).mean(), least);
        }
    }
}
