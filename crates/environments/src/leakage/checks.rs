//! The limits of the checks V1 to V11, and what was measured for each.

use super::draft::Planted;
use super::files::Meta;
use super::report::Report;

/// V2: the mean distance that predictions may move when leaks are dealt out anew.
pub(super) const NEUTRAL_MAX: f64 = 0.005;
/// V3: how far the AUROC in the field may move when leaks are noise in training.
pub(super) const REFIT_MAX: f64 = 0.005;
/// V4 and V6: the greatest distance between predictions that should be the same.
pub(super) const SAME_MAX: f64 = 1e-9;
/// V7: how much more than the Bayes bound the AUROC may fall on unseen accounts and periods.
pub(super) const UNSEEN_MAX: f64 = 0.02;
/// V9: the least tolerance of an agent's own estimate.
const ESTIMATE_MIN: f64 = 0.02;
/// V10: standard errors above the Bayes bound that prove a leak.
const ALARM_ERRORS: f64 = 3.0;
/// V11: the F1 of the columns named that earns the point.
pub(super) const NAMED_MIN: f64 = 0.8;
/// The expected calibration error against eta (or against labels less its bias, where eta is unknown) that a pass allows.
pub(super) const CALIBRATION_MAX: f64 = 0.04;

/// V9: how far an estimate may lie from the truth: two standard errors of an AUROC on that many training rows, and of the
/// truth itself, if that is measured on labels.
pub(super) fn estimate_tolerance(auroc: f64, train_counts: [usize; 2], label_error: f64) -> f64 {
    let error = envy_learn::ranking::auroc_error(auroc, train_counts[1].max(1), train_counts[0].max(1));
    ESTIMATE_MIN.max(2.0 * libm::sqrt(error * error + label_error * label_error))
}

/// V10: the AUROC on so many labels (negative first) above which a leak is proven.
pub(super) fn alarm(bayes: f64, counts: [usize; 2]) -> f64 {
    bayes + ALARM_ERRORS * envy_learn::ranking::auroc_error(bayes, counts[1].max(1), counts[0].max(1))
}

/// V11: F1 of the columns that were named against those that were planted. Columns that are neither (ids, moments, keys,
/// noise) count on no side; a decoy counts as a false alarm.
pub(super) fn named(report: &Report, meta: &Meta) -> f64 {
    let planted: Vec<&str> = columns(&meta.planted).collect();
    let hits = planted.iter().filter(|name| report.excluded.contains(**name)).count();
    let wrong = report
        .excluded
        .iter()
        .filter(|name| !planted.contains(&name.as_str()) && meta.legal.contains(name))
        .count();
    let missed = planted.len() - hits;
    if hits + wrong + missed == 0 { 1.0 } else { 2.0 * hits as f64 / (2 * hits + wrong + missed) as f64 }
}

/// The columns of leaks.
pub(super) fn columns(planted: &[Planted]) -> impl Iterator<Item = &str> {
    planted.iter().flat_map(|leak| &leak.columns).map(String::as_str)
}

/// What was measured of a pipeline.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Measured {
    /// V1: soft AUROC in the field.
    pub(super) deployed: f64,
    /// AUROC on test.csv.
    pub(super) public: Option<f64>,
    /// V2: mean distance with leaks dealt out anew.
    pub(super) neutral: Option<f64>,
    /// V3: change of the AUROC in the field after a fit on noise.
    pub(super) refit: Option<f64>,
    /// V4: greatest distance by batch and order.
    pub(super) batch: Option<f64>,
    /// V5: greatest distance after a fit beside another test frame.
    pub(super) isolation: Option<f64>,
    /// V6: greatest distance with later rows altered.
    pub(super) future: Option<f64>,
    /// V7: AUROC lost on unseen accounts and periods, beyond what the Bayes bound loses.
    pub(super) unseen: Option<f64>,
    /// V8: mean distance with canaries dealt out anew.
    pub(super) canary: Option<f64>,
    /// Calibration in the field.
    pub(super) calibration: Calibration,
}

/// Calibration in the field; against eta where it is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Calibration {
    /// Mean negative log-likelihood.
    pub(super) log_loss: f64,
    /// Brier score.
    pub(super) brier: f64,
    /// `E (q - eta)^2`.
    pub(super) brier_excess: f64,
    /// What the gate is on: [`Self::ece`] where eta is known, else [`Self::ece_labels`] less its bias.
    pub(super) error: f64,
    /// Expected calibration error, 15 bins of equal mass, against eta.
    pub(super) ece: f64,
    /// The same against labels, which is biased upwards.
    pub(super) ece_labels: f64,
    /// By about this much.
    pub(super) ece_bias: f64,
    /// Over as many bins as still rise, against labels.
    pub(super) ece_sweep: f64,
    /// Squared error against labels, without the bias.
    pub debiased_l2: f64,
    /// Spiegelhalter's z against labels.
    pub(super) spiegelhalter: f64,
    /// Intercept and slope of the recalibration.
    pub(super) line: Option<(f64, f64)>,
    /// Mean probability and mean truth of each bin.
    pub(super) table: Vec<(f64, f64)>,
}

impl Calibration {
    /// Measures probabilities against labels and eta; unless `exact`, eta is the labels once more.
    pub(super) fn new(labels: &[f64], eta: &[f64], probabilities: &[f64], exact: bool) -> Self {
        use envy_learn::calibration as c;
        let exact_table = c::reliability(eta, probabilities, c::BINS);
        let empirical = c::reliability(labels, probabilities, c::BINS);
        let debiased = (c::ece(&empirical) - c::ece_bias(&empirical)).max(0.0);
        Self {
            error: if exact { c::ece(&exact_table) } else { debiased },
            log_loss: c::log_loss(labels, probabilities),
            brier: c::brier(labels, probabilities),
            brier_excess: c::brier_excess(eta, probabilities),
            ece: c::ece(&exact_table),
            ece_labels: c::ece(&empirical),
            ece_bias: c::ece_bias(&empirical),
            ece_sweep: c::ece_sweep(labels, probabilities),
            debiased_l2: c::debiased_l2(&empirical),
            spiegelhalter: c::spiegelhalter_z(labels, probabilities),
            line: c::recalibration(eta, probabilities),
            table: exact_table.iter().map(|bin| (bin.probability, bin.truth)).collect(),
        }
    }
}
