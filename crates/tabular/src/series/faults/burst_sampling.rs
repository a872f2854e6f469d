//! T8, sampling-rate change: a device sends more often while its values are high.
//!
//! In life: report by exception, alarm mode of a logger. Parameters: the column and the value above which two more records
//! come between the regular ones. Evidence: records between the moments at which all devices are read. Inverse: what does not
//! stand at such a moment is left out, exact. Literature: biased sampling of event-driven sensors (Miskowicz 2006).

use envy_core::Rng;
use serde_json::{Value as Json, json};

use super::course::{is_read, time};
use crate::corruptions::{Corruption, CorruptionInfo, Draft, Plan, Site};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::Role;
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::series::{DEVICES, STEP_S, Summary};
use crate::table::Column;
use crate::text::{parse_number, write_number};
use crate::time::{parse_iso, write_iso};

/// The share of readings above the value.
const HIGH_SHARE: f64 = 0.35;
/// When more records come, in seconds after a regular one: from and to, by the device's own timer.
const AFTER_S: [(usize, usize); 2] = [(1_800, 3_000), (4_200, 5_400)];

/// A device sends more often while its values are high.
pub(super) struct BurstSampling;

impl Corruption for BurstSampling {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "T8",
            name: "burst-sampling",
            class: Fairness::Exact,
            rate: HIGH_SHARE,
            share: 0.5,
            doc: "A device sends more often while its values are high, so that every summary leans there.",
            notes: &[
                "sends extra records between the regular ones while {column} is high",
                "alarm mode on: {column} above its limit makes it report in between",
                "reports by exception as well; high {column} brings records between the fixed moments",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let columns = site.columns(rng, |field, _| is_read(site, field, &[Summary::Mean]));
        let (column, time) = (*columns.first()?, time(site.table)?);
        let mut values = site.table.columns[column].numbers().into_owned();
        values.sort_unstable_by(f64::total_cmp);
        let above = *values.get((values.len() as f64 * (1.0 - HIGH_SHARE)) as usize)?;
        let domain = site.columns(rng, |_, _| true);
        let mut names = vec![site.name(column), site.name(time)];
        names.extend(domain.iter().filter(|other| **other != column).map(|other| site.name(*other)));
        let after = AFTER_S.map(|(least, most)| least + rng.below(most - least));
        let repair = Repair::new(site.source, &[site.name(time)], Fix::OffGrid { step_s: STEP_S });
        let mut plan = Plan::new(&names, json!({ "above": above, "after": after }));
        plan.evidence.push(Evidence::MomentsAgree { repair: repair.clone() });
        plan.repairs.push(repair);
        plan.evidence.push(site.log(rng, self.info(), &[("column", site.name(column))]));
        Some(plan)
    }

    fn apply(
        &self,
        rng: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        let column = plan.column(draft.table())?;
        let missing = || TabularError::Shape { column: String::new(), what: "there are no moments" };
        let time = time(draft.table()).ok_or_else(missing)?;
        let above = plan.parameters["above"].as_f64().unwrap_or(f64::INFINITY);
        let source = draft.table().role(Role::Source).ok_or_else(missing)?;
        let place = match &draft.table().columns[source] {
            Column::Category(codes) => lines.first().and_then(|line| codes[*line]).unwrap_or(0) as usize,
            _ => 0,
        };
        // Behind the other devices' records of the same moment, as they arrive.
        let gap = DEVICES - 1 - place.min(DEVICES - 1);
        for &line in lines {
            let value = parse_number(&draft.text(line, column)).filter(|value| *value > above);
            let (Some(value), Some(moment)) = (value, parse_iso(&draft.text(line, time))) else { continue };
            for after in plan.parameters["after"].as_array().into_iter().flatten().filter_map(Json::as_i64) {
                let copy = draft.repeat(rng, line, gap);
                draft.set(copy, time, &write_iso(moment + after));
                draft.set(copy, column, &write_number(value));
            }
        }
        Ok(())
    }
}
