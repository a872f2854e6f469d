//! The gate of own tables: what must hold with and without a certificate.

use std::collections::BTreeMap;

use envy_core::{Brief, Rejection};

use super::super::candidate::Drawn;
use super::super::cells::Returned;
use super::super::exam::Exam;
use super::super::features::{Encoded, Encoder};
use super::super::fixed::FixedModel;
use super::super::gate::{
    DROP_MAX, HEADROOM_ERRORS_MIN, LAZY_MAX, REFERENCE_MIN, Rungs, demand, evidence, rejected,
};
use super::super::knobs::Settings;
use super::super::score::{BOUND_SLACK, DAMAGE_MAX, DRAW_NAMES};
use super::super::solver::{Sight, solve};
use super::super::tally::Scale;
use super::held_out;

/// What the gate found of a candidate that makes a task.
pub(super) struct Finding {
    /// The ends of both draws' scales, if accuracy is part of the score.
    pub(super) scales: Option<[Scale; 2]>,
    /// The figures for the certificate.
    pub(super) figures: BTreeMap<String, f64>,
    /// What it lacks of a certificate.
    pub(super) lacking: Option<String>,
}

/// Examines a candidate with its brief.
///
/// # Errors
/// The first condition that fails.
pub(super) fn examine(draws: &[Drawn; 2], brief: &Brief, settings: &Settings) -> Result<Finding, Rejection> {
    evidence(draws, brief)?;
    let sight = Sight::new(brief).or_else(|error| rejected("unreadable", error))?;
    let plan = solve(&sight);
    let mut gate = Gate::new(draws, settings)?;
    let mut returned = Vec::new();
    for (draw, drawn) in draws.iter().enumerate() {
        let rungs = Rungs::new(&sight, &plan, &drawn.truth)?;
        let [lazy, drop, reference] =
            [rungs.lazy, rungs.drop, rungs.reference].map(|table| drawn.truth.account(table));
        let damage = drawn.truth.score(&reference).damage();
        gate.put("damage_reference", draw, damage);
        let detail = format!("{damage:.4} on the {} draw", DRAW_NAMES[draw]);
        demand(damage <= DAMAGE_MAX, "reference-damage", detail)?;
        returned.push([lazy, drop, reference]);
    }
    let mut scales = Vec::new();
    for draw in 0..draws.len() {
        let scale = scale(draws, draw, settings.model)?;
        let goal = gate.encoder.goal();
        gate.put(&format!("{}_golden", goal.measure()), draw, scale.golden.mean());
        gate.put(&format!("{}_corrupted", goal.measure()), draw, scale.corrupted.mean());
        gate.put("headroom", draw, scale.headroom());
        gate.put("headroom_error", draw, scale.headroom_error());
        if scale.headroom() < HEADROOM_ERRORS_MIN * scale.headroom_error() {
            let lacking = lacking(&scale, draw, goal.measure_in_words());
            gate.by_cells(&returned)?;
            return Ok(Finding { scales: None, figures: gate.figures, lacking: Some(lacking) });
        }
        gate.by_accuracy(draw, &scale, &returned[draw])?;
        scales.push(scale);
    }
    let scales = <[Scale; 2]>::try_from(scales);
    let scales = scales.or_else(|_| rejected("scales", "a draw has no scale".to_owned()))?;
    Ok(Finding { scales: Some(scales), figures: gate.figures, lacking: None })
}

/// Why accuracy tells too little, for people.
fn lacking(scale: &Scale, draw: usize, measure: &str) -> String {
    let (headroom, error) = (scale.headroom(), scale.headroom_error());
    format!(
        "the faults cost {headroom:.3} of {measure} on the {} half, {:.1} standard errors of the \
         {HEADROOM_ERRORS_MIN} that a score of it needs; graded on repair F1 and damage",
        DRAW_NAMES[draw],
        if error > 0.0 { headroom / error } else { 0.0 },
    )
}

