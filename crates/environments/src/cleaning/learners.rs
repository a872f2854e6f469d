//! Learners: the models of the menu at work, for classes and for numbers.

use envy_core::Seed;
use envy_learn::{
    BoostedRegressor, Boosting, BoostingConfig, FeaturesPerSplit, Forest, ForestConfig, ForestRegressor,
    Frame, Knn, KnnConfig, KnnRegressor, LearnError, Logistic, LogisticConfig, Ridge,
};

use super::exam::{Exam, Goal, NO_ANSWER};
use super::features::Encoded;
use super::fixed::{Prepared, model_seed};
use super::menu::{Choice, Features, Named};
use super::tally::{MODEL_SEEDS, Tally};

/// Boosting's ridge where answers are numbers: scikit-learn has none, and a leaf of one row needs some.
const BOOSTING_RIDGE: f64 = 1e-9;

/// A forest that answers with classes or with numbers.
pub(super) enum AnyForest {
    /// With classes.
    Classes(Forest),
    /// With numbers.
    Numbers(ForestRegressor),
}

/// The settings of a forest of full-grown trees, with as many columns at a split as suits the goal.
pub(super) fn forest(goal: Goal, trees: usize, seed: Seed) -> ForestConfig {
    let config = match goal {
        Goal::Classes(_) => ForestConfig::rf200(seed),
        Goal::Number => ForestConfig::rf200_of_numbers(seed),
    };
    ForestConfig { trees, ..config }
}

impl AnyForest {
    /// Grows a forest on prepared rows, which `train` holds.
    ///
    /// # Errors
    /// The labels do not fit the goal.
    pub(super) fn fit(
        train: &Frame<'_>,
        prepared: &Prepared,
        goal: Goal,
        config: &ForestConfig,
    ) -> Result<Self, LearnError> {
        match goal {
            Goal::Classes(classes) => {
                Ok(Self::Classes(Forest::fit(train, &prepared.classes(), classes, config)?))
            }
            Goal::Number => Ok(Self::Numbers(ForestRegressor::fit(train, &prepared.labels, config)?)),
        }
    }

    /// The answer for every row: a class's code, or a number.
    pub(super) fn answers(&self, asked: &Frame<'_>) -> Vec<f64> {
        match self {
            Self::Classes(forest) => forest.predict(asked).into_iter().map(f64::from).collect(),
            Self::Numbers(forest) => forest.predict(asked),
        }
    }
}

impl Choice {
    /// Trains on `train` and counts what the answers of [`MODEL_SEEDS`] models are worth on each row of `exam`.
    pub(super) fn tally(&self, train: &Encoded, exam: &Exam) -> Tally {
        self.tally_with(train, exam, MODEL_SEEDS)
    }

    /// The same with the first `seeds` models only.
    pub(super) fn tally_with(&self, train: &Encoded, exam: &Exam, seeds: u8) -> Tally {
        let prepared = Prepared::new(train, &exam.columns);
        let mut tally = Tally::new(exam.rows(), exam.goal);
        let (Ok(train), Ok(test)) = (Frame::new(&prepared.train), Frame::new(&prepared.test)) else {
            // Nothing to learn from: every row is answered wrongly.
            tally.add(&vec![NO_ANSWER; exam.rows()], exam, seeds);
            return tally;
        };
        // Only a forest draws; of the others all seeds agree.
        let draws = if matches!(self, Self::Forest { .. }) { seeds } else { 1 };
        for number in 0..draws {
            let answers = self.answer(&train, &prepared, &test, exam.goal, number);
            tally.add(&answers.expect("labels fit the goal, one for each row"), exam, seeds / draws);
        }
        tally
    }

    fn answer(
        &self,
        train: &Frame<'_>,
        prepared: &Prepared,
        test: &Frame<'_>,
        goal: Goal,
        number: u8,
    ) -> Result<Vec<f64>, LearnError> {
        match self {
            Self::Forest { n_estimators, max_depth, min_samples_leaf, max_features } => {
                let standard = forest(goal, *n_estimators, model_seed(number));
                let config = ForestConfig {
                    features_per_split: match max_features {
                        None => standard.features_per_split,
                        Some(Features::Named(Named::Sqrt)) => FeaturesPerSplit::Sqrt,
                        Some(Features::Named(Named::All)) => FeaturesPerSplit::All,
                        Some(Features::Count(columns)) => FeaturesPerSplit::Count(*columns),
                    },
                    min_leaf: *min_samples_leaf,
                    max_depth: *max_depth,
                    ..standard
                };
                Ok(AnyForest::fit(train, prepared, goal, &config)?.answers(test))
            }
            Self::Neighbours { n_neighbors } => {
                neighbours(train, prepared, test, goal, KnnConfig { neighbours: *n_neighbors })
            }
            Self::Logistic { inverse_ridge } => {
                let config = LogisticConfig { ridge: 1.0 / inverse_ridge, ..LogisticConfig::standard() };
                one_against_the_rest(prepared, goal, |is_class| {
                    Ok(Logistic::fit(train, is_class, &config)?.predict_proba(test))
                })
            }
            Self::Ridge { alpha } => Ok(Ridge::fit(train, &prepared.labels, *alpha)?.predict(test)),
            Self::Boosting { n_estimators, learning_rate, max_depth, min_samples_leaf } => {
                let config = BoostingConfig {
                    rounds: *n_estimators,
                    learning_rate: *learning_rate,
                    depth: *max_depth,
                    leaf_min: *min_samples_leaf,
                    ..BoostingConfig::small()
                };
                boosting(train, prepared, test, goal, &config)
            }
        }
    }
}

