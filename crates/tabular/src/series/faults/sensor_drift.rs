//! T1, sensor drift: a device's sensor adds a little more every day.
//!
//! In life: electrochemical cells that age, a pressure sensor that creeps, fouling. Parameters: the column, what it adds a
//! day, since when. Evidence: the distance to the twin sensor grows day by day; a calibration log gives both numbers.
//! Inverse: the subtraction, exact (the drifting sensor sends two more digits). Literature: low-cost sensor drift (Maag et al.
//! 2018); sensor fault models (Ni et al. 2009).

use envy_core::Rng;
use serde_json::json;

use super::course::{begins, ends, time, twinned};
use crate::corruptions::{Corruption, CorruptionInfo, Draft, Plan, Site, Spread};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::round_to;
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::series::Summary;
use crate::text::{parse_number, write_number};
use crate::time::{DAY_S, parse_iso, write_iso};

/// How far the last readings are off, in interquartile ranges.
const SHIFT_IQR: (f64, f64) = (1.2, 2.4);
/// Digits that the drifting sensor sends beyond those of the column.
const MORE_DIGITS: u8 = 2;

/// A device's sensor adds a little more every day.
pub(super) struct SensorDrift;

impl Corruption for SensorDrift {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "T1",
            name: "sensor-drift",
            class: Fairness::Exact,
            rate: 1.0,
            share: 1.0,
            doc: "A device's sensor drifts away from its twin by the same amount every day.",
            notes: &[
                "{column} sensor drifts {direction} by {rate} a day since {date}",
                "calibration of {column}: {direction} by {rate} a day, counted from {date}",
                "{column} was last adjusted on {date} and has gone {direction} by {rate} every day",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let (column, twin) = twinned(rng, site, &[Summary::Mean])?;
        let (time, decimals) = (time(site.table)?, site.table.fields[column].decimals?);
        let origin = begins(site.table)?.div_euclid(DAY_S) * DAY_S;
        let days = (ends(site.table)? - origin) as f64 / DAY_S as f64;
        let total = rng.between(SHIFT_IQR.0, SHIFT_IQR.1) * Spread::of(&site.table.columns[column])?.iqr;
        let size = round_to(total / days, decimals + MORE_DIGITS);
        let goes_up = rng.chance(0.5);
        let rate = if goes_up { size } else { -size };
        let name = site.name(column);
        let fix = Fix::Trend { time: site.name(time).to_owned(), origin, rate, decimals };
        let repair = Repair::new(site.source, &[name], fix);
        let mut plan = Plan::new(&[name, site.name(time)], json!({ "rate": rate, "origin": origin }));
        plan.repairs.push(repair.clone());
        plan.evidence.push(Evidence::TwinAgrees { repair, twin: site.name(twin).to_owned() });
        let values = [
            ("column", name),
            ("direction", if goes_up { "up" } else { "down" }),
            ("rate", &write_number(size)),
            ("date", &write_iso(origin)[..10]),
        ];
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
        let Some(Fix::Trend { time, origin, rate, decimals }) =
            plan.repairs.first().map(|repair| &repair.fix)
        else {
            return Ok(());
        };
        let time = draft.table().require(time)?;
        for &line in lines {
            let (value, moment) =
                (parse_number(&draft.text(line, column)), parse_iso(&draft.text(line, time)));
            if let (Some(value), Some(moment)) = (value, moment) {
                let off = rate * ((moment - origin) as f64 / DAY_S as f64);
                draft.set(line, column, &write_number(round_to(value + off, decimals + MORE_DIGITS)));
            }
        }
        Ok(())
    }
}
