//! What the fixed model reads of a table: the domain columns as numbers, and the label.
//!
//! `row_id`, `source` and `recorded_at` are never features: a model that could read them would learn the corruption
//! instead of the world. Free text is no feature either.

use envy_tabular::{Field, Kind, Parsed, Role, Table, Value, text};

use super::exam::{Exam, Goal};

/// Numbers beyond this are cut, so that no square or sum of them overflows.
const MAGNITUDE_MAX: f64 = 1e100;

/// The columns of a model's table.
#[derive(Clone, Debug)]
pub(super) struct Encoder {
    fields: Vec<Field>,
    features: Vec<usize>,
    target: usize,
}

/// A table as a model reads it, column by column.
#[derive(Clone, Debug)]
pub(super) struct Encoded {
    /// The features; `NaN` is a missing or unreadable number. A category is its code, and one past the last code if
    /// it is missing or none of the levels.
    pub(super) columns: Vec<Vec<f64>>,
    /// The label of each row: the code of its class, if it is one of the classes, or a number.
    pub(super) labels: Vec<Option<f64>>,
}

impl Encoder {
    /// The encoder of tables with these fields.
    ///
    /// # Errors
    /// There is no target with classes or of numbers, or no feature.
    pub(super) fn new(fields: &[Field]) -> Result<Self, String> {
        let target = fields
            .iter()
            .position(|field| {
                field.role == Role::Target && (field.levels.len() >= 2 || field.kind.is_numeric())
            })
            .ok_or("the fields have no target with classes")?;
        let features: Vec<usize> = (0..fields.len())
            .filter(|&index| fields[index].role.is_domain() && fields[index].kind != Kind::Text)
            .collect();
        if features.is_empty() {
            return Err("the fields have no feature".to_owned());
        }
        Ok(Self { fields: fields.to_vec(), features, target })
    }

    /// All rows of a typed table.
    pub(super) fn whole(&self, table: &Table) -> Encoded {
        self.table(table, &(0..table.rows()).collect::<Vec<_>>())
    }

    /// The label's column.
    pub(super) fn target(&self) -> &Field {
        &self.fields[self.target]
    }

    /// What a label is.
    pub(super) fn goal(&self) -> Goal {
        goal(self.target())
    }

    /// The rows of a typed table that is true, as an exam.
    pub(super) fn exam(&self, table: &Table) -> Exam {
        Exam::new(self.whole(table), self.goal())
    }

    /// The indices of the features among the fields.
    pub(super) fn features(&self) -> &[usize] {
        &self.features
    }

    /// A typed table, its rows in the order of `rows`.
    pub(super) fn table(&self, table: &Table, rows: &[usize]) -> Encoded {
        let number = |&feature: &usize| {
            let numbers = table.columns[feature].numbers();
            rows.iter().map(|&row| self.feature(feature, numbers[row])).collect()
        };
        let labels = table.columns[self.target].numbers();
        Encoded {
            columns: self.features.iter().map(number).collect(),
            labels: rows
                .iter()
                .map(|&row| Some(labels[row]).filter(|label| !label.is_nan()).map(cut))
                .collect(),
        }
    }

    /// A table of texts: `cell(row, field)` for the given number of rows, `None` where there is no such column.
    pub(super) fn texts<'a>(
        &'a self,
        rows: usize,
        cell: impl Fn(usize, usize) -> Option<&'a str>,
    ) -> Encoded {
        let number = |&feature: &usize| {
            (0..rows).map(|row| self.feature(feature, self.number(feature, cell(row, feature)))).collect()
        };
        Encoded {
            columns: self.features.iter().map(number).collect(),
            labels: (0..rows).map(|row| answer(self.target(), cell(row, self.target)?)).collect(),
        }
    }

    fn number(&self, feature: usize, cell: Option<&str>) -> f64 {
        let field = &self.fields[feature];
        let Some(cell) = cell else { return f64::NAN };
        match text::parse(field, cell) {
            Parsed::Value(Value::Number(number)) => number,
            Parsed::Value(Value::Integer(number) | Value::Time(number)) => number as f64,
            // A fraction in a whole-number column is a readable number all the same.
            Parsed::Unreadable if field.kind == Kind::Integer => text::parse_number(cell).unwrap_or(f64::NAN),
            Parsed::Value(Value::Category(level)) => field.code(level).map_or(f64::NAN, f64::from),
            _ => f64::NAN,
        }
    }

    fn feature(&self, feature: usize, number: f64) -> f64 {
        if self.fields[feature].kind == Kind::Category && number.is_nan() {
            return self.fields[feature].levels.len() as f64;
        }
        cut(number)
    }
}

