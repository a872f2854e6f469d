//! N15, column swap: a source writes two columns in each other's place.
//!
//! In life: systolic and diastolic, length and width, an old form's order of fields. Parameters: none. Evidence: both
//! columns' quantiles agree with the peers' once they are swapped back. Inverse: the swap, exact. Literature:
//! `PuckTrick`; misfielded values in Rahm and Do 2000.

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, Spread};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::table::Table;

/// The medians of the two lie this many of the wider interquartile range apart, or nobody could tell them.
const DISTANCE_MIN: f64 = 1.0;

/// A source writes two columns in each other's place.
pub(super) struct ColumnSwap;

impl Corruption for ColumnSwap {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "N15",
            name: "column-swap",
            class: Fairness::Exact,
            rate: 1.0,
            share: 1.0,
            doc: "A source writes two numeric columns in each other's place.",
            notes: &[
                "the form lists {right} before {left}",
                "the old form is still in use, with {right} in the place of {left}",
                "{right} and {left} were mapped crosswise when the interface was set up",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let columns = site.columns(rng, |field, _| field.kind.is_numeric());
        let spreads: Vec<(usize, Spread)> = columns
            .iter()
            .filter_map(|column| Some((*column, Spread::of(&site.table.columns[*column])?)))
            .collect();
        let pairs = spreads
            .iter()
            .enumerate()
            .flat_map(|(at, left)| spreads[at + 1..].iter().map(move |right| (left, right)));
        for ((left, left_spread), (right, right_spread)) in pairs {
            let (left, right) = (site.name(*left), site.name(*right));
            let wider = left_spread.iqr.max(right_spread.iqr);
            if (left_spread.median - right_spread.median).abs() < DISTANCE_MIN * wider {
                continue;
            }
            let repair = Repair::new(site.source, &[left, right], Fix::Swap);
            let mut plan = Plan::new(&[left, right], json!({}));
            plan.evidence.push(Evidence::QuantilesAgree { repair: repair.clone() });
            plan.evidence.push(Evidence::BecomesLegal { repair: repair.clone() });
            plan.evidence.push(site.log(rng, self.info(), &[("left", left), ("right", right)]));
            plan.repairs.push(repair);
            return Some(plan);
        }
        None
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        let [left, right] = pair(plan, table)?;
        Ok((0..table.rows()).filter(|row| table.text(*row, left) != table.text(*row, right)).collect())
    }

    fn apply(
        &self,
        _: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        let [left, right] = pair(plan, draft.table())?;
        for &line in lines {
            let (first, second) = (draft.text(line, left), draft.text(line, right));
            draft.set(line, left, &second);
            draft.set(line, right, &first);
        }
        Ok(())
    }
}

fn pair(plan: &Plan, table: &Table) -> Result<[usize; 2], TabularError> {
    let [left, right] = plan.columns.as_slice() else {
        let what = "a swap is of two columns";
        return Err(TabularError::Shape { column: plan.columns.join(", "), what });
    };
    Ok([table.require(left)?, table.require(right)?])
}
