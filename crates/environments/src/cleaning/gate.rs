//! The gate: a candidate becomes a task only if it measures something.
//!
//! The truth-free reference must recover both draws, the lazy and the dropping policy must not, the lost accuracy
//! must stand clear of its noise, and every exactly repairable fault must show. Cheap conditions come first.

use std::collections::BTreeMap;

use envy_core::{Brief, Rejection, Seed};
use envy_learn::{Forest, ForestConfig, Frame};
use envy_tabular::{Fairness, Field, RawTable, Table, Visible};

use super::candidate::Candidate;
use super::cells::Truth;
use super::features::{Encoded, Encoder};
use super::files::{CHANGES, README};
use super::fixed::{FixedModel, Prepared};
use super::policies;
use super::score::{BOUND_SLACK, DAMAGE_MAX, DRAW_NAMES};
use super::solver::{Sight, solve};
use super::tally::{MODEL_SEEDS, Scale, Tally};

/// The least skill of the golden model: its accuracy above chance, as a share of what there is above chance.
const SKILL_MIN: f64 = 0.35;
/// The least accuracy that the corruption costs...
const HEADROOM_MIN: f64 = 0.08;
/// ...and the least number of standard errors.
pub(super) const HEADROOM_ERRORS_MIN: f64 = 6.0;
/// How far above chance the model must stay on the table as it came.
const FLOOR_ABOVE_CHANCE: f64 = 0.03;
/// The greatest share of the importance that one column may carry.
const IMPORTANCE_MAX: f64 = 0.6;
/// The most that clipping and imputing may recover.
const LAZY_MAX: f64 = 0.3;
/// The most that dropping may recover, whatever the pass threshold.
const DROP_MAX: f64 = 0.8;
/// The least that the reference must recover on each draw.
const REFERENCE_MIN: f64 = 0.9;
/// How far a class's share may be from an equal share.
const BALANCE_MAX: f64 = 0.02;

/// Trees of the first look.
const SCREEN_TREES: usize = 40;
/// Rows of the clean set that the first look uses.
const SCREEN_ROWS: usize = 2_500;
/// The first look rejects below this share of what the conditions ask.
const SCREEN_SLACK: f64 = 0.85;

/// What the gate found.
pub(super) struct Passed {
    /// The ends of both draws' scales.
    pub(super) scales: [Scale; 2],
    /// The figures for the certificate.
    pub(super) figures: BTreeMap<String, f64>,
}

/// A condition that did not hold.
fn rejected<T>(condition: &str, detail: String) -> Result<T, Rejection> {
    Err(Rejection { condition: condition.to_owned(), detail })
}

fn demand(holds: bool, condition: &str, detail: String) -> Result<(), Rejection> {
    if holds { Ok(()) } else { rejected(condition, detail) }
}

/// The figures and the conditions of one candidate.
struct Gate {
    encoder: Encoder,
    model: FixedModel,
    val: Encoded,
    chance: f64,
    figures: BTreeMap<String, f64>,
}

/// Looks a candidate over before its brief is written: class balance, skill, headroom and importance, roughly.
///
/// # Errors
/// The first condition that fails.
pub(super) fn screen(candidate: &Candidate, model: FixedModel) -> Result<(), Rejection> {
    let gate = Gate::new(&candidate.val, model)?;
    gate.balance()?;
    let rows: Vec<usize> = (0..SCREEN_ROWS.min(candidate.val.rows())).collect();
    let test = gate.encoder.table(&candidate.val, &rows);
    let truth = &candidate.draws[0].truth;
    let golden = gate.golden(truth);
    let came = gate.came(truth);
    let (golden_accuracy, importance) = look(&golden, &test, gate.encoder.classes(), true);
    let (came_accuracy, _) = look(&came, &test, gate.encoder.classes(), false);
    let skill = (golden_accuracy - gate.chance) / (1.0 - gate.chance);
    demand(skill >= SCREEN_SLACK * SKILL_MIN, "screen-skill", format!("{skill:.3}"))?;
    demand(importance <= IMPORTANCE_MAX, "importance", format!("{importance:.3}, at most {IMPORTANCE_MAX}"))?;
    // A neighbour model suffers from other things than a forest; only the full measurement can tell.
    if model == FixedModel::Forest {
        let headroom = golden_accuracy - came_accuracy;
        demand(headroom >= SCREEN_SLACK * HEADROOM_MIN, "screen-headroom", format!("{headroom:.3}"))?;
        // Even a repair that knows every fault recovers little where most of what was hit is lost.
        let known = candidate.recipe.repair_plan(truth.golden()).and_then(|plan| plan.apply(truth.dirty()));
        let known = truth.account(known.or_else(|error| rejected("screen-lost", error.to_string()))?);
        let known = known.encode(&gate.encoder, &known.lines());
        let (known_accuracy, _) = look(&known, &test, gate.encoder.classes(), false);
        let recovery = (known_accuracy - came_accuracy) / headroom;
        demand(recovery >= SCREEN_SLACK * REFERENCE_MIN, "screen-lost", format!("{recovery:.3}"))?;
    }
    Ok(())
}