fn cut(number: f64) -> f64 {
    number.clamp(-MAGNITUDE_MAX, MAGNITUDE_MAX)
}

/// What the labels of a target are.
pub(super) fn goal(target: &Field) -> Goal {
    if target.kind.is_numeric() { Goal::Number } else { Goal::Classes(target.levels.len()) }
}

/// What a label's cell says: the code of its class, or its number.
pub(super) fn answer(target: &Field, cell: &str) -> Option<f64> {
    match goal(target) {
        Goal::Classes(_) => label(target, cell).map(f64::from),
        Goal::Number => text::parse_number(cell).filter(|number| !number.is_nan()).map(cut),
    }
}

/// The class that a label's cell names: a level to the letter, or as a number equal to a level (`2.0` for `2`).
pub(super) fn label(target: &Field, cell: &str) -> Option<u32> {
    let cell = cell.trim();
    target.code(cell).or_else(|| {
        let number = text::parse_number(cell)?;
        target
            .levels
            .iter()
            .position(|level| text::parse_number(level) == Some(number))
            .map(|code| code as u32)
    })
}

/// Equal to the bit, a missing number being equal to itself.
impl PartialEq for Encoded {
    fn eq(&self, other: &Self) -> bool {
        let bits =
            |columns: &[Vec<f64>]| -> Vec<u64> { columns.iter().flatten().map(|x| x.to_bits()).collect() };
        self.labels == other.labels
            && self.columns.len() == other.columns.len()
            && bits(&self.columns) == bits(&other.columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use envy_tabular::Column;

    fn fields() -> Vec<Field> {
        let mut plan = Field::new("plan", Kind::Category, Role::Feature);
        plan.levels = vec!["a".into(), "b".into()];
        let mut y = Field::new("y", Kind::Category, Role::Target);
        y.levels = vec!["0".into(), "1".into()];
        vec![
            Field::new("row_id", Kind::Text, Role::Id),
            Field::new("source", Kind::Text, Role::Source),
            Field::new("age", Kind::Number, Role::Feature),
            plan,
            y,
        ]
    }

    #[test]
    fn texts_and_values_encode_alike() {
        let encoder = Encoder::new(&fields()).unwrap();
        let columns = vec![
            Column::Text(vec![Some("r1".into()), Some("r2".into())]),
            Column::Text(vec![Some("s".into()), None]),
            Column::Number(vec![1.5, f64::NAN]),
            Column::Category(vec![Some(1), None]),
            Column::Category(vec![Some(0), Some(1)]),
        ];
        let table = Table::new(fields(), columns).unwrap();
        let texts: Vec<Vec<String>> =
            (0..2).map(|row| (0..5).map(|column| table.text(row, column).into_owned()).collect()).collect();
        let encoded = encoder.texts(2, |row, field| Some(texts[row][field].as_str()));
        assert_eq!(encoded, encoder.table(&table, &[0, 1]));
        assert_eq!(encoded.columns[1], [1.0, 2.0]);
    }

    #[test]
    fn what_cannot_be_read_is_missing_or_a_level_of_its_own() {
        let encoder = Encoder::new(&fields()).unwrap();
        let cells = [None, None, Some("12 kg"), Some("B"), Some("1.0")];
        let encoded = encoder.texts(1, |_, field| cells[field]);
        assert!(encoded.columns[0][0].is_nan());
        assert_eq!(encoded.columns[1], [2.0]);
        assert_eq!(encoded.labels, [Some(1.0)]);
        let encoded = encoder.texts(1, |_, _| None);
        assert_eq!(encoded.labels, [None]);
    }
}
