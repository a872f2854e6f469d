//! N17, infinity: a source divides by zero and stores what comes out.
//!
//! In life: a rate over an empty interval, a logarithm of nothing, a sensor without a reference. Parameters: none.
//! Evidence: cells that say inf. Inverse: none for the value; taking it back is what can be asked, and a derived column
//! can be computed again. Literature: IEEE 754 (1985); the original project's infinities.

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, Spread};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::table::Table;

/// What a program writes for a number beyond all numbers.
const SPELLINGS: [&str; 2] = ["inf", "-inf"];

/// A source divides by zero and stores what comes out.
pub(super) struct Infinity;

impl Corruption for Infinity {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "N17",
            name: "infinity",
            class: Fairness::Partial,
            rate: 0.4,
            share: 0.3,
            doc: "A source writes infinity where a numeric column could not be computed.",
            notes: &[
                "{column} overflows when the reference is lost",
                "a division by zero in {column} is not caught",
                "{column} is not defined for empty intervals and stored all the same",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let is_spread = |column: &crate::Column| Spread::of(column).is_some();
        let columns = site.columns(rng, |field, column| field.kind.is_numeric() && is_spread(column));
        let field = &site.table.fields[*columns.first()?];
        let (source, name) = (site.source, field.name.as_str());
        let values = SPELLINGS.map(str::to_owned).to_vec();
        let mut plan = Plan::new(&[name], json!({}));
        plan.repairs.push(Repair::new(source, &[name], Fix::Sentinel { values }));
        if let Some(formula) = field.formula.clone() {
            plan.repairs.push(Repair::new(source, &[name], Fix::Fill { formula }));
        }
        let (source, column) = (source.to_owned(), name.to_owned());
        plan.evidence.push(Evidence::Spike { source, column, value: SPELLINGS[0].to_owned() });
        plan.evidence.push(site.log(rng, self.info(), &[("column", name)]));
        Some(plan)
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        let column = plan.column(table)?;
        Ok((0..table.rows()).filter(|row| !table.value(*row, column).is_missing()).collect())
    }

    fn apply(
        &self,
        rng: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        let column = plan.column(draft.table())?;
        for &line in lines {
            let negative = usize::from(rng.chance(0.25));
            draft.set(line, column, SPELLINGS[negative]);
        }
        Ok(())
    }
}
