//! Score: from what was measured to a reward and a pass.
//!
//! Reward = 0.35 V1 + 0.25 invariance (V2 to V6, V8) + 0.15 V9 + 0.15 calibration + 0.10 V11; nothing is paid below the
//! floor. Pass = V1 and V2 to V5 and V9 and calibration.

use std::collections::BTreeMap;

use envy_core::{Criterion, Flag, Score};

use super::checks::{
    self, CALIBRATION_MAX, Measured, NAMED_MIN, NEUTRAL_MAX, REFIT_MAX, SAME_MAX, UNSEEN_MAX,
    estimate_tolerance,
};
use super::files::Meta;
use super::report::Report;

const AUROC_WEIGHT: f64 = 0.35;
const INVARIANCE_WEIGHT: f64 = 0.25;
const ESTIMATE_WEIGHT: f64 = 0.15;
const CALIBRATION_WEIGHT: f64 = 0.15;
const NAMED_WEIGHT: f64 = 0.10;

/// Scores a pipeline.
pub(super) fn score(
    measured: &Measured,
    report: &Report,
    meta: &Meta,
    lambda: f64,
    test_counts: [usize; 2],
) -> Score {
    let scale = &meta.scale;
    let tau = scale.tau(lambda);
    let mut list = List(Vec::new());
    let deployed = measured.deployed;
    let by = if meta.exact { "" } else { " (empirical: the true probabilities are not known)" };
    let reached = list.add("V1 deployment", deployed >= tau, format!("{deployed:.4}, at least {tau:.4}{by}"));
    let invariance = [
        list.within("V2 neutralisation", measured.neutral, NEUTRAL_MAX),
        list.within("V3 refit", measured.refit, REFIT_MAX),
        list.within("V4 batch invariance", measured.batch, SAME_MAX),
        list.within("V5 train isolation", measured.isolation, SAME_MAX),
        list.within("V6 future perturbation", measured.future, SAME_MAX),
        list.within("V8 canaries", measured.canary, NEUTRAL_MAX),
    ];
    list.within("V7 unseen accounts and periods", measured.unseen, UNSEEN_MAX);
    let tolerance =
        estimate_tolerance(deployed.clamp(0.01, 0.99), meta.train_counts, scale.label_error(meta.exact));
    let off = report.expected.map(|expected| (expected - deployed).abs());
    let estimate = match off {
        Some(_) => list.within("V9 honest estimate", off, tolerance),
        None => list.add("V9 honest estimate", false, report.complaints.join("; ")),
    };
    let proven = list.alarm(measured, report, meta, test_counts);
    let named = checks::named(report, meta);
    let told =
        list.add("V11 named leaks", named >= NAMED_MIN, format!("F1 {named:.3}, at least {NAMED_MIN}"));
    let calibrated = list.within("calibration", Some(measured.calibration.error), CALIBRATION_MAX);
    let paid =
        list.add("floor", deployed > scale.floor(), format!("{deployed:.4}, more than {:.4}", scale.floor()));
    let share = |holds: bool| f64::from(u8::from(holds));
    let gained = (deployed - scale.naive) / (scale.bayes - scale.naive).max(1e-9);
    let invariant = invariance.into_iter().map(share).sum::<f64>() / invariance.len() as f64;
    let whole = AUROC_WEIGHT * gained.clamp(0.0, 1.0)
        + INVARIANCE_WEIGHT * invariant
        + ESTIMATE_WEIGHT * share(estimate)
        + CALIBRATION_WEIGHT * share(calibrated)
        + NAMED_WEIGHT * share(told);
    let sound = invariance[..4].iter().all(|holds| *holds) && estimate && calibrated;
    let mut metrics = metrics(measured, report, meta, named, lambda);
    metrics.insert("sound".to_owned(), share(sound));
    Score {
        reward: if paid { whole.clamp(0.0, 1.0) } else { 0.0 },
        passed: reached && sound,
        metrics,
        criteria: list.0,
        flags: flags(proven, report),
    }
}

