//! Repairs: what undoes a fault, keyed by source and never by row, as data that Rust and Python carry out alike.
//!
//! A plan is a list of steps that run in order on a table of texts. A step touches the rows whose source is listed
//! (all rows if none is) and the columns it names; a cell that a step cannot read stays as it is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::TabularError;
use crate::field::{Formula, round_to};
use crate::raw::RawTable;
use crate::text::{is_missing, parse_number, write_number};

mod course;
mod dates;
mod fix;
mod lines;
mod mojibake;
mod relations;
mod spelling;

pub use dates::{DATE_FORMATS, DateFormat, OFFICE_FORMATS};
pub use fix::Fix;
pub use mojibake::{garble, ungarble};
pub use spelling::{NumberFormat, canonical_key};

/// The schema of a plan.
pub const REPAIR_PLAN: &str = "envy.repair-plan/1";
/// The powers of ten that [`Fix::DecimalShift`] tries to multiply with and to divide by.
pub const SHIFT_SCALES: [f64; 3] = [10.0, 100.0, 1000.0];
/// The sign and the exponent of an IEEE 754 double, which [`Fix::BitFlip`] looks at.
pub const FLIPPED_BITS: std::ops::RangeInclusive<u32> = 52..=63;
/// How many times a counter may have gone round for [`Fix::Wrap`] to bring it back.
pub const WRAPS_MAX: u32 = 3;
/// The most slips that [`Fix::Nearest`] undoes.
pub const SLIPS_MAX: usize = 2;

/// Steps that bring a table back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RepairPlan {
    /// Always [`REPAIR_PLAN`].
    pub schema: String,
    /// The column that says where a row comes from.
    pub source_column: String,
    /// The steps, in the order in which they run.
    pub steps: Vec<Repair>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Repair {
    /// The sources whose rows it touches; all rows if the list is empty.
    pub sources: Vec<String>,
    /// The columns it touches, one after the other; what [`Fix::Dedupe`] compares, [`Fix::Swap`] exchanges and
    /// [`Fix::Lag`] moves together.
    pub columns: Vec<String>,
    /// What it does.
    #[serde(flatten)]
    pub fix: Fix,
}

impl RepairPlan {
    /// A plan of these steps.
    pub fn new(source_column: &str, steps: Vec<Repair>) -> Self {
        Self { schema: REPAIR_PLAN.to_owned(), source_column: source_column.to_owned(), steps }
    }

    /// Carries the plan out.
    ///
    /// # Errors
    /// A column that the plan names is not there.
    pub fn apply(&self, raw: &RawTable) -> Result<RawTable, TabularError> {
        let source = raw.require(&self.source_column)?;
        let width = raw.headers().len();
        let row = |row| (0..width).map(|column| raw.cell(row, column).to_owned()).collect();
        let mut rows: Vec<Vec<String>> = (0..raw.rows()).map(row).collect();
        for step in &self.steps {
            let columns: Result<Vec<usize>, _> = step.columns.iter().map(|name| raw.require(name)).collect();
            let columns = columns?;
            let touched: Vec<usize> = (0..rows.len())
                .filter(|row| step.sources.is_empty() || step.sources.contains(&rows[*row][source]))
                .collect();
            step.fix.apply(&mut rows, &touched, &columns, raw)?;
        }
        RawTable::new(raw.headers().to_vec(), rows)
    }
}

impl Repair {
    /// A step for one source and these columns.
    pub fn new(source: &str, columns: &[&str], fix: Fix) -> Self {
        let columns = columns.iter().map(|column| (*column).to_owned()).collect();
        Self { sources: vec![source.to_owned()], columns, fix }
    }
}

impl Fix {
    fn apply(
        &self,
        rows: &mut Vec<Vec<String>>,
        touched: &[usize],
        columns: &[usize],
        raw: &RawTable,
    ) -> Result<(), TabularError> {
        match self {
            Self::Swap => {
                if let [left, right] = columns {
                    for row in touched {
                        rows[*row].swap(*left, *right);
                    }
                }
            }
            Self::Lag { lag } => roll(rows, touched, columns, *lag),
            Self::Dedupe => lines::dedupe(rows, touched, columns),
            Self::Discard { marks } => lines::discard(rows, touched, columns, marks),
            Self::Supersede => lines::supersede(rows, touched, columns),
            Self::Unshift => lines::unshift(rows, touched, columns),
            Self::Lookup { .. } | Self::Solve { .. } | Self::Drift { .. } | Self::RecodeSince { .. } => {
                relations::apply(self, rows, touched, columns, raw)?;
            }
            Self::Fill { formula } => fill(rows, touched, columns, formula, raw)?,
            Self::Trend { .. }
            | Self::Unmean { .. }
            | Self::OffGrid { .. }
            | Self::Buffered { .. }
            | Self::Undelta { .. }
            | Self::Unreset { .. }
            | Self::Frozen { .. }
            | Self::Despike { .. }
            | Self::Twin { .. } => course::apply(self, rows, touched, columns, raw)?,
            _ => {
                for (row, column) in touched.iter().flat_map(|row| columns.iter().map(move |c| (*row, *c))) {
                    if let Some(text) = self.cell(&rows[row][column]) {
                        rows[row][column] = text;
                    }
                }
            }
        }
        Ok(())
    }

