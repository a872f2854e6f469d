//! T9, spikes: single readings of a sensor jump far away and come back.
//!
//! In life: electrical interference, a loose contact. Parameters: the column; one reading in twelve jumps by 6 to 12
//! interquartile ranges. Evidence: the twin does not jump. Inverse: none; what jumps is withdrawn, and the twin stands in.
//! Literature: short faults (Sharma, Golubchik and Govindan 2010); additive outliers (Fox 1972).

use envy_core::Rng;
use serde_json::json;

use super::course::twinned;
use crate::corruptions::{Corruption, CorruptionInfo, Draft, Plan, Site, Spread};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::round_to;
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::series::Summary;
use crate::text::{parse_number, write_number};

/// Readings that jump.
const RATE: f64 = 1.0 / 12.0;
/// How far, in interquartile ranges, and what no regular reading does.
const JUMP_IQR: (f64, f64) = (6.0, 12.0);
const REACH_IQR: f64 = 4.0;

/// Single readings of a sensor jump far away and come back.
pub(super) struct Spikes;

impl Corruption for Spikes {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "T9",
            name: "spikes",
            class: Fairness::Partial,
            rate: RATE,
            share: 0.5,
            doc: "Single readings of a device's sensor jump far away and come back, its twin's do not.",
            notes: &[
                "electrical interference: single readings of {column} jump",
                "loose contact at the {column} sensor, single values are far off",
                "{column}: short spikes reported, cable to be replaced",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let (column, twin) = twinned(rng, site, &[Summary::Range, Summary::Mean])?;
        let (name, twin) = (site.name(column), site.name(twin));
        let iqr = Spread::of(&site.table.columns[column])?.iqr;
        let fix = Fix::Despike { reach: round_to(REACH_IQR * iqr, 2) };
        let withdrawn = Repair::new(site.source, &[name], fix);
        let mut plan = Plan::new(&[name], json!({ "iqr": iqr }));
        plan.evidence.push(Evidence::TwinAgrees { repair: withdrawn.clone(), twin: twin.to_owned() });
        plan.repairs.push(withdrawn);
        plan.repairs.push(Repair::new(site.source, &[name], Fix::Twin { twin: twin.to_owned() }));
        plan.evidence.push(site.log(rng, self.info(), &[("column", name)]));
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
        let decimals = draft.table().fields[column].decimals.unwrap_or_default();
        let iqr = plan.parameters["iqr"].as_f64().unwrap_or_default();
        let mut last: Option<usize> = None;
        for (place, &line) in lines.iter().enumerate() {
            // Two within reach of each other would hide each other.
            if last.is_some_and(|last| place - last < 3) || !rng.chance(1.4 * RATE) {
                continue;
            }
            let Some(value) = parse_number(&draft.text(line, column)) else { continue };
            let jump = rng.between(JUMP_IQR.0, JUMP_IQR.1) * iqr * if rng.chance(0.5) { 1.0 } else { -1.0 };
            draft.set(line, column, &write_number(round_to(value + jump, decimals)));
            last = Some(place);
        }
        Ok(())
    }
}