/// Criteria in order.
struct List(Vec<Criterion>);

impl List {
    fn add(&mut self, name: &str, met: bool, detail: String) -> bool {
        self.0.push(Criterion { name: name.to_owned(), met, detail });
        met
    }

    fn within(&mut self, name: &str, value: Option<f64>, most: f64) -> bool {
        let detail = match value {
            Some(value) => format!("{value:.5}, at most {most:.3e}"),
            None => "could not be measured".to_owned(),
        };
        self.add(name, value.is_some_and(|value| value <= most), detail)
    }

    /// V10: whether an AUROC, measured or claimed, proves a leak.
    fn alarm(&mut self, measured: &Measured, report: &Report, meta: &Meta, test_counts: [usize; 2]) -> bool {
        let public = checks::alarm(meta.scale.bayes_public, test_counts);
        let claim = checks::alarm(meta.scale.bayes, meta.train_counts);
        let above = |value: Option<f64>, limit: f64| value.is_some_and(|value| value > limit);
        let proven = above(measured.public, public) || above(report.expected, claim);
        let detail = format!("alarms at {public:.4} on test.csv and at a claim of {claim:.4}");
        self.add("V10 not above the bound", !proven, detail);
        proven
    }
}

fn flags(proven: bool, report: &Report) -> Vec<Flag> {
    let flag = |name: &str, evidence: String| Flag { name: name.to_owned(), evidence };
    let mut flags = Vec::new();
    if proven {
        flags.push(flag("leak-proven", "an AUROC above the Bayes bound".to_owned()));
    }
    if !report.complaints.is_empty() {
        flags.push(flag("report-incomplete", report.complaints.join("; ")));
    }
    flags
}

fn metrics(
    measured: &Measured,
    report: &Report,
    meta: &Meta,
    named: f64,
    lambda: f64,
) -> BTreeMap<String, f64> {
    let calibration = &measured.calibration;
    let mut metrics = BTreeMap::new();
    let mut put = |name: &str, value: Option<f64>| {
        if let Some(value) = value.filter(|value| value.is_finite()) {
            metrics.insert(name.to_owned(), value);
        }
    };
    put("deployed_auroc", Some(measured.deployed));
    put("public_auroc", measured.public);
    put("expected_auroc", report.expected);
    put("place", Some(meta.scale.lambda(measured.deployed)));
    put("place_most", Some(meta.scale.lambda(meta.scale.tau(1.0))));
    put("exact", Some(f64::from(u8::from(meta.exact))));
    put("tau", Some(meta.scale.tau(lambda)));
    put("lambda", Some(lambda));
    put("bayes_auroc", meta.exact.then_some(meta.scale.bayes));
    put("honest_auroc", Some(meta.scale.honest));
    put("naive_auroc", Some(meta.scale.naive));
    put("neutral_shift", measured.neutral);
    put("refit_shift", measured.refit);
    put("batch_shift", measured.batch);
    put("isolation_shift", measured.isolation);
    put("future_shift", measured.future);
    put("canary_shift", measured.canary);
    put("unseen_loss", measured.unseen);
    put("named_f1", Some(named));
    put("log_loss", Some(calibration.log_loss));
    put("brier", Some(calibration.brier));
    put("brier_excess", meta.exact.then_some(calibration.brier_excess));
    put("ece", Some(calibration.ece));
    put("ece_labels", Some(calibration.ece_labels));
    put("ece_bias", Some(calibration.ece_bias));
    put("ece_sweep", Some(calibration.ece_sweep));
    put("debiased_l2", Some(calibration.debiased_l2));
    put("spiegelhalter_z", Some(calibration.spiegelhalter));
    put("calibration_intercept", calibration.line.map(|line| line.0));
    put("calibration_slope", calibration.line.map(|line| line.1));
    for (bin, (probability, truth)) in calibration.table.iter().enumerate() {
        put(&format!("bin_{:02}_probability", bin + 1), Some(*probability));
        put(&format!("bin_{:02}_truth", bin + 1), Some(*truth));
    }
    metrics
}
