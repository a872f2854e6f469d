//! The menu of the track `choose`: four models for classes and four for numbers, with a few settings each, under
//! scikit-learn's names.

use envy_core::Submission;
use serde::Deserialize;

use super::exam::Goal;

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
        /// Without it the square root of their number, of numbers a third.
        #[serde(default)]
        max_features: Option<Features>,
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
    /// A ridge-penalised linear regression over standardised columns, for numbers.
    #[serde(rename = "ridge")]
    Ridge {
        #[serde(default = "unit")]
        alpha: f64,
    },
    /// Boosted shallow trees, of classes one against the rest.
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
/// The bounds of `C` and `alpha`, and of a learning rate.
const SCALES: ((f64, f64), (f64, f64)) = ((1e-4, 1e4), (0.001, 1.0));

impl Choice {
    /// The choice of a submission; nothing if it makes none.
    ///
    /// # Errors
    /// It names no model of the menu, one that answers with something else, or a setting that the model does not have
    /// or not with this value.
    pub(super) fn read(submission: &Submission, goal: Goal) -> Result<Option<Self>, String> {
        let Some(bytes) = submission.file(MODEL) else { return Ok(None) };
        let choice: Self = serde_json::from_slice(bytes).map_err(|error| format!("{MODEL}: {error}"))?;
        let fits = choice.answers(goal).and_then(|()| choice.bounded());
        fits.map_err(|why| format!("{MODEL}: {why}"))?;
        Ok(Some(choice))
    }

    /// Whether the model answers with what is asked.
    fn answers(&self, goal: Goal) -> Result<(), String> {
        match (self, goal) {
            (Self::Ridge { .. }, Goal::Classes(_)) => {
                Err("ridge answers with a number, and the label is a class; logistic_regression fits"
                    .to_owned())
            }
            (Self::Logistic { .. }, Goal::Number) => {
                Err("logistic_regression answers with a class, and the label is a number; ridge fits"
                    .to_owned())
            }
            _ => Ok(()),
        }
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
                let Some(Features::Count(columns)) = max_features else { return Ok(()) };
                count("max_features", *columns, usize::MAX)
            }
            Self::Neighbours { n_neighbors } => count("n_neighbors", *n_neighbors, ROWS_MAX),
            Self::Logistic { inverse_ridge } => scale("C", *inverse_ridge, SCALES.0),
            Self::Ridge { alpha } => scale("alpha", *alpha, SCALES.0),
            Self::Boosting { n_estimators, learning_rate, max_depth, min_samples_leaf } => {
                count("n_estimators", *n_estimators, TREES_MAX)?;
                scale("learning_rate", *learning_rate, SCALES.1)?;
                count("max_depth", *max_depth, DEPTHS_MAX.1)?;
                count("min_samples_leaf", *min_samples_leaf, ROWS_MAX)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use envy_core::BoxFile;
    use serde_json::json;

    use super::*;

    fn read(choice: &serde_json::Value) -> Result<Option<Choice>, String> {
        let files = vec![BoxFile::new(MODEL, choice.to_string())];
        Choice::read(&Submission { answer: json!(null), files }, Goal::Classes(3))
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
        let none = Submission { answer: json!(null), files: Vec::new() };
        assert_eq!(Choice::read(&none, Goal::Classes(3)), Ok(None));
    }

    #[test]
    fn what_answers_with_something_else_is_refused_by_name() {
        let submission = |model: &str| {
            let files = vec![BoxFile::new(MODEL, json!({ "model": model }).to_string())];
            Submission { answer: json!(null), files }
        };
        for (model, goal, other) in [
            ("ridge", Goal::Classes(3), "logistic_regression"),
            ("logistic_regression", Goal::Number, "ridge"),
        ] {
            let error = Choice::read(&submission(model), goal).expect_err("it answers with something else");
            assert!(error.starts_with(MODEL) && error.contains(model) && error.contains(other), "{error}");
        }
        assert!(Choice::read(&submission("ridge"), Goal::Number).unwrap().is_some());
    }
}
