//! Measures of scores against labels, with scikit-learn's meaning, computed here: what a program reports is only compared.

use envy_learn::metrics::auroc;

use super::outputs::Figures;

/// The figures of scores and decisions; nothing where one class is missing.
pub(super) fn figures(labels: &[bool], scores: &[f64], decisions: &[bool]) -> Option<Figures> {
    Some(Figures {
        auc: auroc(labels, scores)?,
        average_precision: average_precision(labels, scores),
        recall: recall(labels, decisions),
        macro_f1: f64::midpoint(f1(labels, decisions), f1(&negated(labels), &negated(decisions))),
        mean_error: None,
    })
}

fn negated(values: &[bool]) -> Vec<bool> {
    values.iter().map(|value| !value).collect()
}

fn count(labels: &[bool], decisions: &[bool], label: bool, decision: bool) -> f64 {
    labels.iter().zip(decisions).filter(|(l, d)| **l == label && **d == decision).count() as f64
}

/// F1 of the decisions for the class true; 0 where nothing is true and nothing is decided so.
pub(super) fn f1(labels: &[bool], decisions: &[bool]) -> f64 {
    let right = 2.0 * count(labels, decisions, true, true);
    let wrong = count(labels, decisions, true, false) + count(labels, decisions, false, true);
    if right == 0.0 { 0.0 } else { right / (right + wrong) }
}

fn recall(labels: &[bool], decisions: &[bool]) -> f64 {
    let positives = labels.iter().filter(|label| **label).count() as f64;
    if positives == 0.0 { 0.0 } else { count(labels, decisions, true, true) / positives }
}

/// The sum of precision over the steps of recall, ties taken together.
fn average_precision(labels: &[bool], scores: &[f64]) -> f64 {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_unstable_by(|left, right| scores[*right].total_cmp(&scores[*left]));
    let positives = labels.iter().filter(|label| **label).count() as f64;
    let (mut seen, mut right, mut sum) = (0.0, 0.0, 0.0);
    for tied in order.chunk_by(|left, right| scores[*left] == scores[*right]) {
        let here = tied.iter().filter(|row| labels[**row]).count() as f64;
        seen += tied.len() as f64;
        right += here;
        sum += here / positives * (right / seen);
    }
    sum
}

/// Mean and standard deviation.
pub(super) fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / n;
    (mean, variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_of_scikit_learn() {
        // average_precision_score([0,0,1,1], [.1,.4,.35,.8]) and its neighbours in scikit-learn's own documentation.
        let labels = [false, false, true, true];
        let scores = [0.1, 0.4, 0.35, 0.8];
        let decisions = [false, false, false, true];
        let figures = figures(&labels, &scores, &decisions).unwrap();
        assert!((figures.average_precision - 0.833_333_333_333_333_3).abs() < 1e-12);
        assert_eq!((figures.auc, figures.recall), (0.75, 0.5));
        assert!((figures.macro_f1 - 0.733_333_333_333_333_3).abs() < 1e-12);
    }
}
