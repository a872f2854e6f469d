//! `policy/honest-predictions`: the original's way: a session of Python, then probabilities for test.csv.

use envy_core::{Brief, Move, Observation, Policy, PolicyKind, Script, Seed, policy};
use serde_json::json;

use super::sight::Sight;
use crate::leakage::facts::Facts;

/// Probabilities that one expression shows, so that no output is cut.
const SHOWN: usize = 600;

const FIT: &str = r#"
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

left = [name for name in test_df.columns if name not in DROP]
numeric = [name for name in left if pd.api.types.is_numeric_dtype(train_df[name])]
levels = [name for name in left if name not in numeric]
encoder = ColumnTransformer([
    ("numeric", make_pipeline(SimpleImputer(), StandardScaler()), numeric),
    ("levels", OneHotEncoder(handle_unknown="ignore", min_frequency=10), levels),
])
model = make_pipeline(encoder, LogisticRegression(C=0.5, max_iter=2000)).fit(train_df[left], train_df["target"])
"#;

/// Fits a logistic regression in the session and submits predictions alone, which counts on the track `predictions`.
pub(super) struct HonestPredictions;

impl Policy for HonestPredictions {
    fn name(&self) -> &'static str {
        "honest-predictions"
    }

    fn doc(&self) -> &'static str {
        "fits a logistic regression in the session and submits predictions alone, which counts on the track `predictions`"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Honest
    }

    fn start(&self, brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        let sight = Sight::new(brief);
        let mut drop: Vec<String> =
            sight.all().into_iter().chain(sight.keys()).chain(sight.moments()).collect();
        drop.push("row_id".to_owned());
        let rows = Facts::read(brief).map_or(0, |facts| facts.test_rows);
        let fit = format!("DROP = {}{FIT}", json!(drop));
        Box::new(Session { fit, rows, step: 0, probabilities: Vec::new(), submitted: false })
    }
}

/// Fits in one call, asks for the probabilities in the next ones, submits.
struct Session {
    fit: String,
    rows: usize,
    step: usize,
    probabilities: Vec<f64>,
    submitted: bool,
}

impl Script for Session {
    fn next(&mut self, last: &[Observation]) -> Move {
        let expression =
            |code: String| Move::Call(vec![policy::call("python_expression", json!({"expression": code}))]);
        if self.step > 1 {
            let text = last.first().map_or("", |observation| observation.text.as_str());
            let line = text.lines().find_map(|line| line.strip_prefix("p:")).unwrap_or("");
            self.probabilities.extend(line.split_whitespace().filter_map(|word| word.parse::<f64>().ok()));
        }
        let asked = self.step.saturating_sub(1) * SHOWN;
        self.step += 1;
        match self.step {
            1 => expression(self.fit.clone()),
            2 => expression(format!("p = model.predict_proba(test_df[left])[:, 1]\n{}", show(0))),
            _ if asked < self.rows => expression(show(asked)),
            _ if self.submitted || self.probabilities.len() != self.rows => Move::Stop,
            _ => {
                self.submitted = true;
                let answer = json!({"y_pred_proba": self.probabilities});
                Move::Call(vec![policy::call("submit_answer", answer)])
            }
        }
    }
}

/// Shows some of the probabilities that an earlier expression has left in the session.
fn show(from: usize) -> String {
    format!("print('p:', *(f'{{value:.4f}}' for value in p[{from}:{}]))", from + SHOWN)
}
