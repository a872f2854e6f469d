//! The gate: a candidate becomes a task only if it measures something.
//!
//! The truth-free reference must recover both draws, the lazy and the dropping policy must not, the lost accuracy
//! must stand clear of its noise, and every exactly repairable fault must show. What is cheap to see was looked at
//! before (`screen.rs`).

use std::collections::BTreeMap;

use envy_core::{Brief, Rejection};
use envy_tabular::{Fairness, Field, RawTable, RepairPlan, Table, Visible};

use super::candidate::Drawn;
use super::cells::Truth;
use super::exam::{Exam, Goal};
use super::features::{Encoded, Encoder};
use super::files::{CHANGES, README};
use super::fixed::FixedModel;
use super::policies;
use super::score::{BOUND_SLACK, DAMAGE_MAX, DRAW_NAMES};
use super::serving::Examiner;
use super::shapes;
use super::solver::Sight;
use super::tally::{Scale, Tally};

/// The least skill of the golden model: its accuracy above chance, as a share of what there is above chance. Of numbers
/// this and the bounds below are of R2, whose chance is 0.
pub(super) const SKILL_MIN: f64 = 0.35;
/// The least accuracy that the corruption costs...
pub(super) const HEADROOM_MIN: f64 = 0.08;
/// ...and the least number of standard errors.
pub(super) const HEADROOM_ERRORS_MIN: f64 = 6.0;
/// How far above chance the model must stay on the table as it came.
const FLOOR_ABOVE_CHANCE: f64 = 0.03;
/// The greatest share of the importance that one column may carry.
pub(super) const IMPORTANCE_MAX: f64 = 0.6;
/// The most that clipping and imputing may recover.
pub(super) const LAZY_MAX: f64 = 0.3;
/// The most that dropping may recover, whatever the pass threshold.
pub(super) const DROP_MAX: f64 = 0.8;
/// The least that the reference must recover on each draw.
pub(super) const REFERENCE_MIN: f64 = 0.9;
/// How far a class's share may be from an equal share.
const BALANCE_MAX: f64 = 0.02;

/// What the gate found.
pub(super) struct Passed {
    /// The ends of both draws' scales.
    pub(super) scales: [Scale; 2],
    /// The figures for the certificate.
    pub(super) figures: BTreeMap<String, f64>,
}

/// A condition that did not hold.
///
/// # Errors
/// Always.
pub(super) fn rejected<T>(condition: &str, detail: String) -> Result<T, Rejection> {
    Err(Rejection { condition: condition.to_owned(), detail })
}

/// A condition that must hold.
///
/// # Errors
/// It does not.
pub(super) fn demand(holds: bool, condition: &str, detail: String) -> Result<(), Rejection> {
    if holds { Ok(()) } else { rejected(condition, detail) }
}

/// The figures and the conditions of one candidate.
pub(super) struct Gate {
    /// What the model reads.
    pub(super) encoder: Encoder,
    model: FixedModel,
    val: Exam,
    /// What guessing reaches.
    pub(super) chance: f64,
    figures: BTreeMap<String, f64>,
}

/// Examines a candidate with its brief in full.
///
/// # Errors
/// The first condition that fails.
pub(super) fn examine(
    val: &Table,
    draws: &[Drawn; 2],
    batches: [Option<&Truth>; 2],
    brief: &Brief,
    model: FixedModel,
    tau: f64,
) -> Result<Passed, Rejection> {
    let mut gate = Gate::new(val, model)?;
    evidence(draws, brief)?;
    let (sight, plan) = shapes::planned(brief).or_else(|error| rejected("unreadable", error))?;
    let mut scales = Vec::new();
    for (number, drawn) in draws.iter().enumerate() {
        let rungs = Rungs::new(&sight, &plan, &drawn.truth)?;
        let batch = batches[number];
        let served = batch.map(|batch| Rungs::new(&sight, &plan, batch)).transpose()?;
        scales.push(gate.draw(number, &drawn.truth, rungs, batch.zip(served), tau)?);
    }
    let scales = <[Scale; 2]>::try_from(scales);
    let scales = scales.or_else(|_| rejected("scales", "a draw has no scale".to_owned()))?;
    Ok(Passed { scales, figures: gate.figures })
}

