//! Baselines: what scripted modelling comes to, computed here and without a box.

use std::collections::BTreeSet;

use envy_learn::{Boosting, BoostingConfig, Frame, Logistic, LogisticConfig};
use envy_tabular::{Column, Role, Table};

use super::operators::FORM;
use super::world::{ENTITY, Rows, named};

/// Levels of a category that get a column each; more are encoded by their rate.
const ONE_HOT_MAX: usize = 12;
/// Folds of the encoding and of estimates.
pub(super) const FOLDS: usize = 5;
/// Rows of the overall rate that a level's rate is mixed with.
const RATE_PRIOR: f64 = 12.0;
/// The share of the rows, from the earliest, that a forward estimate trains on.
const FORWARD_TRAIN: f64 = 0.75;

/// The kind of model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Logistic regression.
    Logistic,
    /// Boosted trees.
    Boosted,
    /// The mean of both.
    Blend,
}

/// How rows are held apart for an estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Split {
    /// At random.
    Random,
    /// By account.
    Groups,
    /// By time.
    Forward,
}

/// A way to model.
#[derive(Clone, Debug)]
pub(super) struct Recipe {
    /// Columns left out, beside ids and moments.
    pub(super) dropped: BTreeSet<String>,
    /// The model.
    pub(super) kind: Kind,
    /// The share of positive rows that probabilities are corrected to, if it is not that of the training rows.
    pub(super) prevalence: Option<f64>,
    /// Each form is used once.
    pub(super) dedupe: bool,
}

/// A fitted recipe.
pub(super) struct Fitted {
    encoder: Encoder,
    logistic: Option<Logistic>,
    boosted: Option<Boosting>,
    /// Added to every logit.
    shift: f64,
}

impl Recipe {
    /// Fits to rows.
    ///
    /// # Errors
    /// No column is left, or no row.
    pub(super) fn fit(&self, rows: &Rows) -> Result<Fitted, String> {
        let kept = if self.dedupe { first_of_each_form(rows) } else { (0..rows.len()).collect() };
        let rows = rows.take(&kept);
        let (encoder, features) = Encoder::fit(&rows, &self.dropped);
        let frame = Frame::new(&features).map_err(|error| error.to_string())?;
        let labels: Vec<u32> = rows.positive.iter().map(|positive| u32::from(*positive)).collect();
        let fail = |error: envy_learn::LearnError| error.to_string();
        let logistic = (self.kind != Kind::Boosted)
            .then(|| Logistic::fit(&frame, &labels, &LogisticConfig::standard()))
            .transpose()
            .map_err(fail)?;
        let boosted = (self.kind != Kind::Logistic)
            .then(|| Boosting::fit(&frame, &labels, &BoostingConfig::small()))
            .transpose()
            .map_err(fail)?;
        let share = f64::from(labels.iter().sum::<u32>()) / labels.len() as f64;
        let shift = self.prevalence.map_or(0.0, |wanted| logit(wanted) - logit(share));
        Ok(Fitted { encoder, logistic, boosted, shift })
    }

    /// An AUROC estimated from the training rows alone.
    ///
    /// # Errors
    /// As [`Recipe::fit`], or a part of a split without both labels.
    pub(super) fn estimate(&self, rows: &Rows, split: Split) -> Result<f64, String> {
        let kept = if self.dedupe { first_of_each_form(rows) } else { (0..rows.len()).collect() };
        let rows = rows.take(&kept);
        let folds = folds(&rows, split);
        let (mut truth, mut scores) = (Vec::new(), Vec::new());
        let tested = if split == Split::Forward { 1..2 } else { 0..FOLDS };
        for fold in tested {
            let (test, train): (Vec<usize>, Vec<usize>) =
                (0..rows.len()).partition(|row| folds[*row] == fold);
            if test.is_empty() {
                continue;
            }
            let fitted = self.fit(&rows.take(&train))?;
            let test = rows.take(&test);
            scores.extend(fitted.predict(&test.table));
            truth.extend(test.positive);
        }
        envy_learn::metrics::auroc(&truth, &scores).ok_or_else(|| "a split without both labels".to_owned())
    }
}

