//! Calibration: whether probabilities mean what they say. Where eta, the true probability of each row, is known, it takes
//! the place of the labels (`truth`), and their noise is gone.

use crate::logistic::sigmoid;

/// The bins of an expected calibration error unless someone says otherwise.
pub const BINS: usize = 15;
/// Probabilities are kept this far from 0 and 1 before a logarithm is taken.
const EDGE: f64 = 1e-12;

/// One row of a reliability table.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Bin {
    /// Rows.
    pub rows: usize,
    /// Their least probability.
    pub low: f64,
    /// Their greatest.
    pub high: f64,
    /// Their mean probability.
    pub probability: f64,
    /// Their mean truth: the share of positives, or the mean eta.
    pub truth: f64,
}

/// The reliability table: `bins` bins of equal mass (as equal as the number of rows allows), from the least probability.
/// Ties are broken by row, so that a constant forecast still fills every bin.
///
/// # Panics
/// The slices differ in length, or there are no bins.
pub fn reliability(truth: &[f64], probabilities: &[f64], bins: usize) -> Vec<Bin> {
    assert!(truth.len() == probabilities.len() && bins > 0, "one probability per row, at least one bin");
    let mut order: Vec<usize> = (0..truth.len()).collect();
    order.sort_unstable_by(|&a, &b| probabilities[a].total_cmp(&probabilities[b]).then(a.cmp(&b)));
    (0..bins)
        .map(|bin| &order[bin * order.len() / bins..(bin + 1) * order.len() / bins])
        .filter(|rows| !rows.is_empty())
        .map(|rows| {
            let mean = |values: &[f64]| rows.iter().map(|&row| values[row]).sum::<f64>() / rows.len() as f64;
            Bin {
                rows: rows.len(),
                low: probabilities[rows[0]],
                high: probabilities[rows[rows.len() - 1]],
                probability: mean(probabilities),
                truth: mean(truth),
            }
        })
        .collect()
}

/// Expected calibration error: the mean distance between a bin's probability and its truth.
///
/// From labels it is biased upwards, by about [`ece_bias`]; from eta it is not.
pub fn ece(table: &[Bin]) -> f64 {
    weighted(table, |bin| (bin.probability - bin.truth).abs())
}

/// What a perfectly calibrated forecast's [`ece`] from labels would be on average: each bin's mean label strays from its
/// probability by a normal number of the standard deviation `sqrt(p (1 - p) / n)`, whose mean size is `sqrt(2 / pi)` of
/// that.
pub fn ece_bias(table: &[Bin]) -> f64 {
    weighted(table, |bin| {
        let p = bin.probability.clamp(0.0, 1.0);
        libm::sqrt(2.0 / std::f64::consts::PI * p * (1.0 - p) / bin.rows as f64)
    })
}

/// Squared calibration error from labels without its bias: `sum w [(p - y)^2 - y (1 - y) / (n - 1)]` (Kumar, Liang and Ma
/// 2019). Its mean is 0 for a calibrated forecast, so it may be negative. Bins of one row are left out.
pub fn debiased_l2(table: &[Bin]) -> f64 {
    weighted(table, |bin| {
        if bin.rows < 2 {
            return 0.0;
        }
        let gap = bin.probability - bin.truth;
        gap * gap - bin.truth * (1.0 - bin.truth) / (bin.rows - 1) as f64
    })
}

/// The expected calibration error over the greatest number of bins whose truth still rises from bin to bin (Roelofs et al.
/// 2022).
///
/// # Panics
/// As [`reliability`].
pub fn ece_sweep(truth: &[f64], probabilities: &[f64]) -> f64 {
    let mut kept = reliability(truth, probabilities, 1);
    for bins in 2..=truth.len() {
        let table = reliability(truth, probabilities, bins);
        if table.windows(2).any(|pair| pair[0].truth > pair[1].truth) {
            break;
        }
        kept = table;
    }
    ece(&kept)
}

/// Mean negative log-likelihood. With eta as the truth it is the expectation over labels.
///
/// # Panics
/// The slices differ in length or are empty.
pub fn log_loss(truth: &[f64], probabilities: &[f64]) -> f64 {
    mean(truth, probabilities, |y, p| {
        let p = p.clamp(EDGE, 1.0 - EDGE);
        -(y * libm::log(p) + (1.0 - y) * libm::log(1.0 - p))
    })
}

/// Mean squared distance to the labels; with eta as the truth, its expectation `(p - eta)^2 + eta (1 - eta)`.
///
/// # Panics
/// The slices differ in length or are empty.
pub fn brier(truth: &[f64], probabilities: &[f64]) -> f64 {
    mean(truth, probabilities, |y, p| (p - y) * (p - y) + y * (1.0 - y))
}

/// How much of the Brier score no noise explains: `E (p - eta)^2`.
///
/// # Panics
/// The slices differ in length or are empty.
pub fn brier_excess(eta: &[f64], probabilities: &[f64]) -> f64 {
    mean(eta, probabilities, |eta, p| (p - eta) * (p - eta))
}

/// Spiegelhalter's z from labels: standard normal for a calibrated forecast (Spiegelhalter 1986). 0 where every
/// probability is 0, 1 or a half.
///
/// # Panics
/// The slices differ in length.
pub fn spiegelhalter_z(truth: &[f64], probabilities: &[f64]) -> f64 {
    assert_eq!(truth.len(), probabilities.len(), "one probability per row");
    let (mut sum, mut variance) = (0.0, 0.0);
    for (y, p) in truth.iter().zip(probabilities) {
        let lean = 1.0 - 2.0 * p;
        sum += (y - p) * lean;
        variance += lean * lean * p * (1.0 - p);
    }
    if variance > 0.0 { sum / libm::sqrt(variance) } else { 0.0 }
}

