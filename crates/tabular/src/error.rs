//! What can be wrong with a table.

use thiserror::Error;

/// What is wrong with a table, in one sentence; [`TabularError::hint`] says what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TabularError {
    /// The bytes hold no header line.
    #[error("the table has no header line")]
    NoHeader,
    /// There is a header and nothing under it.
    #[error("the table has no rows")]
    NoRows,
    /// A line has more or fewer fields than the first.
    #[error("line {line} has {found} fields where the first line has {expected}")]
    Ragged {
        /// One-based line number in the file.
        line: u64,
        /// Fields of the first line.
        expected: usize,
        /// Fields of this line.
        found: usize,
    },
    /// A limit was hit.
    #[error("the table has more than {limit} {what}")]
    TooLarge {
        /// What there is too much of: `bytes`, `rows`, `columns`, `cells`, `bytes in one cell`.
        what: &'static str,
        /// The most that is read.
        limit: u64,
    },
    /// The bytes are not UTF-8.
    #[error("line {line} is not UTF-8 text")]
    NotText {
        /// One-based line number in the file.
        line: u64,
    },
    /// The `csv` reader gave up.
    #[error("line {line} cannot be read as CSV")]
    Malformed {
        /// One-based line number in the file.
        line: u64,
    },
    /// Two columns have one name.
    #[error("two columns are named `{name}`")]
    DuplicateColumn {
        /// The name.
        name: String,
    },
    /// A column that is needed is not there.
    #[error("there is no column `{name}` among {columns}")]
    MissingColumn {
        /// The name that was looked for.
        name: String,
        /// The names that there are.
        columns: String,
    },
    /// A column number beyond the last column.
    #[error("there is no column number {number}: the table has {columns} columns")]
    MissingNumber {
        /// The number that was looked for.
        number: i64,
        /// How many columns there are.
        columns: usize,
    },
    /// There is nothing to predict the target from.
    #[error("the table has no column beside its target `{target}` that a model could read")]
    NoFeatures {
        /// The target's name.
        target: String,
    },
    /// The target has fewer than two classes.
    #[error("the target `{name}` has {classes} class(es); a task needs at least two")]
    TooFewClasses {
        /// The target's name.
        name: String,
        /// Its classes.
        classes: usize,
    },
    /// The target has so many values that it is no class label.
    #[error("the target `{name}` has {classes} different values; a task takes at most {limit} classes")]
    TooManyClasses {
        /// The target's name.
        name: String,
        /// Its classes.
        classes: usize,
        /// The most that are taken.
        limit: usize,
    },
    /// The target is to stay a number, and is none.
    #[error("the target `{name}` holds no numbers")]
    NoNumber {
        /// The target's name.
        name: String,
    },
    /// The target is to stay a number, and has so few values that it is a class.
    #[error("the target `{name}` has {numbers} different numbers; one that stays a number needs {least}")]
    TooFewNumbers {
        /// The target's name.
        name: String,
        /// Its different numbers.
        numbers: usize,
        /// The least that is taken.
        least: usize,
    },
    /// A cell cannot be what its column is.
    #[error("row {row}, column `{column}`: `{text}` is not a {kind}")]
    BadCell {
        /// One-based data row.
        row: usize,
        /// The column's name.
        column: String,
        /// What stands there, cut short.
        text: String,
        /// What was expected.
        kind: &'static str,
    },
    /// A line of a ledger is no event.
    #[error("line {line} of the ledger is no event")]
    BadEvent {
        /// One-based line number in the file.
        line: u64,
    },
    /// A fault cannot happen to this table.
    #[error("fault {operator} cannot be made: {what}")]
    Fault {
        /// The operator's code.
        operator: String,
        /// Why not.
        what: String,
    },
    /// The columns of a table do not fit its fields.
    #[error("column `{column}` does not fit: {what}")]
    Shape {
        /// The column's name.
        column: String,
        /// What does not fit.
        what: &'static str,
    },
}

impl TabularError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoHeader => "give a CSV file whose first line names the columns, or --no-header",
            Self::NoRows => "give a file with at least one data line; --skip-lines may skip too many",
            Self::Ragged { .. } => {
                "quote fields that hold the delimiter, or pass over leading lines with --skip-lines"
            }
            Self::TooLarge { .. } => "take a sample of the rows, or drop columns",
            Self::NotText { .. } => "save the file as UTF-8",
            Self::Malformed { .. } => "check the quotes on that line",
            Self::DuplicateColumn { .. } => "rename one of them",
            Self::MissingColumn { .. } | Self::MissingNumber { .. } => {
                "name the target by its header or by a zero-based number; -1 is the last column"
            }
            Self::NoFeatures { .. } => "give a table with at least one column of numbers or categories",
            Self::TooFewClasses { .. } => "choose another target column",
            Self::TooManyClasses { .. } => "choose a target that holds a class label, or bin it first",
            Self::NoNumber { .. } | Self::TooFewNumbers { .. } => {
                "choose another target column, or leave --regression out: then values are classes"
            }
            Self::Fault { .. } => "choose other operators, fewer faults or a smaller share of corrupt rows",
            Self::BadEvent { .. } | Self::BadCell { .. } | Self::Shape { .. } => {
                "the table was edited or belongs to another version; make it again"
            }
        }
    }
}
