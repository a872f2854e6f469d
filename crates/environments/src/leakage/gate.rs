//! The gate: a candidate becomes a task only if it measures something.
//!
//! The reference's way must reach the threshold with room to spare, be calibrated and estimate itself well; using everything
//! must not; and every planted column must bite when it alone is used.

use std::collections::BTreeSet;

use envy_core::{Rejection, Seed};
use envy_learn::ranking;
use envy_tabular::Role;

use super::baseline::{Kind, Recipe, Split};
use super::candidate::Candidate;
use super::checks::{CALIBRATION_MAX, Calibration, NEUTRAL_MAX, estimate_tolerance};
use super::draft::{Action, Part};
use super::files::{Figures, Scale};
use super::frames;
use super::knobs::Settings;
use super::operators::FORM;
use super::world::{ENTITY, Rows};

/// How far above the threshold the reference must stand.
const MARGIN: f64 = 0.004;
/// The most of the calibration limit that the reference may use.
const CALIBRATION_SHARE: f64 = 0.8;
/// The most of the tolerance that the reference's own estimate may use.
const ESTIMATE_SHARE: f64 = 0.7;
/// How many times the limit of V2 each planted column must move a model that uses it.
const BITE: f64 = 1.8;
/// How many times the tolerance of V9 an estimate must miss that splits accounts.
const MISS: f64 = 1.1;
/// The least gap from the honest baseline to the Bayes bound.
const GAP_MIN: f64 = 0.008;
/// The standard error of a soft AUROC over 4,000 rows; it falls with the root of the rows.
const SOFT_ERROR: f64 = 0.0029;

/// What the gate found.
pub(super) struct Passed {
    /// The anchors of the threshold.
    pub(super) scale: Scale,
    /// The place of the threshold that holds.
    pub(super) lambda: f64,
    /// AUROC of using everything on test.csv.
    pub(super) naive_public: f64,
    /// The figures for the certificate.
    pub(super) figures: Figures,
}

fn demand(holds: bool, condition: &str, detail: String) -> Result<(), Rejection> {
    if holds { Ok(()) } else { Err(Rejection { condition: condition.to_owned(), detail }) }
}

fn unfit(error: String) -> Rejection {
    Rejection { condition: "no-model".to_owned(), detail: error }
}

/// The recipe that leaves out everything that is not legal.
pub(super) fn honest(candidate: &Candidate, settings: &Settings, kind: Kind) -> Recipe {
    let mut dropped: BTreeSet<String> = candidate.leaks().map(str::to_owned).collect();
    dropped.extend(candidate.planted.iter().filter_map(|leak| leak.late_by.clone()));
    dropped.extend([ENTITY, FORM].map(str::to_owned));
    Recipe {
        dropped,
        kind,
        prevalence: settings.enriched.then_some(settings.prevalence),
        dedupe: candidate.has("duplicates"),
    }
}

/// The recipe that uses everything.
pub(super) fn naive() -> Recipe {
    Recipe { dropped: BTreeSet::new(), kind: Kind::Blend, prevalence: None, dedupe: false }
}

/// The split that a candidate's rows ask for.
pub(super) fn split(candidate: &Candidate) -> Split {
    match () {
        () if candidate.has("temporal-shuffle") => Split::Forward,
        () if candidate.has("group-overlap") => Split::Groups,
        () => Split::Random,
    }
}

/// The anchors of the threshold and AUROC of using everything on test.csv.
///
/// # Errors
/// No model can be fitted, or a part has labels of one kind only.
pub(super) fn anchors(candidate: &Candidate, settings: &Settings) -> Result<(Scale, f64), Rejection> {
    let [train, test, deploy, _] = &candidate.parts;
    let plain = [Kind::Logistic, Kind::Boosted]
        .into_iter()
        .map(|kind| honest(candidate, settings, kind).fit(train).map_err(unfit))
        .collect::<Result<Vec<_>, _>>()?;
    let weaker = |rows: &Rows| -> Result<f64, Rejection> {
        let areas = plain.iter().map(|fitted| soft(&rows.eta, &fitted.predict(&rows.table)));
        areas.collect::<Result<Vec<f64>, _>>().map(|areas| areas.into_iter().fold(1.0, f64::min))
    };
    let [field, public] = [weaker(deploy)?, weaker(test)?];
    let soft_error = SOFT_ERROR * libm::sqrt(4_000.0 / deploy.len() as f64);
    let once = &deploy.positive[..candidate.unique];
    let error = if candidate.exact { soft_error } else { empirical_error(once, field) };
    let everything = naive().fit(train).map_err(unfit)?;
    let naive_public = envy_learn::metrics::auroc(&test.positive, &everything.predict(&test.table));
    let bayes = |part: Part| soft(&candidate.part(part).eta, &candidate.part(part).eta);
    let scale = Scale {
        bayes: bayes(Part::Deploy)?,
        bayes_public: bayes(Part::Test)?,
        bayes_known: bayes(Part::Known)?,
        // Two errors below the weaker one, so that noise alone fails no honest model.
        honest: field - 2.0 * error,
        // The rows are the ones that are scored: what differs between honest models is no greater there.
        honest_public: public - 2.0 * error,
        naive: soft(&deploy.eta, &everything.predict(&deploy.table))?,
        error,
    };
    Ok((scale, naive_public.unwrap_or(0.5)))
}

