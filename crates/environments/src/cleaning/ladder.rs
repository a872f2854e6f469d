//! The ladder without boxes: what the scripted policies would recover, on a draw that the gate never saw.
//!
//! Policies whose effect on a table is known in Rust (as it came, clipped, dropped, repaired) are measured on a third
//! draw of an accepted candidate's world. Claims about the ladder are made from these figures only.

use std::collections::BTreeMap;

use envy_core::{GenerateError, Rejection, Salt, TaskSpec};

use super::features::Encoder;
use super::generate;
use super::knobs::Settings;
use super::policies;
use super::score::DrawMeasure;
use super::solver::{Sight, solve};
use super::tally::Scale;

/// The draw that is neither given nor fresh.
const THIRD: usize = 2;

/// What one task's policies come to on the third draw.
pub struct Rungs {
    /// Accuracy that the corruption costs.
    pub headroom: f64,
    /// Operators of the faults, by code.
    pub operators: Vec<String>,
    /// By policy: recovery, repair F1, damage, reward.
    pub policies: BTreeMap<&'static str, Rung>,
    /// Why candidates before the accepted one failed.
    pub rejections: Vec<Rejection>,
}

/// One policy's figures.
#[derive(Clone, Copy, Debug)]
pub struct Rung {
    /// Share of the lost accuracy won back.
    pub recovery: f64,
    /// F1 of its repairs.
    pub repair_f1: f64,
    /// Share of right cells made wrong.
    pub damage: f64,
    /// The reward, had this been a graded draw.
    pub reward: f64,
    /// Whether it passes there.
    pub passed: bool,
}

/// Generates the task of a spec and climbs the ladder on a third draw of its world.
///
/// # Errors
/// Every candidate was rejected, or the recipe does not fit the third draw.
///
/// # Panics
/// The accepted brief cannot be read back: a bug.
pub fn climb(spec: &TaskSpec, salt: &Salt) -> Result<Rungs, GenerateError> {
    let settings = Settings::new(&spec.knobs);
    let accepted = generate::accept(&spec.root(salt), &settings)?;
    let candidate = &accepted.candidate;
    let third = candidate
        .further(&accepted.seed, &settings, THIRD)
        .map_err(|what| GenerateError::Input { what, hint: "try another seed".to_owned() })?;
    let truth = &third.truth;
    let sight = Sight::new(&accepted.brief).expect("the gate read this brief");
    let plan = solve(&sight);
    let encoder = Encoder::new(&sight.fields).expect("the gate encoded these fields");
    let rows: Vec<usize> = (0..candidate.val.rows()).collect();
    let val = encoder.table(&candidate.val, &rows);
    let tally = |train| settings.model.tally(&train, &val, encoder.classes());
    let came = truth.as_it_came();
    let scale = Scale {
        golden: tally(encoder.table(truth.golden(), &truth.golden_order())),
        corrupted: tally(came.encode(&encoder, &came.lines())),
    };
    let mut policies = BTreeMap::new();
    let tables = [
        ("identity", Some(truth.dirty().clone())),
        ("lazy", Some(policies::clipped(&sight.fields, truth.dirty()))),
        ("drop", policies::unsuspicious(&sight, &plan, truth.dirty())),
        ("reference", plan.apply(truth.dirty()).ok()),
    ];
    for (name, table) in tables {
        let measure = match table.map(|table| truth.account(table)) {
            None => DrawMeasure::Nothing("no table".to_owned()),
            Some(returned) if truth.is_unchanged(&returned) => DrawMeasure::Unchanged,
            Some(returned) => DrawMeasure::Measured {
                recovery: Some(scale.recovery(&tally(returned.encode(&encoder, &returned.lines())))),
                cells: truth.score(&returned),
            },
        };
        policies.insert(name, rung(&measure, settings.tau));
    }
    Ok(Rungs {
        headroom: scale.headroom(),
        operators: candidate.recipe.faults.iter().map(|fault| fault.operator.clone()).collect(),
        policies,
        rejections: accepted.rejections,
    })
}

fn rung(measure: &DrawMeasure, tau: f64) -> Rung {
    let (recovery, _, repair_f1, damage) = measure.figures();
    Rung { recovery, repair_f1, damage, reward: measure.reward(), passed: measure.passes(tau) }
}
