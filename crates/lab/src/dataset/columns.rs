//! Column summaries of the visible tables: what a person wants to see of a dataset before working with it.

use std::collections::BTreeMap;

use envy_core::Brief;
use envy_tabular::text::MISSING;
use envy_tabular::{RawLimits, RawTable};
use serde::Serialize;

/// How many of a column's most frequent values are named.
const FREQUENT_MAX: usize = 4;

/// A column counts as numbers if at least this share of what stands in it can be read as such; corrupted tables
/// have cells that cannot.
const NUMBER_SHARE: f64 = 0.9;

/// One visible table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TableSummary {
    /// The file's path.
    pub file: String,
    /// Data rows.
    pub rows: usize,
    /// Its columns, in order; empty if the file could not be read as a table.
    pub columns: Vec<ColumnSummary>,
    /// Why it could not be read, or an empty string.
    pub note: String,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnSummary {
    /// The header.
    pub name: String,
    /// Cells in which nothing stands.
    pub missing: usize,
    /// Different values that stand in it, as text.
    pub distinct: usize,
    /// The values.
    #[serde(flatten)]
    pub values: Summary,
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Summary {
    /// Numbers, nearly all of them.
    Numbers {
        /// The least.
        min: f64,
        /// The lower of the middle ones.
        median: f64,
        /// The greatest.
        max: f64,
        /// Cells in which something else stands.
        unreadable: usize,
    },
    /// Anything else.
    Text {
        /// The most frequent values and how often each stands there.
        frequent: Vec<(String, usize)>,
    },
}

/// The summaries of every visible CSV file.
pub(crate) fn summarise(brief: &Brief) -> Vec<TableSummary> {
    let is_table = |path: &str| path.rsplit('.').next().is_some_and(|end| end.eq_ignore_ascii_case("csv"));
    brief
        .files
        .iter()
        .filter(|file| is_table(&file.path))
        .map(|file| table(&file.path, &file.bytes))
        .collect()
}

fn table(file: &str, bytes: &[u8]) -> TableSummary {
    let file = file.to_owned();
    match RawTable::read(bytes, RawLimits::OWN) {
        Ok(table) => TableSummary {
            file,
            rows: table.rows(),
            columns: (0..table.headers().len()).map(|index| column(&table, index)).collect(),
            note: String::new(),
        },
        Err(error) => TableSummary { file, rows: 0, columns: Vec::new(), note: error.to_string() },
    }
}

fn column(table: &RawTable, index: usize) -> ColumnSummary {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut numbers = Vec::new();
    let mut missing = 0;
    for row in 0..table.rows() {
        let cell = table.cell(row, index);
        if MISSING.contains(&cell) {
            missing += 1;
            continue;
        }
        *counts.entry(cell).or_insert(0) += 1;
        if let Some(number) = cell.trim().parse().ok().filter(|number: &f64| number.is_finite()) {
            numbers.push(number);
        }
    }
    let present = table.rows() - missing;
    let values = if present > 0 && numbers.len() as f64 >= NUMBER_SHARE * present as f64 {
        numbers.sort_by(f64::total_cmp);
        Summary::Numbers {
            min: numbers[0],
            median: numbers[(numbers.len() - 1) / 2],
            max: numbers[numbers.len() - 1],
            unreadable: present - numbers.len(),
        }
    } else {
        let mut frequent: Vec<(String, usize)> =
            counts.iter().map(|(value, count)| ((*value).to_owned(), *count)).collect();
        frequent.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        frequent.truncate(FREQUENT_MAX);
        Summary::Text { frequent }
    };
    ColumnSummary { name: table.headers()[index].clone(), missing, distinct: counts.len(), values }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_words_are_told_apart_and_gaps_counted() {
        let rows = (0..18).map(|row| format!("{row},{},\n", if row % 3 == 0 { "north" } else { "south" }));
        let csv = format!("kwh,site,empty\n{}\"1,5\",south,\nNA,,\n", rows.collect::<String>());
        let summary = table("train.csv", csv.as_bytes());
        assert_eq!(summary.rows, 20);
        let [kwh, site, empty] = &summary.columns[..] else { panic!("three columns") };
        assert_eq!((kwh.missing, kwh.distinct), (1, 19));
        assert_eq!(kwh.values, Summary::Numbers { min: 0.0, median: 8.0, max: 17.0, unreadable: 1 });
        let frequent = vec![("south".to_owned(), 13), ("north".to_owned(), 6)];
        assert_eq!(site.values, Summary::Text { frequent });
        assert_eq!((empty.missing, &empty.values), (20, &Summary::Text { frequent: Vec::new() }));
    }

    #[test]
    fn a_file_that_is_no_table_says_why() {
        let summary = table("train.csv", b"a,b\n1\n");
        assert!(summary.columns.is_empty() && !summary.note.is_empty());
    }
}