/// What three policies make of a draw.
pub(super) struct Rungs {
    /// Clipped and imputed.
    pub(super) lazy: RawTable,
    /// Without the suspicious rows.
    pub(super) drop: RawTable,
    /// Repaired.
    pub(super) reference: RawTable,
}

impl Rungs {
    /// What the policies make of a draw with the plan that they read from the brief.
    ///
    /// # Errors
    /// The plan does not fit the draw, or leaves nothing of it.
    pub(super) fn new(sight: &Sight, plan: &RepairPlan, truth: &Truth) -> Result<Self, Rejection> {
        let repaired = plan.apply(truth.dirty());
        let repaired = repaired.or_else(|error| rejected("reference", error.to_string()))?;
        let Some(unsuspicious) = policies::unsuspicious(sight, plan, truth.dirty()) else {
            return rejected("drop", "nothing is left without the suspicious rows".to_owned());
        };
        let lazy = policies::clipped(&sight.fields, truth.dirty());
        Ok(Self { lazy, drop: unsuspicious, reference: repaired })
    }

    /// The three tables, where there are any.
    fn tables(rungs: Option<Self>) -> [Option<RawTable>; 3] {
        let Some(Self { lazy, drop, reference }) = rungs else { return [None, None, None] };
        [lazy, drop, reference].map(Some)
    }
}

impl Gate {
    /// The gate of candidates with these clean rows.
    ///
    /// # Errors
    /// A model could read nothing of them, or their classes are out of balance.
    pub(super) fn new(val: &Table, model: FixedModel) -> Result<Self, Rejection> {
        let encoder = Encoder::new(&val.fields).or_else(|error| rejected("no-model", error))?;
        let (val, chance) = (encoder.exam(val), encoder.goal().chance());
        let gate = Self { val, encoder, model, chance, figures: BTreeMap::new() };
        gate.balance()?;
        Ok(gate)
    }

    fn balance(&self) -> Result<(), Rejection> {
        let Goal::Classes(classes) = self.val.goal else { return Ok(()) };
        let rows = self.val.rows() as f64;
        let count = |class: usize| {
            self.val.answers().iter().filter(|label| **label == Some(class as f64)).count() as f64
        };
        let gap = (0..classes)
            .map(|class| count(class) / rows)
            .map(|share| (share - self.chance).abs())
            .fold(0.0, f64::max);
        demand(gap <= BALANCE_MAX, "class-balance", format!("{gap:.4}, at most {BALANCE_MAX}"))
    }

    fn tally(&self, train: &Encoded, exam: &Exam) -> Tally {
        self.model.tally(train, exam)
    }

    /// Where the model of a draw is asked.
    fn examiner<'a>(&'a self, batch: Option<&'a Truth>) -> Examiner<'a> {
        Examiner { clean: &self.val, batch, encoder: &self.encoder }
    }

    fn put(&mut self, what: &str, draw: usize, value: f64) {
        self.figures.insert(format!("{what}_{}", DRAW_NAMES[draw]), value);
    }

