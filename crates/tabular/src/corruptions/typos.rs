//! C2, typos: a source types categories with slips of the finger.
//!
//! In life: data entry without a list to choose from. Parameters: none; each hit cell has one slip - a neighbouring
//! key, a letter left out, doubled, or two exchanged. Evidence: values that are no level and one slip away from one.
//! Inverse: the nearest level, exact where levels are at least three slips apart. Literature: Damerau 1964 (four of
//! five typos are one of these); the hospital benchmark.

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, reaches};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::Kind;
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::table::{Table, Value};
use crate::text::is_missing;

/// The rows of a QWERTY keyboard.
const KEYS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
/// Two levels nearer than this could be mistaken for each other after a slip.
const LEVEL_DISTANCE_MIN: usize = 3;
/// A shorter level is not typed wrong.
const LETTERS_MIN: usize = 4;
/// Slips that are tried before a cell is given up; nearly every first one will do.
const ATTEMPTS: usize = 20;

/// A source types categories with slips of the finger.
pub(super) struct Typos;

impl Corruption for Typos {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "C2",
            name: "typos",
            class: Fairness::Exact,
            rate: 0.5,
            share: 0.4,
            doc: "A source types a category with slips of the finger, one a cell.",
            notes: &[
                "{column} is typed in without a list to choose from",
                "a temp copies {column} from paper by keyboard",
                "{column} is keyed in a hurry at the counter",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        for column in site.columns(rng, |field, _| field.kind == Kind::Category && are_apart(&field.levels)) {
            let field = &site.table.fields[column];
            let repair =
                Repair::new(site.source, &[&field.name], Fix::Nearest { levels: field.levels.clone() });
            let mut plan = Plan::new(&[&field.name], json!({}));
            plan.evidence.push(Evidence::BecomesLegal { repair: repair.clone() });
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
        let long = |row: &usize| matches!(table.value(*row, column), Value::Category(level) if level.chars().count() >= LETTERS_MIN);
        Ok((0..table.rows()).filter(long).collect())
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
            let level = draft.text(line, column);
            let comes_back = |typed: &String| {
                let back = |repair: &Repair| repair.fix.cell(typed).as_ref() == Some(&level);
                !is_missing(typed) && plan.repairs.iter().all(back)
            };
            let typed = (0..ATTEMPTS).map(|_| slip(rng, &level)).find(comes_back);
            let what = "no slip of the finger leaves a level recognisable";
            let failed = || TabularError::Shape { column: plan.columns.join(", "), what };
            draft.set(line, column, &typed.ok_or_else(failed)?);
        }
        Ok(())
    }
}

fn are_apart(levels: &[String]) -> bool {
    let long = levels.iter().filter(|level| level.chars().count() >= LETTERS_MIN).count();
    long > 0
        && levels.iter().enumerate().all(|(index, left)| {
            levels[index + 1..].iter().all(|right| strsim::osa_distance(left, right) >= LEVEL_DISTANCE_MIN)
        })
}

/// The text with one slip.
fn slip(rng: &mut Rng, text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let at = rng.below(letters.len());
    match rng.below(4) {
        0 => letters[at] = neighbour(rng, letters[at]),
        1 => {
            letters.remove(at);
        }
        2 => letters.insert(at, letters[at]),
        _ => letters.swap(at.saturating_sub(1), at),
    }
    letters.into_iter().collect()
}

/// A key beside the letter's, in the letter's own case; the letter itself if it is on no key.
fn neighbour(rng: &mut Rng, letter: char) -> char {
    let lower = letter.to_ascii_lowercase();
    let Some((row, at)) = KEYS.iter().find_map(|row| Some((row, row.find(lower)?))) else { return letter };
    let keys = row.as_bytes();
    let near = if at == 0 || (at + 1 < keys.len() && rng.chance(0.5)) { at + 1 } else { at - 1 };
    let key = char::from(keys[near]);
    if letter.is_ascii_uppercase() { key.to_ascii_uppercase() } else { key }
}