/// The ends of a draw's scale.
///
/// # Errors
/// The table has no target or no feature.
pub(super) fn scale(draws: &[Drawn; 2], draw: usize, model: FixedModel) -> Result<Scale, Rejection> {
    let truth = &draws[draw].truth;
    let encoder = Encoder::new(&truth.golden().fields).or_else(|error| rejected("no-model", error))?;
    let exam = encoder.exam(&held_out([&draws[0].truth, &draws[1].truth])[draw]);
    let tally = |train: &Encoded| model.tally(train, &exam);
    Ok(Scale {
        golden: tally(&truth.encode_golden(&encoder)),
        corrupted: tally(&truth.encode_dirty(&encoder)),
    })
}

struct Gate<'a> {
    draws: &'a [Drawn; 2],
    encoder: Encoder,
    exams: [Exam; 2],
    model: FixedModel,
    tau: f64,
    figures: BTreeMap<String, f64>,
}

impl<'a> Gate<'a> {
    fn new(draws: &'a [Drawn; 2], settings: &Settings) -> Result<Self, Rejection> {
        let fields = &draws[0].truth.golden().fields;
        let encoder = Encoder::new(fields).or_else(|error| rejected("no-model", error))?;
        let exams = held_out([&draws[0].truth, &draws[1].truth]).map(|table| encoder.exam(&table));
        let (model, tau) = (settings.model, settings.tau);
        Ok(Self { draws, encoder, exams, model, tau, figures: BTreeMap::new() })
    }

    fn put(&mut self, what: &str, draw: usize, value: f64) {
        self.figures.insert(format!("{what}_{}", DRAW_NAMES[draw]), value);
    }

    /// With a certificate: what lazy, drop and the reference recover of the lost accuracy.
    fn by_accuracy(&mut self, draw: usize, scale: &Scale, returned: &[Returned; 3]) -> Result<(), Rejection> {
        let truth = &self.draws[draw].truth;
        let tally = |returned: &Returned| {
            let train = truth.encode(returned, &self.encoder);
            self.model.tally(&train, &self.exams[draw])
        };
        let [lazy, drop, reference] = returned.each_ref().map(|table| scale.recovery(&tally(table)));
        let repair = truth.score(&returned[2]).repair.f1();
        self.put("recovery_lazy", draw, lazy.value);
        self.put("recovery_drop", draw, drop.value);
        self.put("recovery_reference", draw, reference.value);
        self.put("repair_f1_reference", draw, repair);
        let drop_max = DROP_MAX.min(self.tau - BOUND_SLACK);
        demand(lazy.value <= LAZY_MAX, "lazy", format!("{:.3}, at most {LAZY_MAX}", lazy.value))?;
        demand(drop.value <= drop_max, "drop", format!("{:.3}, at most {drop_max:.3}", drop.value))?;
        let passes = reference.value >= REFERENCE_MIN.max(self.tau) && reference.low > self.tau - BOUND_SLACK;
        let detail = format!("{:.3} ({:.3}), at least {REFERENCE_MIN}", reference.value, reference.low);
        demand(passes, "reference", detail)
    }

    /// Without a certificate: what they repair.
    fn by_cells(&mut self, returned: &[[Returned; 3]]) -> Result<(), Rejection> {
        for (draw, tables) in returned.iter().enumerate() {
            let truth = &self.draws[draw].truth;
            let [lazy, drop, reference] = tables.each_ref().map(|table| truth.score(table).repair.f1());
            self.put("repair_f1_lazy", draw, lazy);
            self.put("repair_f1_drop", draw, drop);
            self.put("repair_f1_reference", draw, reference);
            let drop_max = DROP_MAX.min(self.tau - BOUND_SLACK);
            demand(lazy <= LAZY_MAX, "lazy", format!("repair F1 {lazy:.3}, at most {LAZY_MAX}"))?;
            demand(drop <= drop_max, "drop", format!("repair F1 {drop:.3}, at most {drop_max:.3}"))?;
            let least = REFERENCE_MIN.max(self.tau);
            demand(reference >= least, "reference", format!("repair F1 {reference:.3}, at least {least}"))?;
        }
        Ok(())
    }
}
