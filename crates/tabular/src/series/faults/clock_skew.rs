//! T3, clock skew: a device's clock is wrong by hours, from the beginning or since it stepped.
//!
//! In life: a clock set by hand, a time server that was wrong once, a controller that booted at its factory time. Parameters:
//! how far off, 1.5 to 5 hours to the second, and since when. Evidence: all devices are read at the same moments, and this
//! one's records do not carry them; a log says it. Inverse: the subtraction, exact (a clock that steps goes ahead, so that no
//! moment comes twice). Literature: timestamp errors in sensor networks (Gupchup et al. 2009).

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

/// How far off a clock is, in seconds.
const SKEW_S: (usize, usize) = (5_400, 5 * 3_600);
/// A step happens within this share of the series.
const STEP_WITHIN: f64 = 0.15;

/// A device's clock is wrong by hours, from the beginning or since it stepped.
pub(super) struct ClockSkew;

impl Corruption for ClockSkew {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "T3",
            name: "clock-skew",
            class: Fairness::Exact,
            rate: 1.0,
            share: 1.0,
            doc: "A device's clock is wrong by hours, from the beginning or since it stepped.",
            notes: &[
                "clock is {seconds} s {direction} since {moment} (as it shows it)",
                "time server unreachable, clock {seconds} s {direction} from {moment} on by its own time",
                "clock compared with the control room: {seconds} s {direction}, by its own time since {moment}",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let time = time(site.table)?;
        if !is_any_read(site, &[Summary::Phase]) {
            return None;
        }
        let (first, last) = (begins(site.table)?, ends(site.table)?);
        let size = (SKEW_S.0 + rng.below(SKEW_S.1 - SKEW_S.0)) as i64;
        let steps = rng.chance(0.4);
        let seconds = if steps || rng.chance(0.5) { size } else { -size };
        let (fix, since) = if steps {
            let days = ((last - first) / DAY_S) as f64;
            let day = 1 + rng.below((STEP_WITHIN * days).ceil() as usize) as i64;
            let since = first + day * DAY_S;
            (Fix::Zone { since, before: 0, after: seconds }, since)
        } else {
            (Fix::Moment { seconds }, first + seconds)
        };
        let repair = Repair::new(site.source, &[site.name(time)], fix);
        let mut plan = Plan::new(&[site.name(time)], json!({ "seconds": seconds, "since": since }));
        plan.evidence.push(Evidence::MomentsAgree { repair: repair.clone() });
        plan.repairs.push(repair);
        let values = [
            ("seconds", size.to_string()),
            ("direction", if seconds > 0 { "ahead" } else { "behind" }.to_owned()),
            ("moment", write_iso(since)),
        ];
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
        let (since, before, after) = match plan.repairs.first().map(|repair| &repair.fix) {
            Some(Fix::Moment { seconds }) => (i64::MIN, 0, *seconds),
            Some(Fix::Zone { since, before, after }) => (*since, *before, *after),
            _ => return Ok(()),
        };
        for &line in lines {
            if let Some(moment) = parse_iso(&draft.text(line, column)) {
                let off = if moment < since { before } else { after };
                if off != 0 {
                    draft.set(line, column, &write_iso(moment + off));
                }
            }
        }
        Ok(())
    }
}
