//! N4, digit slip: a source types numbers with a slip of the finger.
//!
//! In life: figures copied by hand: two neighbours exchanged, one left out, doubled, or the next key of the pad.
//! Parameters: none; each hit cell has one slip. Evidence: a total that is computed from the number does not agree.
//! Inverse: the number with which the total agrees, as exact as the total is recorded. Literature: keying errors in
//! clinical trials (Kahn et al. 2012); adjacent transpositions are what check digits were made for (Verhoeff 1969).

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, reaches};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::ledger::Fairness;
use crate::repair::Repair;
use crate::table::Table;
use crate::text::parse_number;

/// The keys beside each key of a number pad.
const PAD: [&str; 10] = ["12", "240", "1350", "26", "157", "2468", "359", "48", "579", "68"];
/// A slip that changes a number by less than this share would hide in the rounding of the total.
const CHANGE_MIN: f64 = 0.1;

/// A source types numbers with a slip of the finger.
pub(super) struct DigitSlip;

impl Corruption for DigitSlip {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "N4",
            name: "digit-slip",
            class: Fairness::Partial,
            rate: 0.65,
            share: 0.3,
            doc: "A source types a number that a total depends on with slips of the finger, one a cell.",
            notes: &[
                "{column} is copied from paper by hand",
                "figures of {column} are keyed twice at times, and not always alike",
                "{column} is typed on the number pad by temporary staff",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        for column in site.columns(rng, |field, _| field.kind.is_numeric()) {
            let field = &site.table.fields[column];
            let Some((derived, fix)) = site.solve(column) else { continue };
            let repair = Repair::new(site.source, &[&field.name], fix);
            let mut plan = Plan::new(&[&field.name], json!({}));
            plan.evidence.push(Evidence::DerivedAgrees { column: derived, repair: repair.clone() });
            plan.evidence.push(site.log(rng, self.info(), &[("column", &field.name)]));
            plan.repairs.push(repair);
            if reaches(self, &plan, site.table) {
                return Some(plan);
            }
        }
        None
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        let column = plan.column(table)?;
        Ok((0..table.rows()).filter(|row| !slips(&table.text(*row, column)).is_empty()).collect())
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
            let slips = slips(&draft.text(line, column));
            if !slips.is_empty() {
                draft.set(line, column, rng.pick(&slips).as_str());
            }
        }
        Ok(())
    }
}

/// The texts that one slip makes of a number and that are another number, well apart.
fn slips(text: &str) -> Vec<String> {
    let Some(value) = parse_number(text) else { return Vec::new() };
    let letters: Vec<char> = text.chars().collect();
    let digit = |at: usize| letters.get(at).and_then(|letter| letter.to_digit(10));
    let mut slips: Vec<Vec<char>> = Vec::new();
    for at in 0..letters.len() {
        let Some(own) = digit(at) else { continue };
        let changed = |edit: &dyn Fn(&mut Vec<char>)| {
            let mut letters = letters.clone();
            edit(&mut letters);
            letters
        };
        if digit(at + 1).is_some() {
            slips.push(changed(&|letters| letters.swap(at, at + 1)));
        }
        slips.push(changed(&|letters| {
            letters.remove(at);
        }));
        slips.push(changed(&|letters| letters.insert(at, letters[at])));
        for key in PAD[own as usize].chars() {
            slips.push(changed(&|letters| letters[at] = key));
        }
    }
    let apart = |text: &String| {
        parse_number(text).is_some_and(|slipped| (slipped - value).abs() >= CHANGE_MIN * value.abs())
            && !text.starts_with('.')
    };
    slips.into_iter().map(|letters| letters.into_iter().collect()).filter(apart).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_of_one_key_and_change_the_number() {
        let found = slips("71.2");
        for text in ["17.2", "771.2", "41.2", "1.2", "711.2"] {
            assert!(found.iter().any(|slip| slip == text), "{text} in {found:?}");
        }
        assert!(!found.iter().any(|slip| slip == "71.3" || slip == "71.2"));
        assert!(slips("").is_empty() && slips("warm").is_empty());
    }
}
