//! The input of every model: finite numbers in columns.

use crate::LearnError;

/// Rows beyond which a frame is refused; positions are kept in 32 bits.
const ROWS_MAX: usize = 1 << 24;
/// Columns beyond which a frame is refused.
const COLUMNS_MAX: usize = 1 << 16;
/// Classes beyond which labels are refused.
pub(crate) const CLASSES_MAX: usize = 1 << 12;

/// A column-major table of finite numbers. Whoever builds it has already imputed.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    columns: &'a [Vec<f64>],
    rows: usize,
}

impl<'a> Frame<'a> {
    /// A checked view of `columns`.
    ///
    /// # Errors
    /// No columns, no rows, columns of different lengths, a value that is not finite, or too large a table.
    pub fn new(columns: &'a [Vec<f64>]) -> Result<Self, LearnError> {
        let rows = columns.first().ok_or(LearnError::NoColumns)?.len();
        if rows == 0 {
            return Err(LearnError::NoRows);
        }
        limit("the number of rows", rows, ROWS_MAX)?;
        limit("the number of columns", columns.len(), COLUMNS_MAX)?;
        for (number, column) in columns.iter().enumerate() {
            if column.len() != rows {
                return Err(LearnError::Ragged { column: number, expected: rows, found: column.len() });
            }
            if let Some(row) = column.iter().position(|value| !value.is_finite()) {
                return Err(LearnError::NotFinite { column: number, row });
            }
        }
        Ok(Self { columns, rows })
    }

    /// How many rows there are: at least one.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns: at least one, all of the same length.
    pub fn columns(&self) -> &'a [Vec<f64>] {
        self.columns
    }
}

/// Checks that `labels` holds one class below `classes` for every row.
pub(crate) fn check_labels(rows: usize, labels: &[u32], classes: usize) -> Result<(), LearnError> {
    limit("the number of classes", classes, CLASSES_MAX)?;
    if labels.len() != rows {
        return Err(LearnError::LabelCount { rows, labels: labels.len() });
    }
    match labels.iter().position(|&label| label as usize >= classes) {
        Some(row) => Err(LearnError::UnknownClass { row, label: labels[row], classes }),
        None => Ok(()),
    }
}

/// Checks that `numbers` holds one finite number for every row.
pub(crate) fn check_numbers(rows: usize, numbers: &[f64]) -> Result<(), LearnError> {
    if numbers.len() != rows {
        return Err(LearnError::LabelCount { rows, labels: numbers.len() });
    }
    match numbers.iter().position(|number| !number.is_finite()) {
        Some(row) => Err(LearnError::NumberNotFinite { row }),
        None => Ok(()),
    }
}

fn limit(what: &'static str, found: usize, limit: usize) -> Result<(), LearnError> {
    if found > limit { Err(LearnError::TooLarge { what, found, limit }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_cannot_be_learned_from_is_refused_in_one_sentence() {
        let check = |columns: &[Vec<f64>], expected: &str| {
            let error = Frame::new(columns).unwrap_err().to_string();
            assert!(error.starts_with(expected) && error.contains("hint:"), "{error}");
        };
        check(&[], "the table has no feature columns");
        check(&[vec![]], "the table has no rows");
        check(&[vec![1.0, 2.0], vec![1.0]], "column 1 has 1 values where the first has 2");
        check(&[vec![1.0, f64::NAN]], "column 0 has no finite number in row 1");
        check(&vec![vec![1.0]; COLUMNS_MAX + 1], "the number of columns is 65537");
    }

    #[test]
    fn labels_fit_the_rows_and_the_classes() {
        assert_eq!(check_labels(2, &[0, 1], 2), Ok(()));
        assert_eq!(check_labels(2, &[0], 2), Err(LearnError::LabelCount { rows: 2, labels: 1 }));
        let unknown = LearnError::UnknownClass { row: 1, label: 2, classes: 2 };
        assert_eq!(check_labels(2, &[0, 2], 2), Err(unknown));
    }
}