impl Fitted {
    /// The probability of a positive label for each row.
    ///
    /// # Panics
    /// The table has other columns than the one it was fitted to.
    pub(super) fn predict(&self, table: &Table) -> Vec<f64> {
        let features = self.encoder.encode(table);
        let frame = Frame::new(&features).expect("what could be fitted can be predicted");
        let parts: Vec<Vec<f64>> = self
            .logistic
            .iter()
            .map(|model| model.predict_proba(&frame))
            .chain(self.boosted.iter().map(|model| model.predict_proba(&frame)))
            .collect();
        let mean = |row: usize| parts.iter().map(|part| part[row]).sum::<f64>() / parts.len() as f64;
        (0..table.rows())
            .map(mean)
            .map(|p| if self.shift == 0.0 { p } else { envy_learn::sigmoid(logit(p) + self.shift) })
            .collect()
    }
}

fn logit(p: f64) -> f64 {
    let p = p.clamp(1e-9, 1.0 - 1e-9);
    libm::log(p / (1.0 - p))
}

/// How far a column's own AUROC lies from chance; missing values count as the median.
pub(super) fn strength(rows: &Rows, values: &[f64]) -> f64 {
    let mut present: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    present.sort_unstable_by(f64::total_cmp);
    let median = present.get(present.len() / 2).copied().unwrap_or(0.0);
    let filled: Vec<f64> =
        values.iter().map(|value| if value.is_finite() { *value } else { median }).collect();
    envy_learn::metrics::auroc(&rows.positive, &filled).map_or(0.0, |area| (area - 0.5).abs())
}

/// The first row of each form; every row, if there are no forms.
fn first_of_each_form(rows: &Rows) -> Vec<usize> {
    let Some(at) = rows.table.position(FORM) else { return (0..rows.len()).collect() };
    let mut seen = BTreeSet::new();
    (0..rows.len()).filter(|row| seen.insert(rows.table.text(*row, at).into_owned())).collect()
}

fn folds(rows: &Rows, split: Split) -> Vec<usize> {
    match split {
        // Rows stand in no telling order modulo a small number.
        Split::Random => (0..rows.len()).map(|row| row % FOLDS).collect(),
        Split::Groups => match rows.table.position(ENTITY) {
            None => folds(rows, Split::Random),
            Some(at) => {
                let mut numbers = std::collections::BTreeMap::new();
                (0..rows.len())
                    .map(|row| {
                        let next = numbers.len();
                        *numbers.entry(rows.table.text(row, at).into_owned()).or_insert(next) % FOLDS
                    })
                    .collect()
            }
        },
        Split::Forward => {
            let mut moments = rows.moments.clone();
            moments.sort_unstable();
            let cut =
                moments.get((FORWARD_TRAIN * moments.len() as f64) as usize).copied().unwrap_or(i64::MAX);
            rows.moments.iter().map(|moment| usize::from(*moment >= cut)).collect()
        }
    }
}

/// How one column is read.
enum Reading {
    Number { median: f64, flag: bool },
    OneHot { levels: usize },
    Rate { rates: std::collections::BTreeMap<String, f64>, overall: f64 },
}

struct Encoder {
    columns: Vec<(String, Reading)>,
}

