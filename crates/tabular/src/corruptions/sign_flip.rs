//! N5, sign flip: a source books a column with the other sign.
//!
//! In life: debit for credit, consumption counted as feed-in, depth for height. Parameters: none. Evidence: values
//! outside the legal range that are inside it once negated. Inverse: the sign, exact. Literature: `tab_err`, BART.

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, Spread, affine};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::ledger::Fairness;
use crate::table::Table;

/// A source books a column with the other sign.
pub(super) struct SignFlip;

impl Corruption for SignFlip {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "N5",
            name: "sign-flip",
            class: Fairness::Exact,
            rate: 1.0,
            share: 1.0,
            doc: "A source books a column that is never negative with the other sign.",
            notes: &[
                "{column} is booked with the opposite sign",
                "{column} is counted the other way round",
                "the sensor of {column} was mounted in reverse",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        for column in site.columns(rng, |field, _| field.kind.is_numeric()) {
            let field = &site.table.fields[column];
            let Some(spread) = Spread::of(&site.table.columns[column]) else { continue };
            if field.range.map_or(spread.least, |(low, _)| low) < 0.0 || spread.median <= 0.0 {
                continue;
            }
            let repair = affine::repair(site.source, field, -1.0, 0.0);
            let mut plan = Plan::new(&[&field.name], json!({}));
            plan.evidence.push(Evidence::BecomesLegal { repair: repair.clone() });
            plan.evidence.push(Evidence::QuantilesAgree { repair: repair.clone() });
            plan.evidence.push(site.log(rng, self.info(), &[("column", &field.name)]));
            plan.repairs.push(repair);
            return Some(plan);
        }
        None
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        affine::candidates(plan, table)
    }

    fn apply(
        &self,
        _: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        affine::apply(plan, lines, draft)
    }
}
