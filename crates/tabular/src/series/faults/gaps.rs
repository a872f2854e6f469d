//! T4, gaps: a device was out of reach for hours, and the gateway filled in its last reading.
//!
//! In life: radio shadows, a data logger that carries the last value forward so that its table has no holes. Parameters:
//! stretches of 4 to 6 readings, one in seven of all. Evidence: all columns stand still together, the counter too. Inverse: none;
//! what was filled in is withdrawn. Literature: missing data and forward fill in sensor streams (Moritz et al. 2015).

use envy_core::Rng;
use serde_json::json;

use super::course::stretches;
use crate::corruptions::{Corruption, CorruptionInfo, Draft, Plan, Site};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};

/// Share of the readings that were filled in, and how many in a row.
const SHARE: f64 = 0.15;
const LENGTH: (usize, usize) = (4, 6);
/// Two equal records in a row are no chance: a counter stands in them.
const RUN: usize = 2;

/// A device was out of reach for hours, and the gateway filled in its last reading.
pub(super) struct Gaps;

impl Corruption for Gaps {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "T4",
            name: "gaps",
            class: Fairness::Partial,
            rate: SHARE,
            share: 0.3,
            doc: "A device was out of reach at times, and its last reading was filled in for all that are missing.",
            notes: &[
                "radio contact was lost at times; the gateway filled in the last reading",
                "weak signal: missing readings were replaced by the one before",
                "gateway set to carry the last record forward during outages",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let columns = site.columns(rng, |field, _| field.kind.is_numeric());
        let names: Vec<&str> = columns.iter().map(|column| site.name(*column)).collect();
        if names.len() < 2 {
            return None;
        }
        let mut plan = Plan::new(&names, json!({ "share": SHARE }));
        plan.repairs.push(Repair::new(site.source, &names, Fix::Frozen { run: RUN }));
        let columns = names.iter().map(|name| (*name).to_owned()).collect();
        plan.evidence.push(Evidence::Frozen { source: site.source.to_owned(), columns });
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
        let columns: Result<Vec<usize>, _> =
            plan.columns.iter().map(|name| draft.table().require(name)).collect();
        let columns = columns?;
        for stretch in stretches(rng, lines.len(), SHARE, LENGTH) {
            for &column in &columns {
                let held = draft.text(lines[stretch.start], column);
                for place in stretch.clone().skip(1) {
                    draft.set(lines[place], column, &held);
                }
            }
        }
        Ok(())
    }
}
