//! N7, missing: a source leaves a column empty.
//!
//! In life: a sensor drops out, a question is skipped. Parameters: the pattern - completely at random (MCAR), more
//! often where another column is high (MAR), more often where the value itself is high (MNAR). Evidence: gaps at one
//! source. Inverse: none for the value; a derived column can be computed again. Literature: Rubin 1976; `tab_err`'s
//! `Missing`.

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, Spread};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::ledger::Fairness;
use crate::mechanism::{Condition, Mechanism};
use crate::repair::{Fix, Repair};
use crate::table::Table;

/// How much likelier a high value is to be missing.
const ODDS: f64 = 6.0;

/// A source leaves a column empty.
pub(super) struct Missing;

impl Corruption for Missing {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "N7",
            name: "missing",
            class: Fairness::Partial,
            rate: 0.5,
            share: 0.3,
            doc: "A source leaves a numeric column empty: at random, by another column, or by the value itself.",
            notes: &[
                "readings of {column} drop out",
                "{column} is skipped when the desk is busy",
                "transmission of {column} is lost at times",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let columns =
            site.columns(rng, |field, column| field.kind.is_numeric() && Spread::of(column).is_some());
        let (&own, others) = columns.split_first()?;
        let pattern = if others.is_empty() { [0, 2][rng.below(2)] } else { rng.below(3) };
        let above_median = |column: usize| {
            Spread::of(&site.table.columns[column]).map(|spread| Condition::Above(spread.median))
        };
        let (pattern, mechanism) = match pattern {
            0 => ("mcar", Mechanism::Uniform),
            1 => {
                let other = *rng.pick(others);
                let (column, condition) = (site.name(other).to_owned(), above_median(other)?);
                ("mar", Mechanism::ByColumn { column, condition, odds: ODDS })
            }
            _ => ("mnar", Mechanism::ByOwnValue { condition: above_median(own)?, odds: ODDS }),
        };
        let field = &site.table.fields[own];
        let mut plan = Plan::new(&[&field.name], json!({ "pattern": pattern }));
        plan.mechanism = Some(mechanism);
        if let Some(formula) = field.formula.clone() {
            plan.repairs.push(Repair::new(site.source, &[&field.name], Fix::Fill { formula }));
        }
        let (source, column) = (site.source.to_owned(), field.name.clone());
        plan.evidence.push(Evidence::Gaps { source, column });
        plan.evidence.push(site.log(rng, self.info(), &[("column", &field.name)]));
        Some(plan)
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        let column = plan.column(table)?;
        Ok((0..table.rows()).filter(|row| !table.value(*row, column).is_missing()).collect())
    }

    fn apply(
        &self,
        _: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        let column = plan.column(draft.table())?;
        for &line in lines {
            draft.set(line, column, "");
        }
        Ok(())
    }
}
