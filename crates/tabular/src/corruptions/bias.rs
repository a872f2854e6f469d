//! N12, bias: a source reads a column too high or too low by a constant.
//!
//! In life: a sensor that was never zeroed, a scale with its tray on. Parameters: the constant. Evidence: the source's
//! quantiles lie off by it; a calibration log gives it exactly. Inverse: its subtraction, exact. Literature: sensor
//! bias in fault detection (Ni et al. 2009).

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, Spread, affine};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::{Kind, round_to};
use crate::ledger::Fairness;
use crate::table::Table;

/// The bias in interquartile ranges, at least and at most.
const BIAS_IQR: (f64, f64) = (0.9, 2.0);

/// A source reads a column too high or too low by a constant.
pub(super) struct Bias;

impl Corruption for Bias {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "N12",
            name: "bias",
            class: Fairness::Exact,
            rate: 1.0,
            share: 1.0,
            doc: "A source reads a numeric column too high or too low by a constant.",
            notes: &[
                "calibration found {column} to read {size} too {direction}",
                "zero check of {column}: readings are {size} too {direction}",
                "reference comparison, {column} stands {size} too {direction} throughout",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        for column in site.columns(rng, |field, _| field.kind.is_numeric()) {
            let field = &site.table.fields[column];
            let Some(spread) = Spread::of(&site.table.columns[column]) else { continue };
            let size = rng.between(BIAS_IQR.0, BIAS_IQR.1) * spread.iqr;
            let decimals =
                if field.kind == Kind::Integer { 0 } else { field.decimals.unwrap_or(digits(size)) };
            let offset = round_to(if rng.chance(0.5) { size } else { -size }, decimals);
            if offset == 0.0 {
                continue;
            }
            let repair = affine::repair(site.source, field, 1.0, offset);
            let mut plan = Plan::new(&[&field.name], json!({ "offset": offset }));
            let size = offset.abs().to_string();
            let direction = if offset > 0.0 { "high" } else { "low" };
            plan.evidence.push(Evidence::QuantilesAgree { repair: repair.clone() });
            let values = [("column", field.name.as_str()), ("size", size.as_str()), ("direction", direction)];
            plan.evidence.push(site.log(rng, self.info(), &values));
            plan.repairs.push(repair);
            return Some(plan);
        }
        None
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        affine::candidates(plan, table)
    }

    fn apply(
        &self,
        _: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        affine::apply(plan, lines, draft)
    }
}

/// Digits after the point with which a number has three significant ones.
fn digits(size: f64) -> u8 {
    (2.0 - libm::log10(size).floor()).clamp(0.0, 9.0) as u8
}
