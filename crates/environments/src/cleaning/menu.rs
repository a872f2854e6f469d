//! The menu of the track `choose`: four models with a few settings each, under scikit-learn's names.

use envy_core::Submission;
use envy_learn::{
    Boosting, BoostingConfig, FeaturesPerSplit, Forest, ForestConfig, Frame, Knn, KnnConfig, LearnError,
    Logistic, LogisticConfig,
};
use serde::Deserialize;

use super::features::Encoded;
use super::fixed::{Prepared, model_seed};
use super::tally::{MODEL_SEEDS, NO_CLASS, Tally};

/// The file that names the model.
pub(super) const MODEL: &str = "model.json";

/// A model of the menu with its settings.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "model", deny_unknown_fields)]
pub(super) enum Choice {
    /// A forest of Gini trees.
    #[serde(rename = "random_forest")]
    Forest {
        #[serde(default = "hundred")]
        n_estimators: usize,
        #[serde(default)]
        max_depth: Option<usize>,
        #[serde(default = "one")]
        min_samples_leaf: usize,
        #[serde(default)]
        max_features: Features,
    },
    /// Neighbours over standardised columns.
    #[serde(rename = "k_neighbors")]
    Neighbours {
        #[serde(default = "five")]
        n_neighbors: usize,
    },
    /// A ridge-penalised logistic regression over standardised columns, one class against the rest.
    #[serde(rename = "logistic_regression")]
    Logistic {
        #[serde(default = "unit", rename = "C")]
        inverse_ridge: f64,
    },
    /// Boosted shallow trees, one class against the rest.
    #[serde(rename = "gradient_boosting")]
    Boosting {
        #[serde(default = "hundred")]
        n_estimators: usize,
        #[serde(default = "tenth")]
        learning_rate: f64,
        #[serde(default = "three")]
        max_depth: usize,
        #[serde(default = "one")]
        min_samples_leaf: usize,
    },
}

/// How many columns compete at a node.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub(super) enum Features {
    /// `sqrt` or `all`.
    Named(Named),
    /// So many.
    Count(usize),
}

/// A number of columns by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Named {
    /// The square root of their number.
    Sqrt,
    /// All of them.
    All,
}

impl Default for Features {
    fn default() -> Self {
        Self::Named(Named::Sqrt)
    }
}

const fn one() -> usize {
    1
}

const fn three() -> usize {
    3
}

const fn five() -> usize {
    5
}

const fn hundred() -> usize {
    100
}

const fn unit() -> f64 {
    1.0
}

const fn tenth() -> f64 {
    0.1
}

/// The most trees of a model.
const TREES_MAX: usize = 400;
/// The deepest tree of a forest, and of a boosted model.
const DEPTHS_MAX: (usize, usize) = (64, 8);
/// The most rows of a leaf, and neighbours of a row.
const ROWS_MAX: usize = 200;
/// The bounds of `C`, and of a learning rate.
const SCALES: ((f64, f64), (f64, f64)) = ((1e-4, 1e4), (0.001, 1.0));

impl Choice {
    /// The choice of a submission; nothing if it makes none.
    ///
    /// # Errors
    /// It names no model of the menu, or a setting that the model does not have or not with this value.
    pub(super) fn read(submission: &Submission) -> Result<Option<Self>, String> {
        let Some(bytes) = submission.file(MODEL) else { return Ok(None) };
        let choice: Self = serde_json::from_slice(bytes).map_err(|error| format!("{MODEL}: {error}"))?;
        choice.bounded().map_err(|why| format!("{MODEL}: {why}"))?;
        Ok(Some(choice))
    }

