//! C4, dependency violation: a source writes a category that another one rules out.
//!
//! In life: a city that does not belong to its postcode, a region chosen from the wrong list. Parameters: none; each hit
//! cell gets another level. Evidence: rows that break a functional dependency which holds elsewhere. Inverse: what the
//! determining column says, exact. Literature: BART (Arocena et al. 2015); the hospital benchmark.

use std::collections::BTreeMap;

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::table::Table;

/// A source writes a category that another one rules out.
pub(super) struct Dependency;

impl Corruption for Dependency {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "C4",
            name: "dependency",
            class: Fairness::Exact,
            rate: 0.65,
            share: 0.4,
            doc: "A source writes a category that does not belong to the one that determines it.",
            notes: &[
                "{column} is chosen by hand, whatever {by} says",
                "{column} is no longer filled in from {by}",
                "the list behind {by} and {column} is out of order",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let columns = site.columns(rng, |field, _| field.determined.is_some() && field.levels.len() > 1);
        let field = &site.table.fields[*columns.first()?];
        let determined = field.determined.as_ref()?;
        let by = &site.table.fields[site.table.require(&determined.by).ok()?];
        let map: BTreeMap<String, String> = by
            .levels
            .iter()
            .zip(&determined.codes)
            .filter_map(|(level, code)| Some((level.clone(), field.levels.get(*code as usize)?.clone())))
            .collect();
        let fix = Fix::Lookup { by: by.name.clone(), map };
        let repair = Repair::new(site.source, &[&field.name], fix);
        // The determining column is named as well: no other fault may touch what the repair relies on.
        let mut plan = Plan::new(&[&field.name, &by.name], json!({}));
        plan.evidence.push(Evidence::DerivedAgrees { column: field.name.clone(), repair: repair.clone() });
        plan.evidence.push(site.log(rng, self.info(), &[("column", &field.name), ("by", &by.name)]));
        plan.repairs.push(repair);
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
        let levels = draft.table().fields[column].levels.clone();
        for &line in lines {
            let own = draft.text(line, column);
            let others: Vec<&String> = levels.iter().filter(|level| **level != own).collect();
            draft.set(line, column, rng.pick(&others).as_str());
        }
        Ok(())
    }
}
