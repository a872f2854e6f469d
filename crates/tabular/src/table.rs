//! Table: typed columns under their fields. A missing value is `NaN` in a number column and `None` elsewhere.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::error::TabularError;
use crate::field::{Field, Kind, Role};
use crate::text;

/// The values of one column.
#[derive(Clone, Debug)]
pub enum Column {
    /// Floats; `NaN` is missing.
    Number(Vec<f64>),
    /// Whole numbers.
    Integer(Vec<Option<i64>>),
    /// Codes into the field's levels.
    Category(Vec<Option<u32>>),
    /// Free text.
    Text(Vec<Option<String>>),
    /// Seconds since 1970-01-01T00:00:00 UTC.
    Time(Vec<Option<i64>>),
}

/// One value of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Nothing.
    Missing,
    /// A finite float (or an infinity, if someone put one in); never `NaN`.
    Number(f64),
    /// A whole number.
    Integer(i64),
    /// A level.
    Category(&'a str),
    /// Text.
    Text(&'a str),
    /// Seconds since 1970-01-01T00:00:00 UTC.
    Time(i64),
}

impl Value<'_> {
    /// A number or a whole number as a float, anything else as `NaN`.
    pub fn as_number(self) -> f64 {
        match self {
            Self::Number(value) => value,
            Self::Integer(value) => value as f64,
            _ => f64::NAN,
        }
    }

    /// True for [`Value::Missing`].
    pub fn is_missing(self) -> bool {
        matches!(self, Self::Missing)
    }

    /// Equal by typed value: numbers within `tolerance * max(|a|, |b|)`, everything else exactly.
    pub fn close_to(self, other: Self, tolerance: f64) -> bool {
        let (a, b) = (self.as_number(), other.as_number());
        if a.is_nan() || b.is_nan() {
            return self == other;
        }
        a == b || (a - b).abs() <= tolerance * a.abs().max(b.abs())
    }
}

impl Column {
    /// A column of `rows` missing values.
    pub fn missing(kind: Kind, rows: usize) -> Self {
        match kind {
            Kind::Number => Self::Number(vec![f64::NAN; rows]),
            Kind::Integer => Self::Integer(vec![None; rows]),
            Kind::Category => Self::Category(vec![None; rows]),
            Kind::Text => Self::Text(vec![None; rows]),
            Kind::Time => Self::Time(vec![None; rows]),
        }
    }

    /// The type of its values.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Number(_) => Kind::Number,
            Self::Integer(_) => Kind::Integer,
            Self::Category(_) => Kind::Category,
            Self::Text(_) => Kind::Text,
            Self::Time(_) => Kind::Time,
        }
    }

    /// How many values it holds.
    pub fn len(&self) -> usize {
        match self {
            Self::Number(values) => values.len(),
            Self::Integer(values) | Self::Time(values) => values.len(),
            Self::Category(values) => values.len(),
            Self::Text(values) => values.len(),
        }
    }

    /// True if it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values at `rows`, in that order, with repeats.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Self {
        match self {
            Self::Number(values) => Self::Number(rows.iter().map(|&row| values[row]).collect()),
            Self::Integer(values) => Self::Integer(rows.iter().map(|&row| values[row]).collect()),
            Self::Category(values) => Self::Category(rows.iter().map(|&row| values[row]).collect()),
            Self::Text(values) => Self::Text(rows.iter().map(|&row| values[row].clone()).collect()),
            Self::Time(values) => Self::Time(rows.iter().map(|&row| values[row]).collect()),
        }
    }

    /// Appends the values of a column of the same type.
    fn extend(&mut self, more: &Self) {
        match (self, more) {
            (Self::Number(values), Self::Number(more)) => values.extend_from_slice(more),
            (Self::Integer(values), Self::Integer(more)) | (Self::Time(values), Self::Time(more)) => {
                values.extend_from_slice(more);
            }
            (Self::Category(values), Self::Category(more)) => values.extend_from_slice(more),
            (Self::Text(values), Self::Text(more)) => values.extend_from_slice(more),
            _ => unreachable!("equal fields have columns of one type"),
        }
    }

    /// Every value as a float: a whole number's, a code's or a time's own, `NaN` for missing and for text.
    pub fn numbers(&self) -> Cow<'_, [f64]> {
        match self {
            Self::Number(values) => Cow::Borrowed(values),
            Self::Integer(values) | Self::Time(values) => {
                values.iter().map(|value| value.map_or(f64::NAN, |value| value as f64)).collect()
            }
            Self::Category(values) => values.iter().map(|value| value.map_or(f64::NAN, f64::from)).collect(),
            Self::Text(values) => Cow::Owned(vec![f64::NAN; values.len()]),
        }
    }
}

