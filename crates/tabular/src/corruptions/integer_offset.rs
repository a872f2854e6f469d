//! N19, integer offset: a source miscounts.
//!
//! In life: fence-post errors of a tally, an age a year out, pieces lost in counting. Parameters: by how much at most.
//! Evidence: none that names a cell. Inverse: none; it is texture, kept under three cells in a hundred and out of the
//! score. Literature: age misreporting (Ewbank 1981); the original project's offsets on integers.

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, Spread};
use crate::error::TabularError;
use crate::field::Kind;
use crate::ledger::Fairness;
use crate::table::Table;
use crate::text::parse_integer;

/// The greatest offset in interquartile ranges; at least 1.
const OFFSET_IQR: f64 = 0.5;

/// A source miscounts.
pub(super) struct IntegerOffset;

impl Corruption for IntegerOffset {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "N19",
            name: "integer-offset",
            class: Fairness::Lost,
            rate: 0.5,
            share: 0.1,
            doc: "A source miscounts a whole number by a little; nothing brings it back, and it is not scored.",
            notes: &[
                "{column} is counted by eye",
                "tally sheets of {column} are summed up in the evening",
                "{column} is asked for, not looked up",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        for column in site.columns(rng, |field, _| field.kind == Kind::Integer) {
            let field = &site.table.fields[column];
            let Some(spread) = Spread::of(&site.table.columns[column]) else { continue };
            let most = ((OFFSET_IQR * spread.iqr) as u32).max(1);
            let mut plan = Plan::new(&[&field.name], json!({ "most": most }));
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
        let most = plan.parameters["most"].as_u64().unwrap_or(1) as usize;
        let range = draft.table().fields[column].range;
        for &line in lines {
            let Some(value) = parse_integer(&draft.text(line, column)) else { continue };
            let size = 1 + rng.below(most) as i64;
            let offset = if rng.chance(0.5) { size } else { -size };
            let inside = |value: i64| range.is_none_or(|(low, high)| (low..=high).contains(&(value as f64)));
            let moved = if inside(value + offset) { value + offset } else { value - offset };
            draft.set(line, column, &moved.to_string());
        }
        Ok(())
    }
}