fn neighbours(
    train: &Frame<'_>,
    prepared: &Prepared,
    test: &Frame<'_>,
    goal: Goal,
    config: KnnConfig,
) -> Result<Vec<f64>, LearnError> {
    match goal {
        Goal::Classes(classes) => {
            let predicted = Knn::fit(train, &prepared.classes(), classes, config)?.predict(test);
            Ok(predicted.into_iter().map(f64::from).collect())
        }
        Goal::Number => Ok(KnnRegressor::fit(train, &prepared.labels, config)?.predict(test)),
    }
}

fn boosting(
    train: &Frame<'_>,
    prepared: &Prepared,
    test: &Frame<'_>,
    goal: Goal,
    config: &BoostingConfig,
) -> Result<Vec<f64>, LearnError> {
    if goal == Goal::Number {
        let config = BoostingConfig { ridge: BOOSTING_RIDGE, ..*config };
        return Ok(BoostedRegressor::fit(train, &prepared.labels, &config)?.predict(test));
    }
    one_against_the_rest(prepared, goal, |is_class| {
        Ok(Boosting::fit(train, is_class, config)?.predict_proba(test))
    })
}

/// The likeliest class of each row by models of one class each; of equals the first.
fn one_against_the_rest(
    prepared: &Prepared,
    goal: Goal,
    fit: impl Fn(&[u32]) -> Result<Vec<f64>, LearnError>,
) -> Result<Vec<f64>, LearnError> {
    let Goal::Classes(classes) = goal else {
        unreachable!("what answers with classes was refused for numbers")
    };
    let labels = prepared.classes();
    let mut best: Vec<(f64, f64)> = Vec::new();
    for class in 0..classes as u32 {
        let is_class: Vec<u32> = labels.iter().map(|label| u32::from(*label == class)).collect();
        let probabilities = fit(&is_class)?;
        best.resize(probabilities.len(), (f64::NEG_INFINITY, 0.0));
        for (best, probability) in best.iter_mut().zip(probabilities) {
            if probability > best.0 {
                *best = (probability, f64::from(class));
            }
        }
    }
    Ok(best.into_iter().map(|(_, class)| class).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn choice(value: &Value) -> Choice {
        serde_json::from_value(value.clone()).unwrap()
    }

    fn columns() -> Vec<Vec<f64>> {
        let values: Vec<f64> = (0..120).map(f64::from).collect();
        vec![values.clone(), values.iter().map(|x| (x - 60.0).abs()).collect()]
    }

    #[test]
    fn every_model_of_the_menu_learns_three_classes() {
        let labels = (0..120_u32).map(|row| Some(f64::from(row / 40))).collect();
        let data = Encoded { columns: columns(), labels };
        let exam = Exam::new(data.clone(), Goal::Classes(3));
        for model in [
            json!({"model": "random_forest", "n_estimators": 20, "max_features": "all", "max_depth": 9}),
            json!({"model": "random_forest", "n_estimators": 20, "max_features": 1, "min_samples_leaf": 2}),
            json!({"model": "k_neighbors"}),
            json!({"model": "logistic_regression", "C": 10.0}),
            json!({"model": "gradient_boosting", "n_estimators": 30}),
        ] {
            let tally = choice(&model).tally(&data, &exam);
            assert!(tally.mean() > 0.9, "{model}: {}", tally.mean());
            let empty = Encoded { columns: vec![Vec::new(); 2], labels: Vec::new() };
            assert_eq!(choice(&model).tally(&empty, &exam).mean(), 0.0);
        }
    }

    #[test]
    fn every_model_of_the_menu_learns_a_number() {
        let columns = columns();
        let labels = (0..120).map(|row| Some(0.5 * columns[0][row] - columns[1][row])).collect();
        let data = Encoded { columns, labels };
        let exam = Exam::new(data.clone(), Goal::Number);
        for model in [
            json!({"model": "random_forest", "n_estimators": 20}),
            json!({"model": "k_neighbors"}),
            json!({"model": "ridge", "alpha": 1.0}),
            json!({"model": "gradient_boosting"}),
        ] {
            let tally = choice(&model).tally(&data, &exam);
            assert!(tally.mean() > 0.97, "{model}: {}", tally.mean());
        }
    }
}