    fn bounded(&self) -> Result<(), String> {
        let count = |name: &str, value: usize, most: usize| match value {
            0 => Err(format!("{name} must be at least 1")),
            _ if value > most => Err(format!("{name} must be at most {most}")),
            _ => Ok(()),
        };
        let scale = |name: &str, value: f64, (low, high): (f64, f64)| {
            if value >= low && value <= high {
                Ok(())
            } else {
                Err(format!("{name} must be from {low} to {high}"))
            }
        };
        match self {
            Self::Forest { n_estimators, max_depth, min_samples_leaf, max_features } => {
                count("n_estimators", *n_estimators, TREES_MAX)?;
                count("max_depth", max_depth.unwrap_or(1), DEPTHS_MAX.0)?;
                count("min_samples_leaf", *min_samples_leaf, ROWS_MAX)?;
                let Features::Count(columns) = max_features else { return Ok(()) };
                count("max_features", *columns, usize::MAX)
            }
            Self::Neighbours { n_neighbors } => count("n_neighbors", *n_neighbors, ROWS_MAX),
            Self::Logistic { inverse_ridge } => scale("C", *inverse_ridge, SCALES.0),
            Self::Boosting { n_estimators, learning_rate, max_depth, min_samples_leaf } => {
                count("n_estimators", *n_estimators, TREES_MAX)?;
                scale("learning_rate", *learning_rate, SCALES.1)?;
                count("max_depth", *max_depth, DEPTHS_MAX.1)?;
                count("min_samples_leaf", *min_samples_leaf, ROWS_MAX)
            }
        }
    }

    /// Trains on `train` and counts on each row of `test` how many of [`MODEL_SEEDS`] models are right.
    pub(super) fn tally(&self, train: &Encoded, test: &Encoded, classes: usize) -> Tally {
        self.tally_with(train, test, classes, MODEL_SEEDS)
    }

    /// The same with the first `seeds` models only.
    pub(super) fn tally_with(&self, train: &Encoded, test: &Encoded, classes: usize, seeds: u8) -> Tally {
        let prepared = Prepared::new(train, test);
        let truth = test.truth();
        let mut tally = Tally::new(truth.len());
        let (Ok(train), Ok(test)) = (Frame::new(&prepared.train), Frame::new(&prepared.test)) else {
            // Nothing to learn from: every row is classified wrongly.
            tally.add(&vec![NO_CLASS; truth.len()], &truth, seeds);
            return tally;
        };
        // Only a forest draws; of the others all seeds agree.
        let draws = if matches!(self, Self::Forest { .. }) { seeds } else { 1 };
        for number in 0..draws {
            let predicted = self.predicted(&train, &prepared.labels, &test, classes, number);
            let predicted = predicted.expect("labels are classes, one for each row");
            tally.add(&predicted, &truth, seeds / draws);
        }
        tally
    }

    fn predicted(
        &self,
        train: &Frame<'_>,
        labels: &[u32],
        test: &Frame<'_>,
        classes: usize,
        number: u8,
    ) -> Result<Vec<u32>, LearnError> {
        match self {
            Self::Forest { n_estimators, max_depth, min_samples_leaf, max_features } => {
                let config = ForestConfig {
                    trees: *n_estimators,
                    features_per_split: match max_features {
                        Features::Named(Named::Sqrt) => FeaturesPerSplit::Sqrt,
                        Features::Named(Named::All) => FeaturesPerSplit::All,
                        Features::Count(columns) => FeaturesPerSplit::Count(*columns),
                    },
                    min_leaf: *min_samples_leaf,
                    max_depth: *max_depth,
                    ..ForestConfig::rf200(model_seed(number))
                };
                Ok(Forest::fit(train, labels, classes, &config)?.predict(test))
            }
            Self::Neighbours { n_neighbors } => {
                let config = KnnConfig { neighbours: *n_neighbors };
                Ok(Knn::fit(train, labels, classes, config)?.predict(test))
            }
            Self::Logistic { inverse_ridge } => {
                let config = LogisticConfig { ridge: 1.0 / inverse_ridge, ..LogisticConfig::standard() };
                one_against_the_rest(labels, classes, |is_class| {
                    Ok(Logistic::fit(train, is_class, &config)?.predict_proba(test))
                })
            }
            Self::Boosting { n_estimators, learning_rate, max_depth, min_samples_leaf } => {
                let config = BoostingConfig {
                    rounds: *n_estimators,
                    learning_rate: *learning_rate,
                    depth: *max_depth,
                    leaf_min: *min_samples_leaf,
                    ..BoostingConfig::small()
                };
                one_against_the_rest(labels, classes, |is_class| {
                    Ok(Boosting::fit(train, is_class, &config)?.predict_proba(test))
                })
            }
        }
    }
}

