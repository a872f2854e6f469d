//! Corruptions: what goes wrong with a table, one operator a file.
//!
//! An operator plans a fault once, from a table of the population: what it does to one source, and what undoes it.
//! The plan is applied to any draw; how many rows and which ones is the recipe's business, not the operator's.

mod affine;
mod clock;
mod draft;
mod format;

mod annotator_drift;
mod bias;
mod bit_flip;
mod category_variants;
mod code_remap;
mod column_swap;
mod concatenated;
mod conflicting_duplicates;
mod date_format;
mod day_off;
mod decimal_comma;
mod decimal_shift;
mod dependency;
mod digit_slip;
mod duplicates;
mod furniture;
mod gain_drift;
mod infinity;
mod integer_offset;
mod label_convention;
mod label_noise;
mod misalignment;
mod missing;
mod mojibake;
mod noise;
mod office_dates;
mod outlier;
mod overflow;
mod quantisation;
mod saturation;
mod sentinel;
mod shifted_columns;
mod shuffle;
mod sign_flip;
mod time_zone;
mod truncation;
mod typos;
mod unit;

pub use draft::Draft;

use std::collections::BTreeMap;

use envy_core::{Rng, near};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::{Field, Kind, Role};
use crate::ledger::Fairness;
use crate::mechanism::Mechanism;
use crate::notes;
use crate::repair::{Fix, Repair, comparable};
use crate::table::{Column, Table};

/// Every operator, by code.
pub const ALL: &[&dyn Corruption] = &[
    &category_variants::CategoryVariants,
    &typos::Typos,
    &mojibake::Mojibake,
    &dependency::Dependency,
    &concatenated::Concatenated,
    &code_remap::CodeRemap,
    &truncation::Truncation,
    &date_format::DateFormatMix,
    &time_zone::TimeZone,
    &office_dates::OfficeDates,
    &day_off::DayOff,
    &label_convention::LabelConvention,
    &label_noise::LabelNoise,
    &annotator_drift::AnnotatorDrift,
    &unit::UnitChange,
    &decimal_shift::DecimalShift,
    &decimal_comma::DecimalComma,
    &digit_slip::DigitSlip,
    &sign_flip::SignFlip,
    &sentinel::Sentinel,
    &missing::Missing,
    &saturation::Saturation,
    &quantisation::Quantisation,
    &bit_flip::BitFlip,
    &overflow::Overflow,
    &bias::Bias,
    &gain_drift::GainDrift,
    &noise::Noise,
    &column_swap::ColumnSwap,
    &outlier::Outlier,
    &infinity::Infinity,
    &shuffle::Shuffle,
    &integer_offset::IntegerOffset,
    &duplicates::Duplicates,
    &conflicting_duplicates::ConflictingDuplicates,
    &misalignment::Misalignment,
    &furniture::Furniture,
    &shifted_columns::ShiftedColumns,
];

/// The template of new files, compiled where they would lie.
#[cfg(test)]
#[path = "../../../../xtask/templates/corruption.rs"]
mod template_name;
#[cfg(test)]
const _: &dyn Corruption = &template_name::Template;

/// The least share of clean rows that a plan must be able to hit, if it is to hit most rows of a source.
const REACH_MIN: f64 = 0.6;

/// Everything static about an operator.
pub struct CorruptionInfo {
    /// Its code in the catalogue, such as `N1`.
    pub code: &'static str,
    /// Its name on the command line, kebab-case.
    pub name: &'static str,
    /// How fairly it can be asked to be undone.
    pub class: Fairness,
    /// The share of a bad source's rows that it hits: 1 for the habit of a whole source.
    pub rate: f64,
    /// Its share of a recipe's corrupt rows, relative to others': a fault that hardly harms a model, or whose values
    /// are lost to everybody, gets less than one that makes a task.
    pub share: f64,
    /// One sentence for people.
    pub doc: &'static str,
    /// What a log says of it: at least three phrasings with the same places.
    pub notes: &'static [&'static str],
}

