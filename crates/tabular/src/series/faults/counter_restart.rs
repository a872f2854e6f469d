//! T7, counters that do not count on: a register that starts over, or increments in its place.
//!
//! In life: a battery that was changed, a firmware that sends deltas where the others send totals. Parameters: which of the
//! two; a register that starts over does so every few days. Evidence: a counter that falls. Inverse: the running sum, or the
//! reached value added to all that follows, exact (it starts over at the reading before). Literature: counter resets in
//! metering and monitoring data (Prometheus, `rate` and `increase`).

use envy_core::Rng;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::course::is_read;
use crate::corruptions::{Corruption, CorruptionInfo, Draft, Plan, Site};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::round_to;
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::series::Summary;
use crate::text::{parse_number, write_number};

/// Readings between two restarts, from and to: within a day, so that most windows are hit.
const PERIOD: (usize, usize) = (7, 17);

/// A register that starts over, or increments in its place.
pub(super) struct CounterRestart;

/// What the counter does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Manner {
    Delta,
    Restart,
}

/// How a log says it.
const SENDS_DELTAS: &str = "sends what was added since the reading before";
const STARTS_OVER: &str = "starts over at zero now and then";

impl Corruption for CounterRestart {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "T7",
            name: "counter-restart",
            class: Fairness::Exact,
            rate: 1.0,
            share: 0.3,
            doc: "A device's counter starts over now and then, or sends increments in place of its total.",
            notes: &[
                "{column} {manner}",
                "counter module replaced: {column} {manner}",
                "new firmware: {column} now {manner}",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        // A counter has no legal range and counts to a fixed number of digits.
        let is_counter = |field: &crate::field::Field| field.range.is_none() && field.decimals.is_some();
        let columns =
            site.columns(rng, |field, _| is_counter(field) && is_read(site, field, &[Summary::Total]));
        let column = *columns.first()?;
        let (name, decimals) = (site.name(column), site.table.fields[column].decimals?);
        let manner = if rng.chance(0.6) { Manner::Delta } else { Manner::Restart };
        let (fix, says) = match manner {
            Manner::Delta => (Fix::Undelta { decimals }, SENDS_DELTAS),
            Manner::Restart => (Fix::Unreset { decimals }, STARTS_OVER),
        };
        let repair = Repair::new(site.source, &[name], fix);
        let mut plan = Plan::new(&[name], json!(manner));
        plan.evidence.push(Evidence::CounterRises { repair: repair.clone() });
        plan.repairs.push(repair);
        plan.evidence.push(site.log(rng, self.info(), &[("column", name), ("manner", says)]));
        Some(plan)
    }

    fn apply(
        &self,
        rng: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        let (column, manner) = (plan.column(draft.table())?, plan.read::<Manner>()?);
        let decimals = draft.table().fields[column].decimals.unwrap_or_default();
        let values: Vec<Option<f64>> =
            lines.iter().map(|line| parse_number(&draft.text(*line, column))).collect();
        let (mut base, mut left) = (None, PERIOD.1);
        let mut before = None;
        for (&line, value) in lines.iter().zip(values) {
            let Some(value) = value else { continue };
            let restarts = left == 0;
            if restarts || before.is_none() {
                left = PERIOD.0 + rng.below(PERIOD.1 - PERIOD.0 + 1);
            }
            left -= 1;
            match (manner, before) {
                (Manner::Delta, Some(last)) => base = Some(last),
                (Manner::Restart, Some(last)) if restarts => base = Some(last),
                // The first reading is a total: what all later ones are added to.
                (_, None) | (Manner::Restart, Some(_)) => {}
            }
            if let Some(base) = base {
                draft.set(line, column, &write_number(round_to(value - base, decimals)));
            }
            before = Some(value);
        }
        Ok(())
    }
}