impl Encoder {
    /// The readings of the columns that are left, and the training features: rates out of fold there.
    fn fit(rows: &Rows, dropped: &BTreeSet<String>) -> (Self, Vec<Vec<f64>>) {
        let mut columns = Vec::new();
        let mut features = Vec::new();
        for (field, column) in rows.table.fields.iter().zip(&rows.table.columns) {
            if dropped.contains(&field.name) || matches!(field.role, Role::Id | Role::Time) {
                continue;
            }
            let reading = match column {
                Column::Number(_) | Column::Integer(_) => {
                    let values = column.numbers();
                    let mut present: Vec<f64> =
                        values.iter().copied().filter(|value| value.is_finite()).collect();
                    present.sort_unstable_by(f64::total_cmp);
                    let median = present.get(present.len() / 2).copied().unwrap_or(0.0);
                    Reading::Number { median, flag: present.len() < values.len() }
                }
                Column::Category(_) if field.levels.len() <= ONE_HOT_MAX => {
                    Reading::OneHot { levels: field.levels.len() }
                }
                Column::Category(_) | Column::Text(_) => {
                    let keys = keys(&rows.table, &field.name);
                    features.push(out_of_fold(&keys, &rows.positive));
                    let all: Vec<usize> = (0..rows.len()).collect();
                    let (rates, overall) = rates(&keys, &rows.positive, &all);
                    columns.push((field.name.clone(), Reading::Rate { rates, overall }));
                    continue;
                }
                Column::Time(_) => continue,
            };
            reading.encode(&rows.table, &field.name, &mut features);
            columns.push((field.name.clone(), reading));
        }
        (Self { columns }, features)
    }

    fn encode(&self, table: &Table) -> Vec<Vec<f64>> {
        let mut features = Vec::new();
        for (name, reading) in &self.columns {
            reading.encode(table, name, &mut features);
        }
        features
    }
}

impl Reading {
    fn encode(&self, table: &Table, name: &str, features: &mut Vec<Vec<f64>>) {
        match self {
            Self::Number { median, flag } => {
                let values = named(table, name).1.numbers();
                features.push(
                    values.iter().map(|value| if value.is_finite() { *value } else { *median }).collect(),
                );
                if *flag {
                    features
                        .push(values.iter().map(|value| f64::from(u8::from(!value.is_finite()))).collect());
                }
            }
            Self::OneHot { levels } => {
                let codes = named(table, name).1.numbers();
                for level in 0..*levels {
                    features
                        .push(codes.iter().map(|code| f64::from(u8::from(*code == level as f64))).collect());
                }
            }
            Self::Rate { rates, overall } => {
                let keys = keys(table, name);
                features.push(keys.iter().map(|key| rates.get(key).copied().unwrap_or(*overall)).collect());
            }
        }
    }
}

fn keys(table: &Table, name: &str) -> Vec<String> {
    let at = table.position(name);
    (0..table.rows()).map(|row| at.map_or(String::new(), |at| table.text(row, at).into_owned())).collect()
}

type Rates = std::collections::BTreeMap<String, f64>;

/// The smoothed rate of each level over `rows`, and the overall one.
fn rates(keys: &[String], positive: &[bool], rows: &[usize]) -> (Rates, f64) {
    let overall = rows.iter().filter(|row| positive[**row]).count() as f64 / rows.len().max(1) as f64;
    let mut sums: std::collections::BTreeMap<&str, (f64, f64)> = std::collections::BTreeMap::new();
    for &row in rows {
        let sum = sums.entry(&keys[row]).or_default();
        sum.0 += f64::from(u8::from(positive[row]));
        sum.1 += 1.0;
    }
    let rate = |(hits, count): (f64, f64)| (hits + RATE_PRIOR * overall) / (count + RATE_PRIOR);
    (sums.into_iter().map(|(key, sum)| (key.to_owned(), rate(sum))).collect(), overall)
}

fn out_of_fold(keys: &[String], positive: &[bool]) -> Vec<f64> {
    let mut encoded = vec![0.0; keys.len()];
    for fold in 0..FOLDS {
        let (inside, outside): (Vec<usize>, Vec<usize>) =
            (0..keys.len()).partition(|row| row % FOLDS == fold);
        let (rates, overall) = rates(keys, positive, &outside);
        for row in inside {
            encoded[row] = rates.get(&keys[row]).copied().unwrap_or(overall);
        }
    }
    encoded
}
