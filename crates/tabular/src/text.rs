//! One cell: how a value is written to a CSV and read back under its field.

use std::borrow::Cow;

use crate::error::TabularError;
use crate::field::{Field, Kind};
use crate::raw::RawTable;
use crate::table::{Column, Table, Value};
use crate::time;

/// What stands for "nothing" in a cell (pandas' own list), unless it is one of the field's levels.
pub const MISSING: [&str; 16] = [
    "", "NaN", "nan", "-nan", "-NaN", "NA", "<NA>", "N/A", "n/a", "#N/A", "NULL", "null", "None", "NaT",
    "#NA", "#N/A N/A",
];

/// How much of a bad cell an error shows, characters.
const SHOWN_CHARACTERS: usize = 40;

/// What a cell's text says under its field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Parsed<'a> {
    /// Nothing stands there.
    Missing,
    /// A value of the field's kind.
    Value(Value<'a>),
    /// Something stands there that is no value of the field's kind.
    Unreadable,
}

impl<'a> Parsed<'a> {
    /// The value; missing and unreadable are both [`Value::Missing`].
    pub fn or_missing(self) -> Value<'a> {
        match self {
            Self::Value(value) => value,
            Self::Missing | Self::Unreadable => Value::Missing,
        }
    }
}

/// The text of a value: empty for missing, shortest round-trip floats, ISO times.
pub fn write(value: Value<'_>) -> Cow<'_, str> {
    match value {
        Value::Missing => Cow::Borrowed(""),
        Value::Number(number) => Cow::Owned(write_number(number)),
        Value::Integer(number) => Cow::Owned(number.to_string()),
        Value::Category(text) | Value::Text(text) => Cow::Borrowed(text),
        Value::Time(seconds) => Cow::Owned(time::write_iso(seconds)),
    }
}

/// The shortest text that reads back as the same float: `5.0`, `0.1`, `1e16`.
pub fn write_number(number: f64) -> String {
    format!("{number:?}")
}

/// Reads a cell under its field. `5` and `5.0` are one number and one whole number; a category must be one of
/// the levels to the letter; a time is its instant.
pub fn parse<'a>(field: &'a Field, text: &'a str) -> Parsed<'a> {
    if field.kind == Kind::Category {
        return match field.code(text) {
            Some(code) => Parsed::Value(Value::Category(&field.levels[code as usize])),
            None if is_missing(text) => Parsed::Missing,
            None => Parsed::Unreadable,
        };
    }
    if is_missing(text) {
        return Parsed::Missing;
    }
    let value = match field.kind {
        Kind::Number => parse_number(text).map(Value::Number),
        Kind::Integer => parse_integer(text).map(Value::Integer),
        Kind::Time => time::parse_iso(text).map(Value::Time),
        Kind::Text | Kind::Category => Some(Value::Text(text)),
    };
    value.map_or(Parsed::Unreadable, Parsed::Value)
}

/// True if the text stands for "nothing".
pub fn is_missing(text: &str) -> bool {
    MISSING.contains(&text.trim())
}

/// A finite number with a point as the decimal sign and nothing around it but blanks.
pub fn parse_number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// A whole number, also when it is written as a float without a fraction (`5.0`, `1e3`).
pub fn parse_integer(text: &str) -> Option<i64> {
    let text = text.trim();
    text.parse().ok().or_else(|| {
        let number = parse_number(text)?;
        // Beyond 2^53 a float no longer names one whole number.
        (number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0).then_some(number as i64)
    })
}

/// A typed table from text whose header holds every field, in any order and among others.
///
/// # Errors
/// A field has no column, or a cell is no value of its kind.
pub fn read_table(fields: &[Field], raw: &RawTable) -> Result<Table, TabularError> {
    let mut columns = Vec::with_capacity(fields.len());
    for field in fields {
        columns.push(read_column(field, raw, raw.require(&field.name)?)?);
    }
    Table::new(fields.to_vec(), columns)
}

fn read_column(field: &Field, raw: &RawTable, index: usize) -> Result<Column, TabularError> {
    let mut column = Column::missing(field.kind, raw.rows());
    for row in 0..raw.rows() {
        let text = raw.cell(row, index);
        let value = match parse(field, text) {
            Parsed::Missing => continue,
            Parsed::Value(value) => value,
            Parsed::Unreadable => {
                return Err(TabularError::BadCell {
                    row: row + 1,
                    column: field.name.clone(),
                    text: text.chars().take(SHOWN_CHARACTERS).collect(),
                    kind: field.kind.word(),
                });
            }
        };
        match (&mut column, value) {
            (Column::Number(values), Value::Number(number)) => values[row] = number,
            (Column::Integer(values), Value::Integer(number))
            | (Column::Time(values), Value::Time(number)) => {
                values[row] = Some(number);
            }
            (Column::Category(values), Value::Category(level)) => values[row] = field.code(level),
            (Column::Text(values), Value::Text(text)) => values[row] = Some(text.to_owned()),
            _ => unreachable!("parse answers with the field's kind"),
        }
    }
    Ok(column)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::field::Role;

    fn field(kind: Kind) -> Field {
        let mut field = Field::new("x", kind, Role::Feature);
        if kind == Kind::Category {
            field.levels = vec!["NA".to_owned(), "North".to_owned()];
        }
        field
    }

    #[test]
    fn one_value_has_many_spellings() {
        let same = |kind, a, b| {
            let field = field(kind);
            let equal = parse(&field, a) == parse(&field, b);
            equal && matches!(parse(&field, a), Parsed::Value(_))
        };
        assert!(same(Kind::Number, "5", "5.0"));
        assert!(same(Kind::Number, " 5e0", "+5.00"));
        assert!(same(Kind::Integer, "5", "5.0"));
        assert!(same(Kind::Time, "2024-01-02", "2024-01-02T00:00:00Z"));
        assert!(!same(Kind::Category, "North", "north"));
        assert!(!same(Kind::Text, "a", "a "));
    }

    #[test]
    fn nothing_and_nonsense_differ() {
        for text in ["", "NaN", "None", " NA "] {
            assert_eq!(parse(&field(Kind::Number), text), Parsed::Missing, "{text:?}");
        }
        assert_eq!(parse(&field(Kind::Category), "NA"), Parsed::Value(Value::Category("NA")));
        assert_eq!(parse(&field(Kind::Category), ""), Parsed::Missing);
        assert_eq!(parse(&field(Kind::Category), "South"), Parsed::Unreadable);
        for text in ["inf", "1,5", "12 kg", "0x10", "-infinity"] {
            assert_eq!(parse(&field(Kind::Number), text), Parsed::Unreadable, "{text:?}");
        }
        assert_eq!(parse(&field(Kind::Integer), "5.5"), Parsed::Unreadable);
        assert_eq!(
            parse(&field(Kind::Integer), "9223372036854775807"),
            Parsed::Value(Value::Integer(i64::MAX))
        );
        assert_eq!(parse(&field(Kind::Integer), "1e30"), Parsed::Unreadable);
    }

    #[test]
    fn numbers_are_written_short_and_exact() {
        for (number, text) in [(5.0, "5.0"), (0.1, "0.1"), (1e16, "1e16"), (-2.5e-7, "-2.5e-7")] {
            assert_eq!(write_number(number), text);
            assert_eq!(parse_number(text), Some(number));
        }
    }

    proptest! {
        #[test]
        fn every_value_is_read_as_it_was_written(
            number in proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL | proptest::num::f64::ZERO,
            integer: i64,
            seconds in -62_000_000_000_i64..253_000_000_000,
        ) {
            for (kind, value) in [
                (Kind::Number, Value::Number(number)),
                (Kind::Integer, Value::Integer(integer)),
                (Kind::Time, Value::Time(seconds)),
            ] {
                let (field, text) = (field(kind), write(value));
                prop_assert_eq!(parse(&field, &text), Parsed::Value(value));
            }
        }

        #[test]
        fn a_whole_number_equals_its_float(integer in -1_000_000_000_000_i64..1_000_000_000_000) {
            let (field, text) = (field(Kind::Integer), format!("{integer}.0"));
            prop_assert_eq!(parse(&field, &text), Parsed::Value(Value::Integer(integer)));
        }

        #[test]
        fn no_text_makes_parsing_panic(text in "\\PC{0,12}|[-+:T0-9. Z]{0,24}") {
            for kind in [Kind::Number, Kind::Integer, Kind::Category, Kind::Text, Kind::Time] {
                let _ = parse(&field(kind), &text);
            }
        }
    }
}