    /// All conditions on one draw; its scale.
    fn draw(
        &mut self,
        draw: usize,
        truth: &Truth,
        rungs: Rungs,
        served: Option<(&Truth, Rungs)>,
        tau: f64,
    ) -> Result<Scale, Rejection> {
        let golden = truth.encode_golden(&self.encoder);
        let came = truth.encode_dirty(&self.encoder);
        let reference = truth.account(rungs.reference);
        let cells = truth.score(&reference);
        let (damage, repair) = (cells.damage(), cells.repair.f1());
        demand(
            damage <= DAMAGE_MAX,
            "reference-damage",
            format!("{damage:.4} on the {} draw", DRAW_NAMES[draw]),
        )?;
        let (batch, served) = served.map_or((None, None), |(batch, rungs)| (Some(batch), Some(rungs)));
        let [served_lazy, served_drop, served_reference] = Rungs::tables(served);
        let at = self.examiner(batch);
        let scale =
            Scale { golden: self.tally(&golden, &at.golden()), corrupted: self.tally(&came, &at.dirty()) };
        let exams = [served_lazy, served_drop].map(|table| at.of_table(table).into_owned());
        let exam = at.of_table(served_reference).into_owned();
        let exam_of_truth = batch.is_none() || exam.is_same(&at.golden());
        self.scale(draw, &scale)?;
        let drop_max = DROP_MAX.min(tau - BOUND_SLACK);
        let lesser = [("lazy", rungs.lazy, LAZY_MAX), ("drop", rungs.drop, drop_max)];
        for ((name, table, most), exam) in lesser.into_iter().zip(&exams) {
            let returned = truth.account(table);
            let one = self.model.tally_with(&truth.encode(&returned, &self.encoder), exam, 1);
            // One model is precise enough for a bound this far from the reference.
            let recovery = (one.mean() - scale.corrupted.mean()) / scale.headroom();
            self.put(&format!("recovery_{name}"), draw, recovery);
            demand(recovery <= most, name, format!("{recovery:.3}, at most {most:.3}"))?;
        }
        let encoded = truth.encode(&reference, &self.encoder);
        let is_golden = encoded == golden && exam_of_truth;
        let tally = if is_golden { scale.golden.clone() } else { self.tally(&encoded, &exam) };
        let recovery = scale.recovery(&tally);
        self.put("recovery_reference", draw, recovery.value);
        self.put("repair_f1_reference", draw, repair);
        self.put("damage_reference", draw, damage);
        let detail = format!(
            "{:.3} ({:.3}), at least {REFERENCE_MIN}; repair F1 {repair:.3}",
            recovery.value, recovery.low
        );
        let passes = recovery.value >= REFERENCE_MIN.max(tau) && recovery.low > tau - BOUND_SLACK;
        demand(passes, "reference", detail)?;
        Ok(scale)
    }

    fn scale(&mut self, draw: usize, scale: &Scale) -> Result<(), Rejection> {
        let (golden, corrupted) = (scale.golden.mean(), scale.corrupted.mean());
        let (headroom, error) = (scale.headroom(), scale.headroom_error());
        let skill = (golden - self.chance) / (1.0 - self.chance);
        let measure = self.val.goal.measure();
        self.put(&format!("{measure}_golden"), draw, golden);
        self.put(&format!("{measure}_corrupted"), draw, corrupted);
        self.put("headroom", draw, headroom);
        self.put("headroom_error", draw, error);
        demand(skill >= SKILL_MIN, "skill", format!("{skill:.3}, at least {SKILL_MIN}"))?;
        let least = HEADROOM_MIN.max(HEADROOM_ERRORS_MIN * error);
        demand(headroom >= least, "headroom", format!("{headroom:.3}, at least {least:.3}"))?;
        let floor = self.chance + FLOOR_ABOVE_CHANCE;
        demand(corrupted >= floor, "floor", format!("{corrupted:.3}, at least {floor:.3}"))
    }
}

/// The ends of a draw's scale.
///
/// # Errors
/// The candidate has no feature that a model could read.
pub(super) fn scale(
    val: &Table,
    truth: &Truth,
    batch: Option<&Truth>,
    model: FixedModel,
) -> Result<Scale, Rejection> {
    let gate = Gate::new(val, model)?;
    let at = gate.examiner(batch);
    Ok(Scale {
        golden: gate.tally(&truth.encode_golden(&gate.encoder), &at.golden()),
        corrupted: gate.tally(&truth.encode_dirty(&gate.encoder), &at.dirty()),
    })
}

/// Every repairable fault of both draws shows in what the agent gets: a note tells of it, or the table itself shows it.
/// That the dictionary lists a unit points at no source, and does not count.
///
/// # Errors
/// A fault does not show.
pub(super) fn evidence(draws: &[Drawn; 2], brief: &Brief) -> Result<(), Rejection> {
    let text = |path: &str| String::from_utf8_lossy(brief.file(path).unwrap_or_default()).into_owned();
    let texts = [text(README), text(CHANGES)];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    for drawn in draws {
        let fields: &[Field] = &drawn.truth.golden().fields;
        let visible = Visible::new(drawn.truth.dirty(), fields, &texts);
        let visible = visible.or_else(|error| rejected("evidence", error.to_string()))?;
        let scored = drawn.ledger.events.iter().filter(|event| event.class != Fairness::Lost);
        for event in scored {
            let shows = event
                .evidence
                .iter()
                .any(|evidence| (evidence.is_told() || evidence.is_shown()) && evidence.holds(&visible));
            demand(shows, "evidence", format!("{} at {} does not show", event.operator, event.source))?;
        }
    }
    Ok(())
}