    /// What a cell becomes, if this fix looks at one cell at a time and changes this one.
    pub fn cell(&self, text: &str) -> Option<String> {
        match self {
            Self::Affine { factor, offset, decimals } => {
                let value = (number(text)? - offset) / factor;
                Some(write_number(rounded(value, *decimals)))
            }
            Self::DecimalShift { low, high, decimals } => {
                let value = number(text)?;
                let shifted = unshift(value, *low, *high)?;
                Some(write_number(rounded(shifted, *decimals)))
            }
            Self::BitFlip { low, high } => unflip(number(text)?, *low, *high).map(write_number),
            Self::Sentinel { values } => values.iter().any(|value| same(value, text)).then(String::new),
            Self::OutOfRange { low, high } => (!(*low..=*high).contains(&number(text)?)).then(String::new),
            Self::Recode { map } => map.get(text).cloned(),
            Self::Canonical { levels, aliases } => spelling::canonical(text, levels, aliases),
            Self::Nearest { levels } => spelling::nearest(text, levels),
            Self::Dates { format } => format.read(text).map(crate::time::write_iso),
            Self::Number { format } => format.read(text).map(write_number),
            Self::Mojibake { rounds } => ungarble(text, *rounds),
            Self::Wrap { low, high, modulus, decimals } => {
                let back = unwrapped(number(text)?, *low, *high, *modulus)?;
                Some(write_number(rounded(back, *decimals)))
            }
            Self::Affix { affixes } => affixes.iter().find_map(|affix| stripped(text, affix)),
            Self::Moment { seconds } => {
                crate::time::parse_iso(text).map(|moment| crate::time::write_iso(moment - seconds))
            }
            Self::Zone { since, before, after } => crate::time::parse_iso(text)
                .map(|moment| crate::time::write_iso(moment - if moment < *since { before } else { after })),
            // What looks at more than one cell.
            _ => None,
        }
    }
}

/// The value times the one power of ten that brings it into the range, if it is outside and exactly one does.
pub fn unshift(value: f64, low: f64, high: f64) -> Option<f64> {
    if (low..=high).contains(&value) {
        return None;
    }
    let larger = SHIFT_SCALES.iter().map(|scale| value * scale);
    let candidates = larger.chain(SHIFT_SCALES.iter().map(|scale| value / scale));
    let mut inside = candidates.filter(|candidate| (low..=high).contains(candidate));
    let first = inside.next();
    if inside.next().is_some() { None } else { first }
}

/// The value with the one bit of its sign or exponent flipped that brings it into the range, if it is outside and
/// exactly one does.
fn unflip(value: f64, low: f64, high: f64) -> Option<f64> {
    if (low..=high).contains(&value) {
        return None;
    }
    let flipped = FLIPPED_BITS.map(|bit| f64::from_bits(value.to_bits() ^ (1 << bit)));
    let mut inside = flipped.filter(|flipped| (low..=high).contains(flipped));
    let first = inside.next();
    if inside.next().is_some() { None } else { first }
}

/// The value moved by the one multiple of the modulus that brings it into the range, if it is outside and exactly one does.
fn unwrapped(value: f64, low: f64, high: f64, modulus: f64) -> Option<f64> {
    if (low..=high).contains(&value) {
        return None;
    }
    let turns = (1..=WRAPS_MAX).flat_map(|turn| [f64::from(turn), -f64::from(turn)]);
    let mut inside =
        turns.map(|turn| value + turn * modulus).filter(|candidate| (low..=high).contains(candidate));
    let first = inside.next();
    if inside.next().is_some() { None } else { first }
}

/// The text without the affix at its beginning or its end, if there is more to it.
fn stripped(text: &str, affix: &str) -> Option<String> {
    let text = text.trim();
    let rest = text.strip_suffix(affix).or_else(|| text.strip_prefix(affix))?.trim();
    (!rest.is_empty() && !affix.is_empty()).then(|| rest.to_owned())
}

/// A cell as [`Fix::Dedupe`] compares it: the shortest text of its number, or its trimmed text.
pub fn comparable(text: &str) -> String {
    number(text).map_or_else(|| text.trim().to_owned(), write_number)
}

fn number(text: &str) -> Option<f64> {
    if is_missing(text) { None } else { parse_number(text) }
}

fn rounded(value: f64, decimals: Option<u8>) -> f64 {
    decimals.map_or(value, |decimals| round_to(value, decimals))
}

fn same(left: &str, right: &str) -> bool {
    match (number(left), number(right)) {
        (Some(left), Some(right)) => left == right,
        _ => left.trim() == right.trim(),
    }
}

fn roll(rows: &mut [Vec<String>], touched: &[usize], columns: &[usize], lag: i64) {
    let count = touched.len() as i64;
    for &column in columns {
        let cells: Vec<String> = touched.iter().map(|row| rows[*row][column].clone()).collect();
        for (index, &row) in touched.iter().enumerate() {
            let from = (index as i64 + lag).rem_euclid(count);
            rows[row][column].clone_from(&cells[from as usize]);
        }
    }
}

fn fill(
    rows: &mut [Vec<String>],
    touched: &[usize],
    columns: &[usize],
    formula: &Formula,
    raw: &RawTable,
) -> Result<(), TabularError> {
    let mut inputs = BTreeMap::new();
    for name in formula.columns() {
        inputs.insert(name.to_owned(), raw.require(name)?);
    }
    for (row, column) in touched.iter().flat_map(|row| columns.iter().map(move |column| (*row, *column))) {
        if is_missing(&rows[row][column]) {
            let value = formula.value(|name| number(&rows[row][inputs[name]]).unwrap_or(f64::NAN));
            if value.is_finite() {
                rows[row][column] = write_number(value);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
