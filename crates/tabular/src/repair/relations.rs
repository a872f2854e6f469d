//! Repairs of a cell by what stands in other cells of its row.

use std::collections::BTreeMap;

use super::{Fix, number, rounded};
use crate::error::TabularError;
use crate::field::Formula;
use crate::raw::RawTable;
use crate::text::write_number;
use crate::time::{DAY_S, parse_iso};

/// A formula holds within this relative error: what it gives is recorded to the last digit.
const FORMULA_TOLERANCE: f64 = 1e-6;

/// Carries out a fix that looks at other cells of the row.
///
/// # Errors
/// A column that the fix names is not there.
pub(super) fn apply(
    fix: &Fix,
    rows: &mut [Vec<String>],
    touched: &[usize],
    columns: &[usize],
    raw: &RawTable,
) -> Result<(), TabularError> {
    let reader = Reader::new(fix, raw)?;
    for (row, column) in touched.iter().flat_map(|row| columns.iter().map(move |column| (*row, *column))) {
        if let Some(text) = reader.cell(fix, &rows[row], column, raw.headers()) {
            rows[row][column] = text;
        }
    }
    Ok(())
}

/// Where the other cells stand.
struct Reader {
    others: BTreeMap<String, usize>,
}

impl Reader {
    fn new(fix: &Fix, raw: &RawTable) -> Result<Self, TabularError> {
        let mut others = BTreeMap::new();
        let names: Vec<&str> = match fix {
            Fix::Lookup { by, .. } => vec![by],
            Fix::Drift { time, .. } | Fix::RecodeSince { time, .. } => vec![time],
            Fix::Solve { derived, formula, .. } => {
                formula.columns().into_iter().chain([derived.as_str()]).collect()
            }
            _ => Vec::new(),
        };
        for name in names {
            others.insert(name.to_owned(), raw.require(name)?);
        }
        Ok(Self { others })
    }

    fn text<'a>(&self, row: &'a [String], name: &str) -> &'a str {
        self.others.get(name).map_or("", |column| row[*column].as_str())
    }

    /// What a cell becomes, if it changes.
    fn cell(&self, fix: &Fix, row: &[String], column: usize, headers: &[String]) -> Option<String> {
        match fix {
            Fix::Lookup { by, map } => map.get(self.text(row, by)).cloned(),
            Fix::Drift { time, origin, rate, decimals } => {
                let moment = parse_iso(self.text(row, time))?;
                let days = (moment - origin) as f64 / DAY_S as f64;
                Some(write_number(rounded(number(&row[column])? / (1.0 + rate * days), *decimals)))
            }
            Fix::RecodeSince { time, since, map } => {
                let late = parse_iso(self.text(row, time))? >= *since;
                if late { map.get(&row[column]).cloned() } else { None }
            }
            Fix::Solve { derived, formula, decimals } => {
                self.solved(row, column, headers, (derived, formula, *decimals))
            }
            _ => None,
        }
    }

    fn solved(
        &self,
        row: &[String],
        column: usize,
        headers: &[String],
        (derived, formula, decimals): (&str, &Formula, Option<u8>),
    ) -> Option<String> {
        number(&row[column])?;
        let read = |name: &str| number(self.text(row, name)).unwrap_or(f64::NAN);
        let (found, wanted) = (read(derived), formula.value(read));
        if !found.is_finite()
            || !wanted.is_finite()
            || (found - wanted).abs() <= FORMULA_TOLERANCE * found.abs().max(wanted.abs())
        {
            return None;
        }
        let name = &headers[column];
        let value = if name == derived { wanted } else { formula.solve(name, found, read)? };
        value.is_finite().then(|| write_number(rounded(value, decimals)))
    }
}
