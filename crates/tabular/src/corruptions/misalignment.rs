//! R3, misalignment: a source's measurements slip by a few rows against everything else.
//!
//! In life: two files pasted side by side after one lost its first lines, a join by position. Parameters: the lag.
//! Evidence: derived columns, which came with the other file, are right again once the measurements are moved back;
//! so is what a model of the other sources says of the labels. Inverse: the same roll the other way among the source's
//! rows in the order of the file, exact. Literature: misaligned joins, Bendinelli et al. 2025.

use envy_core::Rng;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, unique_rows};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::{Field, Formula, Role};
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::table::Table;

/// The most rows by which the columns slip.
const LAG_MAX: usize = 3;

/// A source's measurements slip by a few rows against everything else.
pub(super) struct Misalignment;

#[derive(Serialize, Deserialize)]
struct Parameters {
    /// The cells of a row stand so many rows further down (negative: further up), round and round.
    lag: i64,
}

impl Corruption for Misalignment {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "R3",
            name: "misalignment",
            class: Fairness::Exact,
            rate: 1.0,
            share: 1.0,
            doc: "A source's measurements slip by one to three rows against its labels, ids and derived columns.",
            notes: &[
                "measurements were pasted in from a second file, {rows} of this source's rows {direction} their own",
                "the sheet with the measurements was joined by position and lies {rows} of this source's rows {direction} the records",
                "a header was lost in the measurements file, which since stands {rows} of this source's rows {direction} where it belongs",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        site.table.role(Role::Target)?;
        let is_measured = |field: &&Field| field.role == Role::Feature && field.kind.is_numeric();
        let measured = site.table.fields.iter().filter(is_measured);
        let columns: Vec<&str> = measured.map(|field| field.name.as_str()).collect();
        if columns.is_empty() {
            return None;
        }
        let lag = (1 + rng.below(LAG_MAX) as i64) * if rng.chance(0.5) { 1 } else { -1 };
        let repair = Repair::new(site.source, &columns, Fix::Lag { lag });
        let mut plan = Plan::new(&columns, json!(Parameters { lag }));
        let (rows, direction) = (lag.abs().to_string(), if lag > 0 { "below" } else { "above" });
        for field in &site.table.fields {
            let reads = |formula: &Formula| formula.columns().iter().any(|column| columns.contains(column));
            if field.formula.as_ref().is_some_and(reads) {
                let (column, repair) = (field.name.clone(), repair.clone());
                plan.evidence.push(Evidence::DerivedAgrees { column, repair });
            }
        }
        plan.evidence.push(Evidence::LabelsAgree { repair: repair.clone() });
        let values = [("rows", rows.as_str()), ("direction", direction)];
        plan.evidence.push(site.log(rng, self.info(), &values));
        plan.repairs.push(repair);
        Some(plan)
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        // Two equal rows beside each other would be rolled onto themselves.
        let mut columns = Vec::with_capacity(plan.columns.len());
        for name in &plan.columns {
            columns.push(table.require(name)?);
        }
        Ok(unique_rows(table, &columns))
    }

    fn apply(
        &self,
        _: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        let lag = plan.read::<Parameters>()?.lag;
        let count = lines.len() as i64;
        for name in &plan.columns {
            let column = draft.table().require(name)?;
            let cells: Vec<String> = lines.iter().map(|line| draft.text(*line, column)).collect();
            for (index, cell) in cells.iter().enumerate() {
                let to = (index as i64 + lag).rem_euclid(count) as usize;
                draft.set(lines[to], column, cell);
            }
        }
        Ok(())
    }
}