/// Examines a candidate with its brief in full.
///
/// # Errors
/// The first condition that fails.
pub(super) fn examine(
    candidate: &Candidate,
    brief: &Brief,
    model: FixedModel,
    tau: f64,
) -> Result<Passed, Rejection> {
    let mut gate = Gate::new(&candidate.val, model)?;
    gate.balance()?;
    evidence(candidate, brief)?;
    let sight = Sight::new(brief).or_else(|error| rejected("unreadable", error))?;
    let plan = solve(&sight);
    let mut scales = Vec::new();
    for (number, drawn) in candidate.draws.iter().enumerate() {
        let repaired = plan.apply(drawn.truth.dirty());
        let repaired = repaired.or_else(|error| rejected("reference", error.to_string()))?;
        let unsuspicious = policies::unsuspicious(&sight, &plan, drawn.truth.dirty());
        let Some(unsuspicious) = unsuspicious else {
            return rejected("drop", "nothing is left without the suspicious rows".to_owned());
        };
        let tables = Rungs {
            lazy: policies::clipped(&sight.fields, drawn.truth.dirty()),
            drop: unsuspicious,
            reference: repaired,
        };
        scales.push(gate.draw(number, &drawn.truth, tables, tau)?);
    }
    let scales = <[Scale; 2]>::try_from(scales);
    let scales = scales.or_else(|_| rejected("scales", "a draw has no scale".to_owned()))?;
    Ok(Passed { scales, figures: gate.figures })
}

/// What three policies make of a draw.
struct Rungs {
    lazy: RawTable,
    drop: RawTable,
    reference: RawTable,
}

impl Gate {
    fn new(val: &Table, model: FixedModel) -> Result<Self, Rejection> {
        let encoder = Encoder::new(&val.fields).or_else(|error| rejected("no-model", error))?;
        let rows: Vec<usize> = (0..val.rows()).collect();
        let chance = 1.0 / encoder.classes() as f64;
        Ok(Self { val: encoder.table(val, &rows), encoder, model, chance, figures: BTreeMap::new() })
    }

    fn balance(&self) -> Result<(), Rejection> {
        let rows = self.val.labels.len() as f64;
        let gap = (0..self.encoder.classes() as u32)
            .map(|class| self.val.labels.iter().filter(|label| **label == Some(class)).count() as f64 / rows)
            .map(|share| (share - self.chance).abs())
            .fold(0.0, f64::max);
        demand(gap <= BALANCE_MAX, "class-balance", format!("{gap:.4}, at most {BALANCE_MAX}"))
    }

    fn golden(&self, truth: &Truth) -> Encoded {
        self.encoder.table(truth.golden(), &truth.golden_order())
    }

    fn came(&self, truth: &Truth) -> Encoded {
        let came = truth.as_it_came();
        came.encode(&self.encoder, &came.lines())
    }

    fn tally(&self, train: &Encoded, seeds: u8) -> Tally {
        self.model.tally_with(train, &self.val, self.encoder.classes(), seeds)
    }

    fn put(&mut self, what: &str, draw: usize, value: f64) {
        self.figures.insert(format!("{what}_{}", DRAW_NAMES[draw]), value);
    }