/// Intercept and slope of the truth's logit on the forecast's: 0 and 1 if calibrated, a slope below 1 if overconfident.
/// `None` where the forecast is constant or the fit does not settle.
///
/// # Panics
/// The slices differ in length.
pub fn recalibration(truth: &[f64], probabilities: &[f64]) -> Option<(f64, f64)> {
    const STEPS_MAX: usize = 50;
    assert_eq!(truth.len(), probabilities.len(), "one probability per row");
    let logit = |p: &f64| {
        let p = p.clamp(EDGE, 1.0 - EDGE);
        libm::log(p / (1.0 - p))
    };
    let scores: Vec<f64> = probabilities.iter().map(logit).collect();
    let (mut intercept, mut slope) = (0.0, 1.0);
    for _ in 0..STEPS_MAX {
        let (mut g0, mut g1, mut h00, mut h01, mut h11) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (y, x) in truth.iter().zip(&scores) {
            let p = sigmoid(intercept + slope * x);
            let w = p * (1.0 - p);
            g0 += y - p;
            g1 += (y - p) * x;
            h00 += w;
            h01 += w * x;
            h11 += w * x * x;
        }
        let determinant = h00 * h11 - h01 * h01;
        if determinant.is_nan() || determinant <= 1e-12 * h00 * h11 {
            return None;
        }
        let steps = ((h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant);
        intercept += steps.0;
        slope += steps.1;
        if steps.0.abs() + steps.1.abs() < 1e-10 {
            return Some((intercept, slope));
        }
    }
    None
}

fn weighted(table: &[Bin], value: impl Fn(&Bin) -> f64) -> f64 {
    let rows: usize = table.iter().map(|bin| bin.rows).sum();
    table.iter().map(|bin| bin.rows as f64 * value(bin)).sum::<f64>() / rows.max(1) as f64
}

fn mean(truth: &[f64], probabilities: &[f64], value: impl Fn(f64, f64) -> f64) -> f64 {
    assert!(truth.len() == probabilities.len() && !truth.is_empty(), "one probability per row");
    let sum: f64 = truth.iter().zip(probabilities).map(|(y, p)| value(*y, *p)).sum();
    sum / truth.len() as f64
}

#[cfg(test)]
mod tests {
    use envy_core::Seed;

    use super::*;

    /// Labels of a calibrated forecast.
    fn calibrated(name: &str, rows: usize) -> (Vec<f64>, Vec<f64>) {
        let mut rng = Seed::named(name).rng();
        let eta: Vec<f64> = (0..rows).map(|_| sigmoid(1.5 * rng.normal())).collect();
        let labels = eta.iter().map(|p| f64::from(u8::from(rng.chance(*p)))).collect();
        (labels, eta)
    }

    fn sharpened(eta: &[f64], slope: f64) -> Vec<f64> {
        eta.iter().map(|p| sigmoid(slope * libm::log(p / (1.0 - p)))).collect()
    }

    #[test]
    fn a_calibrated_forecast_shows_the_named_bias_and_nothing_else() {
        const DRAWS: usize = 100;
        let (mut plain, mut bias, mut debiased, mut z) = (0.0, 0.0, 0.0, 0.0);
        for draw in 0..DRAWS {
            let (labels, eta) = calibrated(&format!("calibration/{draw}"), 500);
            let table = reliability(&labels, &eta, BINS);
            plain += ece(&table) / DRAWS as f64;
            bias += ece_bias(&table) / DRAWS as f64;
            debiased += debiased_l2(&table) / DRAWS as f64;
            z += spiegelhalter_z(&labels, &eta).powi(2) / DRAWS as f64;
            assert_eq!(ece(&reliability(&eta, &eta, BINS)), 0.0);
        }
        assert!(plain > 0.03 && (plain - bias).abs() < 0.006, "{plain} {bias}");
        assert!(debiased.abs() < 3e-4, "{debiased}");
        assert!((z - 1.0).abs() < 0.45, "{z}");
    }

    #[test]
    fn overconfidence_shows_in_every_figure() {
        let (labels, eta) = calibrated("calibration/sharp", 5_000);
        let sharp = sharpened(&eta, 1.5);
        let (intercept, slope) = recalibration(&eta, &sharp).unwrap();
        assert!(intercept.abs() < 1e-6 && (slope - 1.0 / 1.5).abs() < 1e-6);
        assert!(ece(&reliability(&eta, &sharp, BINS)) > 0.04);
        assert!(debiased_l2(&reliability(&labels, &sharp, BINS)) > 0.001);
        assert!(spiegelhalter_z(&labels, &sharp).abs() > 3.0);
        assert!(ece_sweep(&labels, &sharp) > ece_sweep(&labels, &eta));
        assert!(log_loss(&labels, &sharp) > log_loss(&labels, &eta));
        let excess = brier(&eta, &sharp) - brier(&eta, &eta);
        assert!((brier_excess(&eta, &sharp) - excess).abs() < 1e-12);
    }

    #[test]
    fn constants_and_certainties_have_figures_too() {
        assert_eq!(recalibration(&[0.0, 1.0], &[0.5, 0.5]), None);
        assert_eq!(spiegelhalter_z(&[0.0, 1.0], &[0.0, 1.0]), 0.0);
        assert!(log_loss(&[1.0], &[0.0]).is_finite());
        let table = reliability(&[0.0, 1.0, 1.0], &[0.3, 0.3, 0.3], BINS);
        assert_eq!(table.iter().map(|bin| bin.rows).sum::<usize>(), 3);
        assert_eq!(ece(&[]), 0.0);
    }
}