/// Typed columns under their fields; every column has as many values as there are rows.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// What each column is.
    pub fields: Vec<Field>,
    /// The values, in the order of the fields.
    pub columns: Vec<Column>,
}

impl Table {
    /// A table whose columns fit their fields.
    ///
    /// # Errors
    /// A column of another type or length, a code beyond its levels, two columns of one name.
    pub fn new(fields: Vec<Field>, columns: Vec<Column>) -> Result<Self, TabularError> {
        let mut table = Self::default();
        if fields.len() != columns.len() {
            return Err(TabularError::Shape {
                column: String::new(),
                what: "fields and columns differ in number",
            });
        }
        for (field, column) in fields.into_iter().zip(columns) {
            table.push(field, column)?;
        }
        Ok(table)
    }

    /// Appends a column.
    ///
    /// # Errors
    /// The same as [`Table::new`].
    pub fn push(&mut self, field: Field, column: Column) -> Result<(), TabularError> {
        let shape = |what| Err(TabularError::Shape { column: field.name.clone(), what });
        if field.kind != column.kind() {
            return shape("its values have another type");
        }
        if !self.columns.is_empty() && column.len() != self.rows() {
            return shape("its length differs from the others");
        }
        if let Column::Category(codes) = &column
            && codes.iter().flatten().any(|&code| code as usize >= field.levels.len())
        {
            return shape("a code is beyond its levels");
        }
        if self.position(&field.name).is_some() {
            return Err(TabularError::DuplicateColumn { name: field.name });
        }
        self.fields.push(field);
        self.columns.push(column);
        Ok(())
    }

    /// The rows of tables with the same fields, one table under the other.
    ///
    /// # Errors
    /// There is no table, or two differ in their fields.
    pub fn stack(tables: &[Self]) -> Result<Self, TabularError> {
        let different =
            || TabularError::Shape { column: String::new(), what: "stacked tables differ in their fields" };
        let (first, rest) = tables.split_first().ok_or_else(different)?;
        let mut stacked = first.clone();
        for table in rest {
            if table.fields != stacked.fields {
                return Err(different());
            }
            for (column, more) in stacked.columns.iter_mut().zip(&table.columns) {
                column.extend(more);
            }
        }
        Ok(stacked)
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, Column::len)
    }

    /// The index of the column called `name`.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// The index of the column called `name`.
    ///
    /// # Errors
    /// There is none.
    pub fn require(&self, name: &str) -> Result<usize, TabularError> {
        self.position(name).ok_or_else(|| TabularError::MissingColumn {
            name: name.to_owned(),
            columns: self.fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>().join(", "),
        })
    }

    /// The index of the first column with this role.
    pub fn role(&self, role: Role) -> Option<usize> {
        self.fields.iter().position(|field| field.role == role)
    }

    /// The value at a row and a column.
    pub fn value(&self, row: usize, column: usize) -> Value<'_> {
        match &self.columns[column] {
            Column::Number(values) if values[row].is_nan() => Value::Missing,
            Column::Number(values) => Value::Number(values[row]),
            Column::Integer(values) => values[row].map_or(Value::Missing, Value::Integer),
            Column::Category(values) => values[row].map_or(Value::Missing, |code| {
                Value::Category(self.fields[column].levels[code as usize].as_str())
            }),
            Column::Text(values) => values[row].as_deref().map_or(Value::Missing, Value::Text),
            Column::Time(values) => values[row].map_or(Value::Missing, Value::Time),
        }
    }

    /// The cell as it is written to a CSV: empty for missing, shortest round-trip floats, ISO times.
    pub fn text(&self, row: usize, column: usize) -> Cow<'_, str> {
        text::write(self.value(row, column))
    }

    /// The rows at `rows`, in that order, with repeats.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Self {
        Self {
            fields: self.fields.clone(),
            columns: self.columns.iter().map(|column| column.take(rows)).collect(),
        }
    }

    /// The row of each id in the id column; rows without an id are left out, of equal ids the first counts.
    pub fn rows_by_id(&self) -> BTreeMap<String, usize> {
        let mut rows = BTreeMap::new();
        if let Some(column) = self.role(Role::Id) {
            for row in 0..self.rows() {
                if !self.value(row, column).is_missing() {
                    rows.entry(self.text(row, column).into_owned()).or_insert(row);
                }
            }
        }
        rows
    }
}

