//! T10, late arrival: what a device buffered while it was out of reach carries the moment at which it arrived.
//!
//! In life: a gateway that stamps on arrival, a vehicle that uploads in the depot. Parameters: stretches of 4 to 16 readings,
//! two thirds of all. Evidence: several records of a device with one moment, in the order in which they were taken. Inverse:
//! one step back for each, exact, since all devices are read at fixed moments. Literature: out-of-order and late data in
//! stream processing (Akidau et al. 2015, the dataflow model).

use envy_core::Rng;
use serde_json::json;

use super::course::{is_any_read, stretches, time};
use crate::corruptions::{Corruption, CorruptionInfo, Draft, Plan, Site};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::series::{STEP_S, Summary};

/// Share of the readings that were buffered, and how many at a time.
const SHARE: f64 = 0.65;
const LENGTH: (usize, usize) = (4, 16);

/// What a device buffered while it was out of reach carries the moment at which it arrived.
pub(super) struct LateArrival;

impl Corruption for LateArrival {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "T10",
            name: "late-arrival",
            class: Fairness::Exact,
            rate: SHARE,
            share: 1.0,
            doc: "Readings that a device buffered carry the moment at which they arrived together.",
            notes: &[
                "readings were buffered during outages and stamped when they arrived",
                "uploads in batches; the whole batch carries the moment of the upload",
                "no contact for hours at a time: buffered records got the time of arrival",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let time = time(site.table)?;
        if !is_any_read(site, &[Summary::Phase, Summary::Range]) {
            return None;
        }
        let repair = Repair::new(site.source, &[site.name(time)], Fix::Buffered { step_s: STEP_S });
        let mut plan = Plan::new(&[site.name(time)], json!({ "share": SHARE }));
        plan.evidence.push(Evidence::MomentsAgree { repair: repair.clone() });
        plan.repairs.push(repair);
        plan.evidence.push(site.log(rng, self.info(), &[]));
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
            let arrival = draft.text(lines[stretch.end - 1], column);
            for line in &lines[stretch.start..stretch.end - 1] {
                draft.set(*line, column, &arrival);
            }
        }
        Ok(())
    }
}
