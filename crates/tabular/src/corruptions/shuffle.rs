//! N18, shuffle: a source's values of one column stand in each other's rows.
//!
//! In life: one column of a sheet sorted without the others, a join on the wrong key. Parameters: none. Evidence: a
//! total that is computed from the column does not agree, while every value is a likely one. Inverse: the value with
//! which the total agrees, as exact as the total is recorded. Literature: sorted-column accidents (Ziemann et al. 2016
//! on spreadsheets); `tab_err`'s `Permutate`; the original project's shuffles.

use std::collections::BTreeMap;

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::ledger::Fairness;
use crate::repair::Repair;
use crate::table::Table;

/// With a more frequent value some rows could only be given the value they have.
const FREQUENT_MAX: f64 = 0.25;

/// A source's values of one column stand in each other's rows.
pub(super) struct Shuffle;

impl Corruption for Shuffle {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "N18",
            name: "shuffle",
            class: Fairness::Partial,
            rate: 1.0,
            share: 0.4,
            doc: "A source's values of a column that a total depends on are shuffled among its rows.",
            notes: &[
                "{column} was sorted in the sheet without the other columns",
                "{column} was merged back on the wrong key",
                "order of {column} was lost when two exports were put together",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let fits = |column: usize| {
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            for row in 0..site.table.rows() {
                *counts.entry(site.table.text(row, column).into_owned()).or_default() += 1;
            }
            let most = counts.into_values().max().unwrap_or(0);
            most as f64 <= FREQUENT_MAX * site.table.rows() as f64
        };
        for column in site.columns(rng, |field, _| field.kind.is_numeric()) {
            let field = &site.table.fields[column];
            let Some((derived, fix)) = site.solve(column).filter(|_| fits(column)) else { continue };
            let repair = Repair::new(site.source, &[&field.name], fix);
            let mut plan = Plan::new(&[&field.name], json!({}));
            plan.evidence.push(Evidence::DerivedAgrees { column: derived, repair: repair.clone() });
            plan.evidence.push(site.log(rng, self.info(), &[("column", &field.name)]));
            plan.repairs.push(repair);
            return Some(plan);
        }
        None
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
        let own: Vec<String> = lines.iter().map(|line| draft.text(*line, column)).collect();
        let mut given: Vec<usize> = (0..lines.len()).collect();
        rng.shuffle(&mut given);
        // Whoever was given the value he had exchanges it with someone for whom both are new.
        for at in 0..given.len() {
            if own[given[at]] == own[at] {
                let takes = |other: &usize| own[given[*other]] != own[at] && own[given[at]] != own[*other];
                if let Some(other) = (0..given.len()).find(takes) {
                    given.swap(at, other);
                }
            }
        }
        for (line, from) in lines.iter().zip(given) {
            draft.set(*line, column, &own[from]);
        }
        Ok(())
    }
}
