//! Why a table cannot be learned from.

use thiserror::Error;

/// Data that no model can be fitted to or asked about.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LearnError {
    /// There is nothing to learn from.
    #[error("the table has no rows; hint: keep at least one row")]
    NoRows,
    /// There is nothing to split on.
    #[error("the table has no feature columns; hint: keep at least one column")]
    NoColumns,
    /// Columns of different lengths.
    #[error(
        "column {column} has {found} values where the first has {expected}; hint: every column needs one value per row"
    )]
    Ragged {
        /// Number of the column, from 0.
        column: usize,
        /// Length of the first column.
        expected: usize,
        /// Length of this column.
        found: usize,
    },
    /// A missing or infinite value.
    #[error(
        "column {column} has no finite number in row {row}; hint: impute missing and infinite values first"
    )]
    NotFinite {
        /// Number of the column, from 0.
        column: usize,
        /// Number of the row, from 0.
        row: usize,
    },
    /// Labels that do not belong to the rows.
    #[error("{labels} labels for {rows} rows; hint: every row needs one label")]
    LabelCount {
        /// Rows of the table.
        rows: usize,
        /// Labels given.
        labels: usize,
    },
    /// A label outside the classes.
    #[error("row {row} has class {label}, but there are {classes} classes; hint: number classes from 0")]
    UnknownClass {
        /// Number of the row, from 0.
        row: usize,
        /// Its label.
        label: u32,
        /// How many classes there are.
        classes: usize,
    },
    /// A number to learn that is missing or infinite.
    #[error("row {row} has no finite number to learn; hint: leave such rows out")]
    NumberNotFinite {
        /// Number of the row, from 0.
        row: usize,
    },
    /// More rows, columns or classes than the packed layout holds.
    #[error("{what} is {found}, at most {limit} can be learned from; hint: take a sample")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much.
        found: usize,
        /// The limit.
        limit: usize,
    },
}