/// A kind of error.
pub trait Corruption: Sync {
    /// Everything static about it.
    fn info(&self) -> &'static CorruptionInfo;

    /// What it would do at a source, or nothing if the table gives it no hold.
    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan>;

    /// The rows of a clean table that it would change under this plan; all of them unless it says otherwise.
    ///
    /// # Errors
    /// The plan does not fit the table.
    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        let _ = plan;
        Ok((0..table.rows()).collect())
    }

    /// True if a source with this fault hits every row that it can hit: the rows of its own that stay right are such
    /// that it could not.
    fn hits_all(&self) -> bool {
        false
    }

    /// Does it to the lines, all of which must change.
    ///
    /// # Errors
    /// The plan does not fit the table.
    fn apply(
        &self,
        rng: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError>;
}

/// What an operator does at one source: the same for every draw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The columns it touches.
    pub columns: Vec<String>,
    /// What it does, in the operator's own words.
    pub parameters: Json,
    /// Where it falls, if that is the operator's own business.
    pub mechanism: Option<Mechanism>,
    /// What undoes it (or, for a partial one, what takes back what is wrong).
    pub repairs: Vec<Repair>,
    /// What may give it away; what does is checked on the finished table.
    pub evidence: Vec<Evidence>,
}

/// Where a fault is planned.
pub struct Site<'a> {
    /// Clean rows of the population.
    pub table: &'a Table,
    /// The source whose habit it will be.
    pub source: &'a str,
    /// The columns that the label depends on, the most telling first.
    pub used: &'a [String],
}

impl Plan {
    /// A plan for these columns that nothing undoes yet.
    pub fn new(columns: &[&str], parameters: Json) -> Self {
        let columns = columns.iter().map(|column| (*column).to_owned()).collect();
        Self { columns, parameters, mechanism: None, repairs: Vec::new(), evidence: Vec::new() }
    }

    /// The parameters as the operator's own type.
    ///
    /// # Errors
    /// They are another operator's or another version's.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, TabularError> {
        let what = "the parameters of the fault are of another version";
        serde_json::from_value(self.parameters.clone())
            .map_err(|_| TabularError::Shape { column: self.columns.join(", "), what })
    }

    /// The position of the only or first column.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn column(&self, table: &Table) -> Result<usize, TabularError> {
        table.require(self.columns.first().map_or("", String::as_str))
    }
}

impl Site<'_> {
    /// The domain columns that are accepted: those that the label depends on most first, two by two in random order,
    /// then the others.
    pub fn columns(&self, rng: &mut Rng, accept: impl Fn(&Field, &Column) -> bool) -> Vec<usize> {
        let fits = |column: &usize| {
            let field = &self.table.fields[*column];
            field.role.is_domain() && accept(field, &self.table.columns[*column])
        };
        let mut columns: Vec<usize> = (0..self.table.fields.len()).filter(fits).collect();
        rng.shuffle(&mut columns);
        // The headroom of a task hangs on it, and yet not every fault shall hit the one best column.
        let place = |column: &usize| {
            self.used
                .iter()
                .position(|name| *name == self.table.fields[*column].name)
                .map_or(usize::MAX, |at| at / 2)
        };
        columns.sort_by_key(place);
        columns
    }

    /// What makes a column agree with the formula that it has part in: the column that the formula gives, and the fix.
    pub fn solve(&self, column: usize) -> Option<(String, Fix)> {
        let field = &self.table.fields[column];
        let (derived, formula) = self.table.fields.iter().find_map(|derived| {
            let formula = derived.formula.as_ref()?;
            let has_part = derived.name == field.name || formula.columns().contains(&field.name.as_str());
            has_part.then_some((derived, formula))
        })?;
        // Tried on ones: whether it can be solved at all does not hang on the values.
        if derived.name != field.name {
            formula.solve(&field.name, f64::from(u16::MAX), |_| 1.0)?;
        }
        let decimals = if field.kind == Kind::Integer { Some(0) } else { field.decimals };
        let (name, formula) = (derived.name.clone(), formula.clone());
        Some((name.clone(), Fix::Solve { derived: name, formula, decimals }))
    }

    /// True if a formula gives or reads the column.
    pub fn is_related(&self, field: &Field) -> bool {
        let reads = |other: &Field| {
            other.formula.as_ref().is_some_and(|formula| formula.columns().contains(&field.name.as_str()))
        };
        field.formula.is_some() || self.table.fields.iter().any(reads)
    }

    /// The name of a column.
    pub fn name(&self, column: usize) -> &str {
        &self.table.fields[column].name
    }

    /// The header of the column of sources, or an empty text.
    pub fn header(&self, role: Role) -> &str {
        self.table.role(role).map_or("", |column| self.name(column))
    }

    /// A line of a log about this source, in one of the operator's phrasings.
    pub fn log(&self, rng: &mut Rng, info: &CorruptionInfo, values: &[(&str, &str)]) -> Evidence {
        let line = notes::write(info.notes[rng.below(info.notes.len())], values);
        Evidence::LogLine { source: self.source.to_owned(), line: format!("{}: {line}", self.source) }
    }
}

