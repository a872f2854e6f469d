//! C1, category variants: a source spells a category in ways of its own.
//!
//! In life: free-text entry, another locale's upper case, abbreviations of a form. Parameters: the styles, two of
//! upper case, lower case, blanks around, underscores for blanks, abbreviation. Evidence: values that are no level
//! and become one once case, blanks and dots are set aside. Inverse: exact, by the canonical key or the alias.
//! Literature: `CategorySwap` and formatting errors in Raha and `BigDansing`; rayyan and beers are full of them.

use std::collections::BTreeMap;

use envy_core::Rng;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, reaches};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::Kind;
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair, canonical_key};
use crate::table::{Table, Value};
use crate::text::is_missing;

/// How many styles one source mixes.
const STYLES: usize = 2;
/// The least letters of an abbreviation, and of what is worth abbreviating.
const ABBREVIATION_LETTERS: usize = 3;

/// A source spells a category in ways of its own.
pub(super) struct CategoryVariants;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Style {
    Upper,
    Lower,
    Padded,
    Underscored,
    Abbreviated,
}

const ALL_STYLES: [Style; 5] =
    [Style::Upper, Style::Lower, Style::Padded, Style::Underscored, Style::Abbreviated];

#[derive(Serialize, Deserialize)]
struct Parameters {
    styles: Vec<Style>,
    /// The abbreviation of a level.
    abbreviations: BTreeMap<String, String>,
}

impl Parameters {
    /// The spellings of a level that differ from it, in the order of the styles.
    fn spellings(&self, level: &str) -> Vec<String> {
        let spell = |style: &Style| match style {
            Style::Upper => Some(level.to_uppercase()),
            Style::Lower => Some(level.to_lowercase()),
            Style::Padded => Some(format!(" {level} ")),
            Style::Underscored => Some(level.replace([' ', '-'], "_")),
            Style::Abbreviated => self.abbreviations.get(level).cloned(),
        };
        let mut spellings: Vec<String> = self.styles.iter().filter_map(spell).collect();
        // A spelling that means "nothing" to a CSV reader (`na`) would be another kind of error.
        spellings.retain(|spelling| spelling != level && !is_missing(spelling));
        spellings
    }
}

impl Corruption for CategoryVariants {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "C1",
            name: "category-variants",
            class: Fairness::Exact,
            rate: 0.9,
            share: 0.5,
            doc: "A source spells a category in ways of its own: case, blanks, underscores, abbreviations.",
            notes: &[
                "{column} is typed in by hand, not chosen from the list",
                "no list on the screen: {column} is free text",
                "staff enter {column} as they are used to write it",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        for column in site.columns(rng, |field, _| field.kind == Kind::Category && field.levels.len() > 1) {
            let field = &site.table.fields[column];
            let mut styles = ALL_STYLES.to_vec();
            rng.shuffle(&mut styles);
            styles.truncate(STYLES);
            let parameters = Parameters { styles, abbreviations: abbreviations(&field.levels) };
            let aliases: BTreeMap<String, String> = if parameters.styles.contains(&Style::Abbreviated) {
                parameters.abbreviations.iter().map(|(level, short)| (short.clone(), level.clone())).collect()
            } else {
                BTreeMap::new()
            };
            let fix = Fix::Canonical { levels: field.levels.clone(), aliases };
            let comes_back = |level: &String| {
                parameters.spellings(level).iter().all(|text| fix.cell(text).as_ref() == Some(level))
            };
            if !field.levels.iter().all(comes_back) {
                continue;
            }
            let repair = Repair::new(site.source, &[&field.name], fix);
            let mut plan = Plan::new(&[&field.name], json!(parameters));
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
        let (column, parameters) = (plan.column(table)?, plan.read::<Parameters>()?);
        let has_spelling = |row: &usize| match table.value(*row, column) {
            Value::Category(level) => !parameters.spellings(level).is_empty(),
            _ => false,
        };
        Ok((0..table.rows()).filter(has_spelling).collect())
    }

    fn apply(
        &self,
        rng: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        let (column, parameters) = (plan.column(draft.table())?, plan.read::<Parameters>()?);
        for &line in lines {
            let spellings = parameters.spellings(&draft.text(line, column));
            if !spellings.is_empty() {
                draft.set(line, column, rng.pick(&spellings).as_str());
            }
        }
        Ok(())
    }
}

/// For each level that is long enough, its shortest beginning (three letters or more, and a dot) that no other level
/// shares.
fn abbreviations(levels: &[String]) -> BTreeMap<String, String> {
    let mut short = BTreeMap::new();
    let keys: Vec<String> = levels.iter().map(|level| canonical_key(level)).collect();
    for level in levels {
        let letters: Vec<char> = level.chars().collect();
        let beginnings = (ABBREVIATION_LETTERS..letters.len().saturating_sub(1))
            .map(|count| letters[..count].iter().collect::<String>());
        let unique = |beginning: &String| {
            let key = canonical_key(beginning);
            keys.iter().filter(|other| other.starts_with(&key)).count() == 1
        };
        if let Some(beginning) = beginnings.into_iter().find(unique) {
            short.insert(level.clone(), format!("{}.", beginning.trim_end()));
        }
    }
    short
}
