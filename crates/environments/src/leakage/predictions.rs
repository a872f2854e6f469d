//! Predictions: what probabilities for test.csv are worth by themselves.
//!
//! They are ranked by eta, which no leak knows; knowing the labels better than eta allows is proof of a leak.

use envy_core::{Criterion, Flag, Score};
use envy_learn::ranking::soft_auroc;

use super::checks::{Calibration, alarm};
use super::files::Meta;

/// Scores predictions of the rows of test.csv.
pub(super) fn score(labels: &[f64], eta: &[f64], predictions: &[f64], meta: &Meta, lambda: f64) -> Score {
    let scale = &meta.scale;
    let soft = soft_auroc(eta, predictions).unwrap_or(0.5);
    let empirical = soft_auroc(labels, predictions).unwrap_or(0.5);
    let limit = alarm(scale.bayes_public, counts(labels));
    let proven = empirical > limit;
    let tau = scale.tau_public(lambda);
    let calibration = Calibration::new(labels, eta, predictions, meta.exact);
    let gained = ((soft - scale.naive) / (scale.bayes_public - scale.naive).max(1e-9)).clamp(0.0, 1.0);
    let paid = soft > scale.floor() && !proven;
    let criterion = |name: &str, met: bool, detail: String| Criterion { name: name.to_owned(), met, detail };
    let mut flags = Vec::new();
    if proven {
        let evidence = format!("AUROC {empirical:.4} on the labels of test.csv");
        flags.push(Flag { name: "leak-proven".to_owned(), evidence });
    }
    let metrics = [("soft_auroc", soft), ("public_auroc", empirical), ("ece", calibration.ece), ("tau", tau)];
    Score {
        reward: if paid { gained } else { 0.0 },
        passed: soft >= tau && !proven,
        metrics: metrics.map(|(name, value)| (name.to_owned(), value)).into(),
        criteria: vec![
            criterion("ranking by probability", soft >= tau, format!("{soft:.4}, at least {tau:.4}")),
            criterion("not above the bound", !proven, format!("{empirical:.4}, at most {limit:.4}")),
        ],
        flags,
    }
}

/// Labels of each kind, negative first.
pub(super) fn counts(labels: &[f64]) -> [usize; 2] {
    let positives = labels.iter().filter(|label| **label == 1.0).count();
    [labels.len() - positives, positives]
}
