//! C3, mojibake: a source reads UTF-8 as Windows-1252, once or twice.
//!
//! In life: an export opened in a spreadsheet and saved again. Parameters: how often. Evidence: values that are no
//! level and become one once their bytes are read rightly. Inverse: exact. Literature: `tab_err`'s `Mojibake`.

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, reaches};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::Kind;
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair, garble};
use crate::table::{Table, Value};

/// A source reads UTF-8 as Windows-1252.
pub(super) struct Mojibake;

impl Corruption for Mojibake {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "C3",
            name: "mojibake",
            class: Fairness::Exact,
            rate: 1.0,
            share: 0.5,
            doc: "A source reads UTF-8 as Windows-1252, so that accented letters fall apart.",
            notes: &[
                "the export is read as Windows-1252 though it is UTF-8",
                "accents come out as two signs since the gateway was exchanged",
                "character set of the transfer was set to Western European",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        for column in site.columns(rng, |field, _| field.kind == Kind::Category) {
            let field = &site.table.fields[column];
            let rounds = 1 + rng.below(2) as u8;
            let fix = Fix::Mojibake { rounds };
            let comes_back = |level: &String| {
                let garbled = garble(level, rounds);
                garbled == *level
                    || fix.cell(&garbled).as_ref() == Some(level) && !field.levels.contains(&garbled)
            };
            // A level that looks like mojibake itself would be "repaired" where it is right.
            let is_stable = |level: &String| fix.cell(level).is_none();
            if !field.levels.iter().all(|level| comes_back(level) && is_stable(level)) {
                continue;
            }
            let repair = Repair::new(site.source, &[&field.name], fix);
            let mut plan = Plan::new(&[&field.name], json!({ "rounds": rounds }));
            plan.evidence.push(Evidence::BecomesLegal { repair: repair.clone() });
            plan.evidence.push(site.log(rng, self.info(), &[]));
            plan.repairs.push(repair);
            if reaches(self, &plan, site.table) {
                return Some(plan);
            }
        }
        None
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        let column = plan.column(table)?;
        let breaks =
            |row: &usize| matches!(table.value(*row, column), Value::Category(level) if !level.is_ascii());
        Ok((0..table.rows()).filter(breaks).collect())
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
            let Fix::Mojibake { rounds } = repair.fix else { continue };
            for &line in lines {
                let garbled = garble(&draft.text(line, column), rounds);
                draft.set(line, column, &garbled);
            }
        }
        Ok(())
    }
}
