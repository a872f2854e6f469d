//! C6, code remap: a source stores a category's number instead of its name.
//!
//! In life: an old release that kept codes, a foreign key exported unresolved. Parameters: the first number. Evidence:
//! values that are no level; a change note tells the codes. Inverse: the map, exact. Literature: encoding
//! inconsistencies in Rahm and Do 2000.

use std::collections::BTreeMap;

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::Kind;
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::table::Table;

/// Longer lists of codes are not told in one line of a log.
const LEVELS_MAX: usize = 12;

/// A source stores a category's number instead of its name.
pub(super) struct CodeRemap;

impl Corruption for CodeRemap {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "C6",
            name: "code-remap",
            class: Fairness::Exact,
            rate: 1.0,
            share: 0.5,
            doc: "A source stores the numbers of a category's levels instead of their names.",
            notes: &[
                "{column} is stored as its code: {codes}",
                "the old release keeps numbers for {column}: {codes}",
                "key table of {column} was left out of the export: {codes}",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let short = |levels: usize| (2..=LEVELS_MAX).contains(&levels);
        for column in site.columns(rng, |field, _| field.kind == Kind::Category && short(field.levels.len()))
        {
            let field = &site.table.fields[column];
            let first = rng.below(2);
            let codes = field.levels.iter().enumerate();
            let map: BTreeMap<String, String> =
                codes.map(|(code, level)| ((first + code).to_string(), level.clone())).collect();
            if field.levels.iter().any(|level| map.contains_key(level)) {
                continue;
            }
            let told: Vec<String> = field
                .levels
                .iter()
                .enumerate()
                .map(|(code, level)| format!("{} = {level}", first + code))
                .collect();
            let repair = Repair::new(site.source, &[&field.name], Fix::Recode { map });
            let mut plan = Plan::new(&[&field.name], json!({ "first": first }));
            plan.evidence.push(Evidence::BecomesLegal { repair: repair.clone() });
            let values = [("column", field.name.as_str()), ("codes", &told.join(", "))];
            plan.evidence.push(site.log(rng, self.info(), &values));
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
        _: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        let column = plan.column(draft.table())?;
        for repair in &plan.repairs {
            let Fix::Recode { map } = &repair.fix else { continue };
            let codes: BTreeMap<&str, &str> =
                map.iter().map(|(code, level)| (level.as_str(), code.as_str())).collect();
            for &line in lines {
                if let Some(code) = codes.get(draft.text(line, column).as_str()) {
                    draft.set(line, column, code);
                }
            }
        }
        Ok(())
    }
}