    /// All conditions on one draw; its scale.
    fn draw(&mut self, draw: usize, truth: &Truth, rungs: Rungs, tau: f64) -> Result<Scale, Rejection> {
        let golden = self.golden(truth);
        let came = self.came(truth);
        let reference = truth.account(rungs.reference);
        let cells = truth.score(&reference);
        let (damage, repair) = (cells.damage(), cells.repair.f1());
        demand(
            damage <= DAMAGE_MAX,
            "reference-damage",
            format!("{damage:.4} on the {} draw", DRAW_NAMES[draw]),
        )?;
        let scale =
            Scale { golden: self.tally(&golden, MODEL_SEEDS), corrupted: self.tally(&came, MODEL_SEEDS) };
        self.scale(draw, &scale)?;
        let drop_max = DROP_MAX.min(tau - BOUND_SLACK);
        for (name, table, most) in [("lazy", rungs.lazy, LAZY_MAX), ("drop", rungs.drop, drop_max)] {
            let returned = truth.account(table);
            let one = self.tally(&returned.encode(&self.encoder, &returned.lines()), 1);
            // One model is precise enough for a bound this far from the reference.
            let recovery = (one.accuracy() - scale.corrupted.accuracy()) / scale.headroom();
            self.put(&format!("recovery_{name}"), draw, recovery);
            demand(recovery <= most, name, format!("{recovery:.3}, at most {most:.3}"))?;
        }
        let encoded = reference.encode(&self.encoder, &reference.lines());
        let tally = if encoded == golden { scale.golden.clone() } else { self.tally(&encoded, MODEL_SEEDS) };
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
        let (golden, corrupted) = (scale.golden.accuracy(), scale.corrupted.accuracy());
        let (headroom, error) = (scale.headroom(), scale.headroom_error());
        let skill = (golden - self.chance) / (1.0 - self.chance);
        self.put("accuracy_golden", draw, golden);
        self.put("accuracy_corrupted", draw, corrupted);
        self.put("headroom", draw, headroom);
        self.put("headroom_error", draw, error);
        demand(skill >= SKILL_MIN, "skill", format!("{skill:.3}, at least {SKILL_MIN}"))?;
        let least = HEADROOM_MIN.max(HEADROOM_ERRORS_MIN * error);
        demand(headroom >= least, "headroom", format!("{headroom:.3}, at least {least:.3}"))?;
        let floor = self.chance + FLOOR_ABOVE_CHANCE;
        demand(corrupted >= floor, "floor", format!("{corrupted:.3}, at least {floor:.3}"))
    }
}

/// Every exactly repairable fault of both draws shows in what the agent gets.
fn evidence(candidate: &Candidate, brief: &Brief) -> Result<(), Rejection> {
    let text = |path: &str| String::from_utf8_lossy(brief.file(path).unwrap_or_default()).into_owned();
    let texts = [text(README), text(CHANGES)];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    for drawn in &candidate.draws {
        let fields: &[Field] = &drawn.truth.golden().fields;
        let visible = Visible::new(drawn.truth.dirty(), fields, &texts);
        let visible = visible.or_else(|error| rejected("evidence", error.to_string()))?;
        let exact = drawn.ledger.events.iter().filter(|event| event.class == Fairness::Exact);
        for event in exact {
            let shows = event.evidence.iter().any(|evidence| evidence.holds(&visible));
            demand(shows, "evidence", format!("{} at {} does not show", event.operator, event.source))?;
        }
    }
    Ok(())
}

/// A small forest's accuracy, and the greatest share of the accuracy that hangs on one column.
fn look(train: &Encoded, test: &Encoded, classes: usize, with_importance: bool) -> (f64, f64) {
    let prepared = Prepared::new(train, test);
    let config = ForestConfig { trees: SCREEN_TREES, ..ForestConfig::rf200(Seed::named("cleaning/screen")) };
    let frames = (Frame::new(&prepared.train), Frame::new(&prepared.test));
    let (Ok(train_frame), Ok(test_frame)) = frames else { return (0.0, 0.0) };
    let Ok(forest) = Forest::fit(&train_frame, &prepared.labels, classes, &config) else { return (0.0, 0.0) };
    let accuracy = |frame: &Frame| {
        let predicted = forest.predict(frame);
        let right = predicted.iter().zip(&test.labels).filter(|(a, b)| Some(**a) == **b).count();
        right as f64 / predicted.len() as f64
    };
    let base = accuracy(&test_frame);
    if !with_importance {
        return (base, 0.0);
    }
    let mut drops = Vec::new();
    for column in 0..prepared.test.len() {
        let mut columns = prepared.test.clone();
        Seed::named("cleaning/importance").derive(&format!("{column}")).rng().shuffle(&mut columns[column]);
        let Ok(frame) = Frame::new(&columns) else { continue };
        drops.push((base - accuracy(&frame)).max(0.0));
    }
    let sum: f64 = drops.iter().sum();
    (base, if sum > 0.0 { drops.iter().copied().fold(0.0, f64::max) / sum } else { 1.0 })
}
