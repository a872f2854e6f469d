//! C7, truncation: a source's field is too short for a category.
//!
//! In life: VARCHAR(8), a fixed-width file, a label printer. Parameters: the letters that fit. Evidence: values that
//! are no level but the beginning of just one. Inverse: that level, exact where beginnings differ. Literature:
//! truncated strings in Kim et al.'s taxonomy of dirty data (2003).

use std::collections::BTreeMap;

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, reaches};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::Kind;
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::table::{Table, Value};

/// A beginning of fewer letters could be anything.
const LETTERS_MIN: usize = 3;

/// A source's field is too short for a category.
pub(super) struct Truncation;

impl Corruption for Truncation {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "C7",
            name: "truncation",
            class: Fairness::Exact,
            rate: 0.7,
            share: 0.5,
            doc: "A source cuts a category off after a few letters.",
            notes: &[
                "{column} is limited to {letters} letters",
                "the field for {column} holds {letters} letters, the rest is cut",
                "fixed-width export, {letters} letters for {column}",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        for column in site.columns(rng, |field, _| field.kind == Kind::Category && field.levels.len() > 1) {
            let field = &site.table.fields[column];
            let longest = field.levels.iter().map(|level| level.chars().count()).max().unwrap_or(0);
            let mut lengths: Vec<usize> = (LETTERS_MIN..longest).collect();
            rng.shuffle(&mut lengths);
            for letters in lengths {
                let Some(aliases) = beginnings(&field.levels, letters) else { continue };
                let fix = Fix::Canonical { levels: field.levels.clone(), aliases: aliases.clone() };
                let comes_back = |(cut, level): (&String, &String)| fix.cell(cut).as_ref() == Some(level);
                if !aliases.iter().all(comes_back) {
                    continue;
                }
                let repair = Repair::new(site.source, &[&field.name], fix);
                let mut plan = Plan::new(&[&field.name], json!({ "letters": letters }));
                plan.evidence.push(Evidence::BecomesLegal { repair: repair.clone() });
                plan.repairs.push(repair);
                if reaches(self, &plan, site.table) {
                    let values = [("column", field.name.as_str()), ("letters", &letters.to_string())];
                    plan.evidence.push(site.log(rng, self.info(), &values));
                    return Some(plan);
                }
            }
        }
        None
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        let (column, letters) = (plan.column(table)?, letters(plan));
        let is_cut = |row: &usize| match table.value(*row, column) {
            Value::Category(level) => cut(level, letters) != level,
            _ => false,
        };
        Ok((0..table.rows()).filter(is_cut).collect())
    }

    fn apply(
        &self,
        _: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        let (column, letters) = (plan.column(draft.table())?, letters(plan));
        for &line in lines {
            let text = draft.text(line, column);
            draft.set(line, column, &cut(&text, letters));
        }
        Ok(())
    }
}

fn letters(plan: &Plan) -> usize {
    plan.parameters["letters"].as_u64().map_or(usize::MAX, |letters| letters as usize)
}

fn cut(level: &str, letters: usize) -> String {
    level.chars().take(letters).collect::<String>().trim_end().to_owned()
}

/// What is left of each level that is cut, if it is the beginning of that level alone.
fn beginnings(levels: &[String], letters: usize) -> Option<BTreeMap<String, String>> {
    let mut beginnings = BTreeMap::new();
    for level in levels {
        let beginning = cut(level, letters);
        if beginning == *level {
            continue;
        }
        let alike = levels.iter().filter(|other| other.starts_with(&beginning)).count();
        if alike != 1 || beginning.chars().count() < LETTERS_MIN {
            return None;
        }
        beginnings.insert(beginning, level.clone());
    }
    Some(beginnings)
}