/// The likeliest class of each row by models of one class each; of equals the first.
fn one_against_the_rest(
    labels: &[u32],
    classes: usize,
    fit: impl Fn(&[u32]) -> Result<Vec<f64>, LearnError>,
) -> Result<Vec<u32>, LearnError> {
    let mut best: Vec<(f64, u32)> = Vec::new();
    for class in 0..classes as u32 {
        let is_class: Vec<u32> = labels.iter().map(|label| u32::from(*label == class)).collect();
        let probabilities = fit(&is_class)?;
        best.resize(probabilities.len(), (f64::NEG_INFINITY, 0));
        for (best, probability) in best.iter_mut().zip(probabilities) {
            if probability > best.0 {
                *best = (probability, class);
            }
        }
    }
    Ok(best.into_iter().map(|(_, class)| class).collect())
}

#[cfg(test)]
mod tests {
    use envy_core::BoxFile;
    use serde_json::json;

    use super::*;

    fn read(choice: &serde_json::Value) -> Result<Option<Choice>, String> {
        let files = vec![BoxFile::new(MODEL, choice.to_string())];
        Choice::read(&Submission { answer: json!(null), files })
    }

    #[test]
    fn a_choice_outside_of_the_menu_is_named() {
        for (choice, named) in [
            (json!({"model": "svm"}), "svm"),
            (json!({"model": "k_neighbors", "n_neighbors": 0}), "n_neighbors must be at least 1"),
            (json!({"model": "k_neighbors", "trees": 3}), "trees"),
            (json!({"model": "random_forest", "n_estimators": 5_000}), "n_estimators must be at most 400"),
            (json!({"model": "logistic_regression", "C": 0.0}), "C must be from"),
            (json!({"model": "gradient_boosting", "learning_rate": -1.0}), "learning_rate must be from"),
            (json!([1]), "model.json"),
        ] {
            let error = read(&choice).expect_err("it is not on the menu");
            assert!(error.contains(named) && error.starts_with(MODEL), "{choice}: {error}");
        }
        assert_eq!(Choice::read(&Submission { answer: json!(null), files: Vec::new() }), Ok(None));
    }

    #[test]
    fn every_model_of_the_menu_learns_three_classes() {
        let rows = 0..120_u32;
        let values: Vec<f64> = rows.clone().map(f64::from).collect();
        let labels: Vec<Option<u32>> = rows.map(|row| Some(row / 40)).collect();
        let data = Encoded {
            columns: vec![values.clone(), values.iter().map(|x| (x - 60.0).abs()).collect()],
            labels,
        };
        for choice in [
            json!({"model": "random_forest", "n_estimators": 20, "max_features": "all", "max_depth": 9}),
            json!({"model": "random_forest", "n_estimators": 20, "max_features": 1, "min_samples_leaf": 2}),
            json!({"model": "k_neighbors"}),
            json!({"model": "logistic_regression", "C": 10.0}),
            json!({"model": "gradient_boosting", "n_estimators": 30}),
        ] {
            let model = read(&choice).unwrap().unwrap();
            let tally = model.tally(&data, &data, 3);
            assert!(tally.accuracy() > 0.9, "{choice}: {}", tally.accuracy());
            let empty = Encoded { columns: vec![Vec::new(); 2], labels: Vec::new() };
            assert_eq!(model.tally(&empty, &data, 3).accuracy(), 0.0);
        }
    }
}
