//! N14, noise: a source reads a column with random error.
//!
//! In life: a cheap sensor, a reading taken in passing. Parameters: the standard deviation. Evidence: none that names a
//! cell. Inverse: none; it is texture, kept under three cells in a hundred and out of the score. Literature: classical
//! measurement error (Fuller 1987); `tab_err`'s `AddDelta`.

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, Spread};
use crate::error::TabularError;
use crate::field::{Kind, round_to};
use crate::ledger::Fairness;
use crate::table::Table;
use crate::text::{parse_number, write_number};

/// The standard deviation in interquartile ranges.
const DEVIATION_IQR: (f64, f64) = (0.1, 0.5);
/// Digits after the point where the column does not say.
const DECIMALS: u8 = 6;

/// A source reads a column with random error.
pub(super) struct Noise;

impl Corruption for Noise {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "N14",
            name: "noise",
            class: Fairness::Lost,
            rate: 0.5,
            share: 0.1,
            doc: "A source reads a numeric column with random error; nothing brings it back, and it is not scored.",
            notes: &[
                "{column} is taken with a cheaper instrument",
                "readings of {column} scatter more than they used to",
                "{column} is estimated when time is short",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        for column in site.columns(rng, |field, _| field.kind.is_numeric()) {
            let field = &site.table.fields[column];
            let Some(spread) = Spread::of(&site.table.columns[column]) else { continue };
            let deviation = rng.between(DEVIATION_IQR.0, DEVIATION_IQR.1) * spread.iqr;
            let mut plan = Plan::new(&[&field.name], json!({ "deviation": deviation }));
            plan.evidence.push(site.log(rng, self.info(), &[("column", &field.name)]));
            return Some(plan);
        }
        None
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        let column = plan.column(table)?;
        Ok((0..table.rows()).filter(|row| !table.value(*row, column).is_missing()).collect())
    }

    fn apply(
        &self,
        rng: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        let column = plan.column(draft.table())?;
        let field = draft.table().fields[column].clone();
        let deviation = plan.parameters["deviation"].as_f64().unwrap_or(0.0);
        let decimals = if field.kind == Kind::Integer { 0 } else { field.decimals.unwrap_or(DECIMALS) };
        let step = libm::pow(10.0, -f64::from(decimals));
        for &line in lines {
            let Some(value) = parse_number(&draft.text(line, column)) else { continue };
            let wanted = value + deviation * rng.normal();
            // At least one step of the record, or the cell would not change; inside the range, or it would show.
            let moved = if (wanted - value).abs() < step { value + step } else { wanted };
            let inside = if field.admits(moved) { moved } else { 2.0 * value - moved };
            let inside = if field.admits(inside) { inside } else { value + step };
            let text = write_number(round_to(inside, decimals));
            let text =
                if field.kind == Kind::Integer { text.trim_end_matches(".0").to_owned() } else { text };
            draft.set(line, column, &text);
        }
        Ok(())
    }
}