/// A column's middle and spread.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    /// The least value.
    pub least: f64,
    /// The median.
    pub median: f64,
    /// The greatest value.
    pub greatest: f64,
    /// The interquartile range, greater than 0.
    pub iqr: f64,
}

impl Spread {
    /// Of a numeric column's finite values; nothing if half of them are equal.
    pub fn of(column: &Column) -> Option<Self> {
        let mut values: Vec<f64> =
            column.numbers().iter().copied().filter(|value| value.is_finite()).collect();
        if values.is_empty() {
            return None;
        }
        values.sort_by(f64::total_cmp);
        let at = |share: f64| values[((values.len() - 1) as f64 * share) as usize];
        let spread = Self { least: at(0.0), median: at(0.5), greatest: at(1.0), iqr: at(0.75) - at(0.25) };
        (spread.iqr > 0.0).then_some(spread)
    }
}

/// Whether a plan can hit so many rows of a clean table as it will hit of its source's: one that cannot would have to
/// choose those by it, and the choice would give them away.
pub(crate) fn reaches(operator: &dyn Corruption, plan: &Plan, table: &Table) -> bool {
    let hit = operator.candidates(plan, table).map_or(0, |rows| rows.len());
    hit as f64 >= REACH_MIN.min(operator.info().rate) * table.rows() as f64
}

/// The rows that no other row equals in these columns, ascending.
fn unique_rows(table: &Table, columns: &[usize]) -> Vec<usize> {
    let mut rows: BTreeMap<Vec<String>, Vec<usize>> = BTreeMap::new();
    for row in 0..table.rows() {
        let key = columns.iter().map(|column| comparable(&table.text(row, *column))).collect();
        rows.entry(key).or_default().push(row);
    }
    let mut unique: Vec<usize> = rows.into_values().filter(|rows| rows.len() == 1).flatten().collect();
    unique.sort_unstable();
    unique
}

/// The operator of a code (`N1`) or a name (`unit`).
///
/// # Errors
/// There is none.
pub fn find(name: &str) -> Result<&'static dyn Corruption, TabularError> {
    let known = |operator: &&&dyn Corruption| {
        operator.info().name == name || operator.info().code.eq_ignore_ascii_case(name)
    };
    ALL.iter().chain(crate::series::faults::ALL).find(known).copied().ok_or_else(|| TabularError::Fault {
        operator: name.to_owned(),
        what: format!(
            "no such operator; {}",
            near::suggestion(name, ALL.iter().chain(crate::series::faults::ALL).map(|each| each.info().name))
        ),
    })
}

#[cfg(test)]
pub(crate) mod tests;
