//! Z0, template-name: what a source does to its rows, in one clause.
//!
//! In life: where this is met. Parameters: what is drawn once for a task. Evidence: what gives it away to someone who
//! does not know the truth. Inverse: what undoes it, and whether exactly. Literature: who described it.

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, Spread, affine};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::ledger::Fairness;
use crate::table::Table;

/// How many times the true value the source writes.
const FACTOR: f64 = 3.0;

/// What a source does to its rows.
pub(super) struct Template;

impl Corruption for Template {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "Z0",
            name: "template-name",
            class: Fairness::Exact,
            rate: 1.0,
            share: 1.0,
            doc: "A source writes a numeric column three times too large.",
            notes: &[
                "{column} is written three times too large",
                "what comes as {column} is three times the reading",
                "a factor of three was left in the conversion of {column}",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let column = *site
            .columns(rng, |field, column| field.kind.is_numeric() && Spread::of(column).is_some())
            .first()?;
        let field = &site.table.fields[column];
        let repair = affine::repair(site.source, field, FACTOR, 0.0);
        let mut plan = Plan::new(&[&field.name], json!({ "factor": FACTOR }));
        plan.evidence.push(Evidence::QuantilesAgree { repair: repair.clone() });
        plan.evidence.push(site.log(rng, self.info(), &[("column", &field.name)]));
        plan.repairs.push(repair);
        Some(plan)
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
