//! T6, local time: a device writes local time where the others write UTC, daylight saving and all.
//!
//! In life: a controller set up on the day it was installed, a summer time that nobody switched off. Parameters: the zone and
//! the moment at which its clock goes on by an hour. Evidence: all devices are read at the same moments, and this one's
//! records do not carry them; its day begins an hour later from one day on. Inverse: the zone's hours until the change and one
//! more after it, exact (the hour that is left out in spring is ambiguous for nobody). Literature: seasonality artefacts of
//! daylight saving in load data (Hong and Fan 2016).

use envy_core::Rng;
use serde_json::json;

use super::course::{begins, ends, is_any_read, time};
use crate::corruptions::{Corruption, CorruptionInfo, Draft, Plan, Site};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::series::Summary;
use crate::time::{DAY_S, parse_iso, write_iso};

/// Zones in hours: less would hardly hurt, and two hours are the time to the next reading.
const ZONES_H: [i64; 5] = [-5, -4, 3, 4, 5];
const HOUR_S: i64 = 3_600;

/// A device writes local time where the others write UTC, daylight saving and all.
pub(super) struct LocalTime;

impl Corruption for LocalTime {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "T6",
            name: "local-time",
            class: Fairness::Exact,
            rate: 1.0,
            share: 1.0,
            doc: "A device writes local time in place of UTC, and goes over to summer time on the way.",
            notes: &[
                "clock set to local time, UTC{hours}, one hour more since {moment} local time",
                "records local time (UTC{hours}); summer time since {moment} on its clock",
                "operating system switched to zone UTC{hours}; its summer time began at {moment} local",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let time = time(site.table)?;
        if !is_any_read(site, &[Summary::Phase]) {
            return None;
        }
        let (first, last) = (begins(site.table)?, ends(site.table)?);
        let hours = *rng.pick(&ZONES_H);
        let days = ((last - first) / DAY_S) as usize;
        let since = (first + (1 + rng.below(days.max(4) / 2)) as i64 * DAY_S).div_euclid(DAY_S) * DAY_S;
        let since = since + 2 * HOUR_S;
        let fix = Fix::Zone { since, before: HOUR_S * hours, after: HOUR_S * (hours + 1) };
        let repair = Repair::new(site.source, &[site.name(time)], fix);
        let mut plan = Plan::new(&[site.name(time)], json!({ "hours": hours, "since": since }));
        plan.evidence.push(Evidence::MomentsAgree { repair: repair.clone() });
        plan.repairs.push(repair);
        let values = [("hours", format!("{hours:+}")), ("moment", write_iso(since))];
        let values = values.each_ref().map(|(place, value)| (*place, value.as_str()));
        plan.evidence.push(site.log(rng, self.info(), &values));
        Some(plan)
    }

    fn apply(
        &self,
        _: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        let column = plan.column(draft.table())?;
        let Some(Fix::Zone { since, before, after }) = plan.repairs.first().map(|repair| &repair.fix) else {
            return Ok(());
        };
        for &line in lines {
            if let Some(moment) = parse_iso(&draft.text(line, column)) {
                let winter = moment + before;
                draft.set(line, column, &write_iso(if winter < *since { winter } else { moment + after }));
            }
        }
        Ok(())
    }
}