/// Equal by typed value: the same fields, and missing equals missing.
impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        self.fields == other.fields
            && self.rows() == other.rows()
            && (0..self.fields.len())
                .all(|column| (0..self.rows()).all(|row| self.value(row, column) == other.value(row, column)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(name: &str, values: &[f64]) -> (Field, Column) {
        (Field::new(name, Kind::Number, Role::Feature), Column::Number(values.to_vec()))
    }

    fn table(columns: Vec<(Field, Column)>) -> Result<Table, TabularError> {
        let (fields, columns) = columns.into_iter().unzip();
        Table::new(fields, columns)
    }

    #[test]
    fn columns_that_do_not_fit_are_refused() {
        let refused = |columns| table(columns).unwrap_err().to_string();
        assert_eq!(
            refused(vec![number("a", &[1.0]), number("b", &[1.0, 2.0])]),
            "column `b` does not fit: its length differs from the others"
        );
        assert_eq!(refused(vec![number("a", &[1.0]), number("a", &[1.0])]), "two columns are named `a`");
        let wrong = (Field::new("a", Kind::Text, Role::Feature), Column::Number(vec![1.0]));
        assert_eq!(refused(vec![wrong]), "column `a` does not fit: its values have another type");
        let mut field = Field::new("a", Kind::Category, Role::Feature);
        field.levels = vec!["x".to_owned()];
        assert_eq!(
            refused(vec![(field, Column::Category(vec![Some(1)]))]),
            "column `a` does not fit: a code is beyond its levels"
        );
        assert!(Table::new(Vec::new(), vec![Column::Text(Vec::new())]).is_err());
    }

    #[test]
    fn missing_equals_missing_and_rows_are_taken_with_repeats() {
        let first = table(vec![number("a", &[1.0, f64::NAN, 3.0])]).unwrap();
        assert_eq!(first, first.clone());
        let taken = first.take(&[2, 1, 2]);
        assert_eq!(taken, table(vec![number("a", &[3.0, f64::NAN, 3.0])]).unwrap());
        assert_ne!(taken, first);
        assert_eq!(first.require("b").unwrap_err().to_string(), "there is no column `b` among a");
    }

    #[test]
    fn every_kind_of_column_can_be_all_missing() {
        for kind in [Kind::Number, Kind::Integer, Kind::Category, Kind::Text, Kind::Time] {
            let column = Column::missing(kind, 2);
            assert_eq!((column.kind(), column.len()), (kind, 2));
            assert!(column.numbers().iter().all(|value| value.is_nan()));
            let table = Table::new(vec![Field::new("a", kind, Role::Feature)], vec![column]).unwrap();
            assert_eq!((table.value(1, 0), table.text(1, 0).as_ref()), (Value::Missing, ""));
        }
    }

    #[test]
    fn values_are_close_by_type() {
        assert!(Value::Number(1_000_000.0).close_to(Value::Integer(1_000_001), 1e-6));
        assert!(!Value::Number(1.0).close_to(Value::Number(1.01), 1e-6));
        assert!(Value::Missing.close_to(Value::Missing, 0.0));
        assert!(!Value::Missing.close_to(Value::Number(0.0), 1.0));
        assert!(!Value::Text("a").close_to(Value::Category("a"), 1.0));
    }

    #[test]
    fn of_equal_ids_the_first_row_counts() {
        let ids = Column::Integer(vec![Some(7), Some(8), Some(7), None]);
        let table = Table::new(vec![Field::new("row_id", Kind::Integer, Role::Id)], vec![ids]).unwrap();
        assert_eq!(table.rows_by_id(), BTreeMap::from([("7".to_owned(), 0), ("8".to_owned(), 1)]));
    }
}
