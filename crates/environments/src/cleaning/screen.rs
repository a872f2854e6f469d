//! The first look, with a small forest: is the label learnable from several columns, and does a recipe harm it?
//!
//! A world is costly to draw and a recipe cheap, so a world whose label is learnable is given several recipes in turn, until
//! one costs accuracy enough that the gate has something to measure.

use envy_core::{Rejection, Seed};
use envy_learn::Frame;
use envy_tabular::{RepairPlan, Table, TabularError};

use super::candidate::Drawn;
use super::exam::Exam;
use super::features::Encoded;
use super::fixed::{FixedModel, Prepared};
use super::gate::{Gate, HEADROOM_MIN, IMPORTANCE_MAX, REFERENCE_MIN, SKILL_MIN, demand, rejected};
use super::learners::{AnyForest, forest};
use super::tally::Tally;

/// Trees of the forest.
const TREES: usize = 40;
/// Rows of the clean set that it is tried on.
const ROWS: usize = 2_500;
/// Skill and repair are rejected below this share of what the gate asks.
const SLACK: f64 = 0.85;
/// Headroom is asked for with a margin: both draws must show it to the gate.
const MARGIN: f64 = 1.25;

/// A world that was looked at.
pub(super) struct Screen {
    gate: Gate,
    model: FixedModel,
    exam: Exam,
    golden: f64,
}

impl Screen {
    /// Looks at a world: `clean` are rows to learn its label from, `val` those it is tried on.
    ///
    /// # Errors
    /// Its classes are out of balance, its label cannot be learned, or hangs on one column.
    pub(super) fn new(val: &Table, clean: &Table, model: FixedModel) -> Result<Self, Rejection> {
        let gate = Gate::new(val, model)?;
        let rows: Vec<usize> = (0..ROWS.min(val.rows())).collect();
        let exam = Exam::new(gate.encoder.table(val, &rows), gate.encoder.goal());
        let train = gate.encoder.whole(clean);
        let (golden, importance) = look(&train, &exam, true);
        let skill = (golden - gate.chance) / (1.0 - gate.chance);
        demand(skill >= SLACK * SKILL_MIN, "screen-skill", format!("{skill:.3}"))?;
        let detail = format!("{importance:.3}, at most {IMPORTANCE_MAX}");
        demand(importance <= IMPORTANCE_MAX, "importance", detail)?;
        Ok(Self { gate, model, exam, golden })
    }

    /// Looks at what a recipe made of the given draw, `known` being what takes all of it back.
    ///
    /// # Errors
    /// It harms too little, or what it harms is lost.
    pub(super) fn recipe(
        &self,
        known: Result<RepairPlan, TabularError>,
        given: &Drawn,
    ) -> Result<(), Rejection> {
        // A neighbour model suffers from other things than a forest; only the full measurement can tell.
        if self.model != FixedModel::Forest {
            return Ok(());
        }
        let truth = &given.truth;
        let accuracy = |train: &Encoded| look(train, &self.exam, false).0;
        let came = accuracy(&truth.encode_dirty(&self.gate.encoder));
        let headroom = self.golden - came;
        demand(headroom >= MARGIN * HEADROOM_MIN, "screen-headroom", format!("{headroom:.3}"))?;
        // Even a repair that knows every fault recovers little where most of what was hit is lost.
        let known = known.and_then(|plan| plan.apply(truth.dirty()));
        let known = truth.account(known.or_else(|error| rejected("screen-lost", error.to_string()))?);
        let recovery = (accuracy(&truth.encode(&known, &self.gate.encoder)) - came) / headroom;
        demand(recovery >= SLACK * REFERENCE_MIN, "screen-lost", format!("{recovery:.3}"))
    }
}

/// What a small forest reaches, and the greatest share of that which hangs on one column.
fn look(train: &Encoded, exam: &Exam, with_importance: bool) -> (f64, f64) {
    let prepared = Prepared::new(train, &exam.columns);
    let Ok(frame) = Frame::new(&prepared.train) else { return (0.0, 0.0) };
    let config = forest(exam.goal, TREES, Seed::named("cleaning/screen"));
    let Ok(forest) = AnyForest::fit(&frame, &prepared, exam.goal, &config) else { return (0.0, 0.0) };
    let reaches = |columns: &[Vec<f64>]| {
        let mut tally = Tally::new(exam.rows(), exam.goal);
        let frame = Frame::new(columns).ok()?;
        tally.add(&forest.answers(&frame), exam, 1);
        Some(tally.mean())
    };
    let Some(base) = reaches(&prepared.test) else { return (0.0, 0.0) };
    if !with_importance {
        return (base, 0.0);
    }
    let mut drops = Vec::new();
    for column in 0..prepared.test.len() {
        let mut columns = prepared.test.clone();
        Seed::named("cleaning/importance").derive(&format!("{column}")).rng().shuffle(&mut columns[column]);
        drops.extend(reaches(&columns).map(|reached| (base - reached).max(0.0)));
    }
    let sum: f64 = drops.iter().sum();
    (base, if sum > 0.0 { drops.iter().copied().fold(0.0, f64::max) / sum } else { 1.0 })
}
