//! T2, stuck-at: a sensor repeats itself for hours while its twin moves on.
//!
//! In life: a frozen anemometer, a converter that hangs until the next restart. Parameters: the column; stretches of 8 to 30
//! readings, half of all. Evidence: numbers that stand still where no other device's do; the twin. Inverse: none; what stands
//! still is withdrawn, and the twin stands in. Literature: stuck-at faults (Sharma, Golubchik and Govindan 2010).

use envy_core::Rng;
use serde_json::json;

use super::course::{stretches, twinned};
use crate::corruptions::{Corruption, CorruptionInfo, Draft, Plan, Site};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::series::Summary;

/// Share of the readings that stand still, and how many do in a row.
const SHARE: f64 = 0.5;
const LENGTH: (usize, usize) = (8, 30);
/// So many equal readings in a row are no chance.
const RUN: usize = 4;

/// A sensor repeats itself for hours while its twin moves on.
pub(super) struct Stuck;

impl Corruption for Stuck {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "T2",
            name: "stuck",
            class: Fairness::Partial,
            rate: SHARE,
            share: 0.5,
            doc: "A device's sensor repeats one reading for hours while its twin moves on.",
            notes: &[
                "{column} sensor hangs at times and repeats its last reading",
                "{column}: readings freeze until the next restart",
                "the converter of {column} stops now and then, the same value is sent on",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let (column, twin) = twinned(rng, site, &[Summary::Range, Summary::Phase])?;
        let (name, twin) = (site.name(column), site.name(twin));
        let withdrawn = Repair::new(site.source, &[name], Fix::Frozen { run: RUN });
        let mut plan = Plan::new(&[name], json!({ "share": SHARE }));
        plan.evidence
            .push(Evidence::Frozen { source: site.source.to_owned(), columns: vec![name.to_owned()] });
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
        for stretch in stretches(rng, lines.len(), SHARE, LENGTH) {
            let held = draft.text(lines[stretch.start], column);
            for place in stretch.skip(1) {
                draft.set(lines[place], column, &held);
            }
        }
        Ok(())
    }
}
