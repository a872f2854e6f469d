//! D2, time zone: a source records local time where UTC is asked for.
//!
//! In life: a recorder set to the clock on the wall. Parameters: the hours. Evidence: the source's moments do not fit
//! between those of the records around them, which come in the order of time. Inverse: the offset, exact. An hour of
//! summer time is left out: with a few records a day nothing shows it. Literature: timestamp faults in event logs
//! (Suriadi et al. 2017); the flights benchmark.

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, clock};
use crate::error::TabularError;
use crate::ledger::Fairness;
use crate::table::Table;

/// How many hours local time is ahead of UTC; negative for behind.
const HOURS: [i64; 8] = [-10, -8, -7, -5, 5, 8, 9, 11];
/// Seconds of an hour.
const HOUR_S: i64 = 3_600;

/// A source records local time where UTC is asked for.
pub(super) struct TimeZone;

impl Corruption for TimeZone {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "D2",
            name: "time-zone",
            class: Fairness::Exact,
            rate: 1.0,
            share: 0.2,
            doc: "A source records local time where UTC is asked for.",
            notes: &[
                "{column} is local time, {hours} hours {direction} of UTC",
                "the recorder's clock for {column} runs {hours} hours {direction} of UTC",
                "{column} follows the clock on the wall, {hours} hours {direction} of UTC",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let hours = *rng.pick(&HOURS);
        let (size, direction) = (hours.abs().to_string(), if hours > 0 { "ahead" } else { "behind" });
        let mut plan = clock::plan(site, hours * HOUR_S, json!({ "hours": hours }))?;
        let values = [("column", plan.columns[0].as_str()), ("hours", &size), ("direction", direction)];
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