/// The standard error of an AUROC on labels.
fn empirical_error(once: &[bool], auroc: f64) -> f64 {
    let positives = once.iter().filter(|positive| **positive).count();
    ranking::auroc_error(auroc.clamp(0.01, 0.99), positives.max(1), (once.len() - positives).max(1))
}

fn soft(eta: &[f64], scores: &[f64]) -> Result<f64, Rejection> {
    let none =
        || Rejection { condition: "one-class".to_owned(), detail: "a part has one class only".to_owned() };
    ranking::soft_auroc(eta, scores).ok_or_else(none)
}

/// Examines a candidate.
///
/// # Errors
/// The first condition that fails.
pub(super) fn examine(candidate: &Candidate, settings: &Settings, seed: &Seed) -> Result<Passed, Rejection> {
    let (scale, naive_public) = anchors(candidate, settings)?;
    demand(
        scale.bayes - scale.honest >= GAP_MIN,
        "gap",
        format!("the honest baseline {:.4} is at the bound {:.4}", scale.honest, scale.bayes),
    )?;
    let lambda = place(settings, &scale);
    let tau = scale.tau(lambda);
    let (train, deploy) = (candidate.part(Part::Train), candidate.part(Part::Deploy));
    let recipe = honest(candidate, settings, Kind::Blend);
    let fitted = recipe.fit(train).map_err(unfit)?;
    let probabilities = fitted.predict(&deploy.table);
    let reference = soft(&deploy.eta, &probabilities)?;
    demand(reference >= tau + MARGIN, "reference", format!("{reference:.4}, threshold {tau:.4}"))?;
    let once = ..candidate.unique;
    let labels: Vec<f64> = deploy.positive.iter().map(|positive| f64::from(u8::from(*positive))).collect();
    let error =
        Calibration::new(&labels[once], &deploy.eta[once], &probabilities[once], candidate.exact).error;
    let most = CALIBRATION_SHARE * CALIBRATION_MAX;
    demand(error <= most, "reference-calibration", format!("{error:.4}, at most {most:.4}"))?;
    let estimate = recipe.estimate(train, split(candidate)).map_err(unfit)?;
    let counts = counts(train);
    let tolerance =
        ESTIMATE_SHARE * estimate_tolerance(reference, counts, scale.label_error(candidate.exact));
    let missed = (estimate - reference).abs();
    demand(missed <= tolerance, "reference-estimate", format!("off by {missed:.4}, at most {tolerance:.4}"))?;
    if split(candidate) == Split::Groups {
        let careless = recipe.estimate(train, Split::Random).map_err(unfit)?;
        let missed = (careless - reference).abs();
        let needed = MISS * tolerance / ESTIMATE_SHARE;
        demand(missed >= needed, "harmless-overlap", format!("off by {missed:.4}, at least {needed:.4}"))?;
    }
    let bite = bites(candidate, settings, seed)?;
    let mut figures = Figures::new();
    for (name, value) in [
        ("bayes", scale.bayes),
        ("bayes_public", scale.bayes_public),
        ("honest", scale.honest),
        ("naive_public", naive_public),
        ("naive_deployed", scale.naive),
        ("reference", reference),
        ("reference_calibration", error),
        ("reference_estimate", estimate),
        ("tau", tau),
        ("lambda", lambda),
        ("least_bite", bite),
    ] {
        figures.insert(name.to_owned(), value);
    }
    Ok(Passed { scale, lambda, naive_public, figures })
}

/// The place of the threshold: of the one asked for, if it can be reached, else lambda.
pub(super) fn place(settings: &Settings, scale: &Scale) -> f64 {
    match settings.threshold {
        Some(threshold) if threshold <= scale.bayes - 2.0 * scale.error => scale.lambda(threshold),
        _ => settings.lambda,
    }
}

/// Training rows of each label, negative first.
pub(super) fn counts(train: &Rows) -> [usize; 2] {
    let positives = train.positive.iter().filter(|positive| **positive).count();
    [train.len() - positives, positives]
}

/// How far a model that uses one planted column alone moves when the column is neutralised: the least over the columns.
fn bites(candidate: &Candidate, settings: &Settings, seed: &Seed) -> Result<f64, Rejection> {
    let (train, deploy) = (candidate.part(Part::Train), candidate.part(Part::Deploy));
    let sample = deploy.take(&(0..deploy.len().min(1_500)).collect::<Vec<_>>());
    let mut least = f64::INFINITY;
    for leak in candidate.planted.iter().filter(|leak| !leak.columns.is_empty()) {
        let mut recipe = honest(candidate, settings, Kind::Blend);
        for column in &leak.columns {
            recipe.dropped.remove(column);
        }
        let fitted = recipe.fit(train).map_err(unfit)?;
        let only = std::slice::from_ref(leak);
        let before = frames::made_late(&sample.table, only);
        let after = frames::neutralised(&before, only, &seed.derive("bite"), true);
        let (before, after) = (fitted.predict(&before), fitted.predict(&after));
        let moved = before.iter().zip(&after).map(|(a, b)| (a - b).abs()).sum::<f64>() / before.len() as f64;
        let needed = BITE * NEUTRAL_MAX;
        demand(
            moved >= needed,
            "toothless",
            format!("{} moves {moved:.4}, at least {needed:.4}", leak.operator),
        )?;
        least = least.min(moved);
    }
    debug_assert!(
        candidate.planted.iter().all(|leak| leak.action != Action::MaskByTime || leak.late_by.is_some())
    );
    debug_assert!(deploy.table.role(Role::Id).is_some());
    Ok(if least.is_finite() { least } else { 0.0 })
}
