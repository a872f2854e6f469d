//! C5, concatenated: a source writes a number together with its unit or its name.
//!
//! In life: `12 kg` typed into a field for a number, `weight: 12` copied from a report. Parameters: the text beside the
//! number. Evidence: cells that are no number and become one without it. Inverse: exact. Literature: misfielded and
//! embedded values in Rahm and Do 2000; the beers benchmark's `oz.`.

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::table::Table;

/// A source writes a number together with its unit or its name.
pub(super) struct Concatenated;

impl Corruption for Concatenated {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "C5",
            name: "concatenated",
            class: Fairness::Exact,
            rate: 0.9,
            share: 0.5,
            doc: "A source writes a number together with its unit or its name, such as 12 kg.",
            notes: &[
                "{column} is copied as it stands on the display: {example}",
                "{column} comes as text, such as {example}",
                "the report writer prints {column} as {example}",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let columns = site.columns(rng, |field, _| field.kind.is_numeric());
        let field = &site.table.fields[*columns.first()?];
        let behind = !field.unit.is_empty() && rng.chance(0.7);
        let affix = if behind { field.unit.clone() } else { format!("{}:", field.name) };
        let fix = Fix::Affix { affixes: vec![affix.clone()] };
        let repair = Repair::new(site.source, &[&field.name], fix);
        let mut plan = Plan::new(&[&field.name], json!({ "affix": affix, "behind": behind }));
        plan.evidence.push(Evidence::BecomesLegal { repair: repair.clone() });
        let example = if behind { format!("12 {affix}") } else { format!("{affix} 12") };
        let values = [("column", field.name.as_str()), ("example", example.as_str())];
        plan.evidence.push(site.log(rng, self.info(), &values));
        plan.repairs.push(repair);
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
        let affix = plan.parameters["affix"].as_str().unwrap_or_default();
        let behind = plan.parameters["behind"].as_bool().unwrap_or_default();
        for &line in lines {
            let text = draft.text(line, column);
            let written = if behind { format!("{text} {affix}") } else { format!("{affix} {text}") };
            draft.set(line, column, &written);
        }
        Ok(())
    }
}
