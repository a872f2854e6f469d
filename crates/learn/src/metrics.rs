//! Scores of predictions. Every sum runs in row order, so that equal predictions give equal bits.

/// The most probable class of every row of row-major probabilities; of equal ones, the first.
///
/// # Panics
/// `classes` is 0 or does not divide the number of probabilities.
pub fn most_probable(probabilities: &[f64], classes: usize) -> Vec<u32> {
    assert!(probabilities.len().is_multiple_of(classes), "row-major probabilities fill their last row");
    probabilities.chunks_exact(classes).map(first_greatest).collect()
}

/// Share of rows whose prediction is their label; 0 when there are none.
///
/// # Panics
/// The slices differ in length.
pub fn accuracy(truth: &[u32], predicted: &[u32]) -> f64 {
    assert_eq!(truth.len(), predicted.len(), "one prediction per row");
    let right = truth.iter().zip(predicted).filter(|(truth, predicted)| truth == predicted).count();
    if truth.is_empty() { 0.0 } else { right as f64 / truth.len() as f64 }
}

/// Mean F1 over the classes that occur in `truth` or `predicted`; 0 when there are none.
///
/// # Panics
/// The slices differ in length.
pub fn macro_f1(truth: &[u32], predicted: &[u32]) -> f64 {
    assert_eq!(truth.len(), predicted.len(), "one prediction per row");
    let classes = truth.iter().chain(predicted).max().map_or(0, |&class| class as usize + 1);
    let (mut hits, mut seen) = (vec![0_u64; classes], vec![0_u64; classes]);
    for (&truth, &predicted) in truth.iter().zip(predicted) {
        hits[truth as usize] += u64::from(truth == predicted);
        seen[truth as usize] += 1;
        seen[predicted as usize] += 1;
    }
    let (mut sum, mut count) = (0.0, 0_u32);
    for (&hits, &seen) in hits.iter().zip(&seen).filter(|(_, seen)| **seen > 0) {
        sum += 2.0 * hits as f64 / seen as f64;
        count += 1;
    }
    if count == 0 { 0.0 } else { sum / f64::from(count) }
}

/// Coefficient of determination: 1 is perfect, 0 is the mean, and there is no lower bound.
///
/// A constant `truth` gives 1 when predicted exactly, else 0, as in scikit-learn.
///
/// # Panics
/// The slices differ in length or are empty.
pub fn r2(truth: &[f64], predicted: &[f64]) -> f64 {
    assert!(truth.len() == predicted.len() && !truth.is_empty(), "one prediction per row");
    let mean = truth.iter().sum::<f64>() / truth.len() as f64;
    let residual: f64 = truth.iter().zip(predicted).map(|(y, p)| (y - p) * (y - p)).sum();
    let total: f64 = truth.iter().map(|y| (y - mean) * (y - mean)).sum();
    if total > 0.0 {
        1.0 - residual / total
    } else if residual == 0.0 {
        1.0
    } else {
        0.0
    }
}

/// Probability that a random positive row scores above a random negative one, ties counting half.
///
/// `None` when one of the two kinds is missing.
///
/// # Panics
/// The slices differ in length or a score is NaN.
pub fn auroc(truth: &[bool], scores: &[f64]) -> Option<f64> {
    assert_eq!(truth.len(), scores.len(), "one score per row");
    assert!(scores.iter().all(|score| !score.is_nan()), "scores can be ordered");
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_unstable_by(|&left, &right| scores[left].total_cmp(&scores[right]));
    let positives = truth.iter().filter(|&&positive| positive).count() as u64;
    let negatives = truth.len() as u64 - positives;
    // Twice the number of pairs in the right order, in whole numbers, so that no rounding enters.
    let (mut doubled, mut negatives_below) = (0_u64, 0_u64);
    for tied in order.chunk_by(|&left, &right| scores[left] == scores[right]) {
        let positives_here = tied.iter().filter(|&&row| truth[row]).count() as u64;
        let negatives_here = tied.len() as u64 - positives_here;
        doubled += positives_here * (2 * negatives_below + negatives_here);
        negatives_below += negatives_here;
    }
    let pairs = positives * negatives;
    (pairs > 0).then(|| doubled as f64 / (2 * pairs) as f64)
}

