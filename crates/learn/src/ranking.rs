//! Ranking against known probabilities: the soft AUROC, the Bayes bound, and the error of an empirical AUROC.
//!
//! Where the probability eta of every row is known, pairs are weighted by it and no label is drawn, which takes the
//! labels' noise out of the score: its standard deviation is about half that of an empirical AUROC.

/// The probability that a random positive row scores above a random negative one, over the labels that rows of the
/// probabilities `eta` would draw; ties count half. `O(N log N)`: one sort.
///
/// With labels (0 and 1) in the place of probabilities it is the empirical AUROC. `None` where no pair of a positive
/// and a negative row can be drawn.
///
/// # Panics
/// The slices differ in length, a score is NaN, or an eta is outside `[0, 1]`.
pub fn soft_auroc(eta: &[f64], scores: &[f64]) -> Option<f64> {
    assert_eq!(eta.len(), scores.len(), "one score per row");
    assert!(scores.iter().all(|score| !score.is_nan()), "scores can be ordered");
    assert!(eta.iter().all(|eta| (0.0..=1.0).contains(eta)), "probabilities lie in [0, 1]");
    let mut order: Vec<usize> = (0..eta.len()).collect();
    order.sort_unstable_by(|&left, &right| scores[left].total_cmp(&scores[right]).then(left.cmp(&right)));
    let (mut right_order, mut negatives_below) = (0.0, 0.0);
    let (mut all_positive, mut itself) = (0.0, 0.0);
    for tied in order.chunk_by(|&left, &right| scores[left] == scores[right]) {
        let (mut positive, mut negative, mut own) = (0.0, 0.0, 0.0);
        for &row in tied {
            positive += eta[row];
            negative += 1.0 - eta[row];
            own += eta[row] * (1.0 - eta[row]);
        }
        // A row makes no pair with itself.
        right_order += positive * negatives_below + 0.5 * (positive * negative - own);
        negatives_below += negative;
        all_positive += positive;
        itself += own;
    }
    let pairs = all_positive * negatives_below - itself;
    (pairs > 0.0).then(|| right_order / pairs)
}

/// The greatest soft AUROC that any scores reach: that of eta itself.
///
/// # Panics
/// An eta is outside `[0, 1]`.
pub fn bayes_auroc(eta: &[f64]) -> Option<f64> {
    soft_auroc(eta, eta)
}

/// The standard error of an AUROC measured on so many labelled rows (Hanley and `McNeil`, 1982).
///
/// # Panics
/// There is no positive or no negative row.
pub fn auroc_error(auroc: f64, positives: usize, negatives: usize) -> f64 {
    assert!(positives > 0 && negatives > 0, "an AUROC needs both kinds");
    let (p, n) = (positives as f64, negatives as f64);
    let above = auroc / (2.0 - auroc);
    let below = 2.0 * auroc * auroc / (1.0 + auroc);
    let square = auroc * auroc;
    let variance = auroc * (1.0 - auroc) + (p - 1.0) * (above - square) + (n - 1.0) * (below - square);
    libm::sqrt(variance.max(0.0) / (p * n))
}

#[cfg(test)]
mod tests {
    use envy_core::Seed;

    use super::*;
    use crate::metrics::auroc;

    #[test]
    fn labels_in_the_place_of_probabilities_give_the_empirical_auroc() {
        let truth = [true, false, true, false, false];
        let eta = truth.map(|positive| f64::from(u8::from(positive)));
        let scores = [0.9, 0.1, 0.5, 0.5, 0.7];
        assert_eq!(soft_auroc(&eta, &scores), auroc(&truth, &scores));
        assert_eq!(soft_auroc(&[1.0, 1.0], &[0.1, 0.2]), None);
        assert_eq!(soft_auroc(&[], &[]), None);
        assert_eq!(soft_auroc(&[0.5], &[0.3]), None);
    }

    #[test]
    fn one_sort_equals_the_sum_over_all_pairs() {
        let mut rng = Seed::named("ranking").rng();
        let eta: Vec<f64> = (0..60).map(|_| rng.uniform()).collect();
        let scores: Vec<f64> = (0..60).map(|_| f64::from(rng.below(12) as u32)).collect();
        let (mut right, mut pairs) = (0.0, 0.0);
        for i in 0..60 {
            for j in (0..60).filter(|j| *j != i) {
                let weight = eta[i] * (1.0 - eta[j]);
                pairs += weight;
                right += weight
                    * if scores[i] > scores[j] {
                        1.0
                    } else {
                        0.5 * f64::from(u8::from(scores[i] == scores[j]))
                    };
            }
        }
        assert!((soft_auroc(&eta, &scores).unwrap() - right / pairs).abs() < 1e-12);
    }

    #[test]
    fn nothing_ranks_better_than_eta_and_it_needs_fewer_rows() {
        let mut rng = Seed::named("ranking/bound").rng();
        let (mut soft, mut hard) = (Vec::new(), Vec::new());
        for _ in 0..60 {
            let eta: Vec<f64> = (0..400).map(|_| rng.uniform()).collect();
            let noisy: Vec<f64> = eta.iter().map(|eta| eta + 0.3 * rng.normal()).collect();
            let labels: Vec<bool> = eta.iter().map(|eta| rng.chance(*eta)).collect();
            assert!(soft_auroc(&eta, &noisy).unwrap() < bayes_auroc(&eta).unwrap());
            soft.push(soft_auroc(&eta, &noisy).unwrap());
            hard.push(auroc(&labels, &noisy).unwrap());
        }
        let spread = |values: &[f64]| {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>()
        };
        assert!(spread(&soft) < 0.6 * spread(&hard));
    }

    #[test]
    fn the_error_is_hanley_and_mcneils() {
        // Their own example: an area of 0.893 over 51 abnormal and 58 normal images has an error of 0.032.
        assert!((auroc_error(0.893, 51, 58) - 0.032).abs() < 1e-3);
    }
}
