//! R3, misalignment: a source's measurements slip against its labels by a few rows.
//!
//! In life: two files pasted side by side after one lost its first lines, a join by position. Parameters: the lag.
//! Evidence: a model of the other sources fits the labels once the columns are moved back. Inverse: the same roll the
//! other way among the source's rows in the order of the file, exact. Literature: misaligned joins, Bendinelli 2025.

use std::collections::BTreeSet;

use envy_core::Rng;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::Role;
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::table::{Column, Table};

/// The most rows by which the columns slip.
const LAG_MAX: usize = 3;
/// A column in which this share of the values is distinct: where there is one, no row is like its neighbour.
const DISTINCT_MIN: f64 = 0.5;

/// A source's measurements slip against its labels by a few rows.
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
            doc: "A source's measurements slip against its labels, ids and times by one to three rows.",
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let target = site.table.role(Role::Target)?;
        let fields = site.table.fields.iter().filter(|field| field.role.is_domain());
        let columns: Vec<&str> = fields.map(|field| field.name.as_str()).collect();
        let distinct = (0..site.table.fields.len()).any(|column| {
            site.table.fields[column].role.is_domain() && is_distinct(&site.table.columns[column])
        });
        if !distinct {
            return None;
        }
        let lag = (1 + rng.below(LAG_MAX) as i64) * if rng.chance(0.5) { 1 } else { -1 };
        let repair = Repair::new(site.source, &columns, Fix::Lag { lag });
        let mut plan = Plan::new(&columns, json!(Parameters { lag }));
        let (name, rows) = (site.name(target), lag.abs());
        let direction = if lag > 0 { "below" } else { "above" };
        plan.evidence.push(Evidence::LabelsAgree { repair: repair.clone() });
        plan.evidence.push(site.log(&format!(
            "measurements were pasted beside {name} from a second file, {rows} of this source's rows {direction} their own"
        )));
        plan.repairs.push(repair);
        Some(plan)
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

fn is_distinct(column: &Column) -> bool {
    let Column::Number(values) = column else { return false };
    let distinct: BTreeSet<u64> = values.iter().map(|value| value.to_bits()).collect();
    distinct.len() as f64 >= DISTINCT_MIN * values.len() as f64
}
