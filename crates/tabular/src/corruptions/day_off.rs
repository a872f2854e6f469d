//! D4, day off: a source's dates are one day out.
//!
//! In life: midnight of one zone read as a date in another, a day counted from 1 instead of 0. Parameters: the
//! direction. Evidence: the source's moments do not fit between those of the records around them, which come in the
//! order of time. Inverse: the day, exact. Literature: date shifts in clinical data (Hripcsak et al. 2016).

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, clock};
use crate::error::TabularError;
use crate::ledger::Fairness;
use crate::table::Table;
use crate::time::DAY_S;

/// A source's dates are one day out.
pub(super) struct DayOff;

impl Corruption for DayOff {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "D4",
            name: "day-off",
            class: Fairness::Exact,
            rate: 1.0,
            share: 0.2,
            doc: "A source's dates are one day too late or too early.",
            notes: &[
                "{column} is a day too {direction}",
                "days of {column} are counted from the wrong end of midnight and come a day too {direction}",
                "conversion of {column} moves dates, they are one day too {direction}",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let (days, direction) = if rng.chance(0.5) { (1, "late") } else { (-1, "early") };
        let mut plan = clock::plan(site, days * DAY_S, json!({ "days": days }))?;
        let values = [("column", plan.columns[0].as_str()), ("direction", direction)];
        let note = site.log(rng, self.info(), &values);
        plan.evidence.push(note);
        Some(plan)
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        clock::candidates(plan, table)
    }

    fn apply(
        &self,
        _: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        clock::apply(plan, lines, draft)
    }
}