/// Mean squared distance between the probability of the positive kind and the truth.
///
/// # Panics
/// The slices differ in length or are empty.
pub fn brier(truth: &[bool], probabilities: &[f64]) -> f64 {
    assert!(truth.len() == probabilities.len() && !truth.is_empty(), "one probability per row");
    let sum: f64 = truth
        .iter()
        .zip(probabilities)
        .map(|(&positive, p)| {
            let gap = p - f64::from(u8::from(positive));
            gap * gap
        })
        .sum();
    sum / truth.len() as f64
}

/// Mean negative logarithm of the probability given to the true class, from row-major probabilities.
///
/// Probabilities are kept `f64::EPSILON` away from 0 and 1, as in scikit-learn.
///
/// # Panics
/// `truth` is empty, or there are not `classes` probabilities for each of its rows, or a class is not below it.
pub fn log_loss(truth: &[u32], probabilities: &[f64], classes: usize) -> f64 {
    assert!(!truth.is_empty() && truth.len() * classes == probabilities.len(), "one probability per class");
    let sum: f64 = truth
        .iter()
        .zip(probabilities.chunks_exact(classes))
        .map(|(&class, row)| -libm::log(row[class as usize].clamp(f64::EPSILON, 1.0 - f64::EPSILON)))
        .sum();
    sum / truth.len() as f64
}

fn first_greatest(row: &[f64]) -> u32 {
    let mut best = 0;
    for (class, &probability) in row.iter().enumerate() {
        if probability > row[best] {
            best = class;
        }
    }
    best as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_in_probability_go_to_the_first_class() {
        assert_eq!(most_probable(&[0.4, 0.4, 0.2, 0.1, 0.2, 0.7], 3), [0, 2]);
        assert_eq!(most_probable(&[], 3), [0_u32; 0]);
    }

    #[test]
    fn macro_f1_counts_only_classes_that_occur() {
        // Class 0: F1 1/2, class 2: F1 0, class 5: F1 0; 1, 3 and 4 never occur.
        assert_eq!(macro_f1(&[0, 0, 2], &[0, 5, 0]), 0.5 / 3.0);
        assert_eq!(macro_f1(&[], &[]), 0.0);
        assert_eq!(accuracy(&[], &[]), 0.0);
    }

    #[test]
    fn auroc_counts_ties_half_and_needs_both_kinds() {
        assert_eq!(auroc(&[true, false, true, false], &[0.9, 0.1, 0.5, 0.5]), Some(0.875));
        assert_eq!(auroc(&[true, false], &[0.0, -0.0]), Some(0.5));
        assert_eq!(auroc(&[true, false], &[f64::NEG_INFINITY, f64::INFINITY]), Some(0.0));
        assert_eq!(auroc(&[true, true], &[0.1, 0.2]), None);
        assert_eq!(auroc(&[], &[]), None);
    }

    #[test]
    fn r2_of_a_constant_is_all_or_nothing() {
        assert_eq!(r2(&[2.0, 2.0], &[2.0, 2.0]), 1.0);
        assert_eq!(r2(&[2.0, 2.0], &[2.0, 2.5]), 0.0);
        assert_eq!(r2(&[1.0, 3.0], &[2.0, 2.0]), 0.0);
    }

    #[test]
    fn certainty_that_is_wrong_costs_much_but_not_infinitely() {
        let loss = log_loss(&[0], &[0.0, 1.0], 2);
        assert!((loss - 36.043_653_389_117_15).abs() < 1e-12, "{loss}");
        assert_eq!(brier(&[true, false], &[0.0, 0.5]), 0.625);
    }
}
