//! Field: everything a data dictionary says about one column.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// The type of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A 64-bit float.
    Number,
    /// A whole number.
    Integer,
    /// One of the field's levels.
    Category,
    /// Free text.
    Text,
    /// A moment: whole seconds since 1970-01-01T00:00:00 UTC.
    Time,
}

impl Kind {
    /// The word for it in messages and dictionaries.
    pub fn word(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Integer => "whole number",
            Self::Category => "known category",
            Self::Text => "text",
            Self::Time => "time",
        }
    }

    /// True for numbers and whole numbers.
    pub fn is_numeric(self) -> bool {
        matches!(self, Self::Number | Self::Integer)
    }
}

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Names the row.
    Id,
    /// Where the row comes from (site, device, uploader): errors are made per source.
    Source,
    /// When the row was recorded.
    Time,
    /// An observation of its own.
    Feature,
    /// Computed from other columns by the field's formula.
    Derived,
    /// A category that another category determines.
    Dependent,
    /// The label.
    Target,
}

impl Role {
    /// True for the columns that a model may read: `row_id`, `source`, `recorded_at` and the target are not.
    pub fn is_domain(self) -> bool {
        matches!(self, Self::Feature | Self::Derived | Self::Dependent)
    }
}

/// Another unit in which the same quantity is commonly written: `written = value * factor + offset`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unit {
    /// Its name.
    pub name: String,
    /// Multiplies the value in the field's own unit.
    pub factor: f64,
    /// Added after the multiplication.
    pub offset: f64,
}

impl Unit {
    /// The value as it would be written in this unit.
    pub fn write(&self, value: f64) -> f64 {
        value * self.factor + self.offset
    }

    /// The value in the field's own unit of what was written in this one.
    pub fn read(&self, written: f64) -> f64 {
        (written - self.offset) / self.factor
    }
}

/// `coefficient * product(column ^ power)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Monomial {
    /// The factor in front.
    pub coefficient: f64,
    /// Columns by name with their powers (never 0).
    pub powers: Vec<(String, i32)>,
}

/// A derived column's definition: a sum of monomials, rounded to `decimals`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Formula {
    /// The terms, summed in this order.
    pub terms: Vec<Monomial>,
    /// Digits after the point of the result.
    pub decimals: u8,
}

impl Formula {
    /// The value for the row that `read` answers for; missing (NaN) if any column is missing.
    pub fn value(&self, mut read: impl FnMut(&str) -> f64) -> f64 {
        let mut sum = 0.0;
        for term in &self.terms {
            let mut product = term.coefficient;
            for (column, power) in &term.powers {
                let value = read(column);
                for _ in 0..power.unsigned_abs() {
                    product = if *power > 0 { product * value } else { product / value };
                }
            }
            sum += product;
        }
        round_to(sum, self.decimals)
    }

    /// The value of one of its columns with which the result, before rounding, is `result`; nothing if the column does not
    /// stand in exactly one term, or in a power that is not 1, 2 or their inverse.
    pub fn solve(&self, column: &str, result: f64, mut read: impl FnMut(&str) -> f64) -> Option<f64> {
        let mut found: Option<(f64, i32)> = None;
        let mut others = 0.0;
        for term in &self.terms {
            let mut product = term.coefficient;
            let mut own = None;
            for (name, power) in &term.powers {
                if name == column {
                    own = Some(*power);
                    continue;
                }
                let value = read(name);
                for _ in 0..power.unsigned_abs() {
                    product = if *power > 0 { product * value } else { product / value };
                }
            }
            match own {
                None => others += product,
                Some(_) if found.is_some() => return None,
                Some(power) => found = Some((product, power)),
            }
        }
        let (factor, power) = found?;
        let powered = (result - others) / factor;
        let value = match power {
            1 => powered,
            -1 => 1.0 / powered,
            // A square root is exact to the last bit on every target, unlike other roots.
            2 => powered.sqrt(),
            -2 => (1.0 / powered).sqrt(),
            _ => return None,
        };
        value.is_finite().then_some(value)
    }

    /// The columns it reads, in order of first use.
    pub fn columns(&self) -> Vec<&str> {
        let mut columns: Vec<&str> = Vec::new();
        for (column, _) in self.terms.iter().flat_map(|term| &term.powers) {
            if !columns.contains(&column.as_str()) {
                columns.push(column);
            }
        }
        columns
    }

    /// The formula as a person and as Python would write it, without the rounding.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (index, term) in self.terms.iter().enumerate() {
            let magnitude = term.coefficient.abs();
            text.push_str(match (index, term.coefficient < 0.0) {
                (0, true) => "-",
                (0, false) => "",
                (_, true) => " - ",
                (_, false) => " + ",
            });
            let above: Vec<_> = term.powers.iter().filter(|(_, power)| *power > 0).collect();
            let below = term.powers.iter().filter(|(_, power)| *power < 0);
            let mut factors: Vec<String> = Vec::new();
            if magnitude != 1.0 || above.is_empty() {
                factors.push(format!("{magnitude}"));
            }
            factors.extend(above.into_iter().map(|(column, power)| powered(column, *power)));
            text.push_str(&factors.join(" * "));
            for (column, power) in below {
                let _ = write!(text, " / {}", powered(column, -power));
            }
        }
        text
    }
}

fn powered(column: &str, power: i32) -> String {
    if power == 1 { column.to_owned() } else { format!("{column} ** {power}") }
}

/// Rounds half away from zero to `decimals` digits after the point; the result is the double nearest to that
/// decimal, so that it is written short.
pub fn round_to(value: f64, decimals: u8) -> f64 {
    let scale = f64::from(10u32.pow(u32::from(decimals.min(9))));
    let scaled = (value * scale).round();
    if scaled.abs() < 9e15 { scaled / scale + 0.0 } else { value }
}

/// How another category determines this one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Determined {
    /// The determining column's name.
    pub by: String,
    /// This column's code for each code of the determining column.
    pub codes: Vec<u32>,
}

/// Everything a data dictionary says about one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// The header.
    pub name: String,
    /// The type of its values.
    pub kind: Kind,
    /// What it is for.
    pub role: Role,
    /// The unit of its values, or an empty string.
    pub unit: String,
    /// The least and the greatest legal value, if it is numeric and bounded.
    pub range: Option<(f64, f64)>,
    /// Digits after the point that are recorded, if that is fixed.
    pub decimals: Option<u8>,
    /// The legal values of a category, by code.
    pub levels: Vec<String>,
    /// Other units in which this quantity is commonly written.
    pub units: Vec<Unit>,
    /// A derived column's definition.
    pub formula: Option<Formula>,
    /// A dependent column's determinant.
    pub determined: Option<Determined>,
    /// One sentence for the data dictionary.
    pub doc: String,
}

impl Field {
    /// A plain field with nothing but a name, a type and a role.
    pub fn new(name: &str, kind: Kind, role: Role) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            role,
            unit: String::new(),
            range: None,
            decimals: None,
            levels: Vec::new(),
            units: Vec::new(),
            formula: None,
            determined: None,
            doc: String::new(),
        }
    }

    /// The code of a level.
    pub fn code(&self, level: &str) -> Option<u32> {
        self.levels.iter().position(|known| known == level).map(|code| code as u32)
    }

    /// True if `value` is inside the legal range, or there is none.
    pub fn admits(&self, value: f64) -> bool {
        self.range.is_none_or(|(low, high)| (low..=high).contains(&value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bmi() -> Formula {
        let powers = vec![("weight_kg".to_owned(), 1), ("height_cm".to_owned(), -2)];
        Formula { terms: vec![Monomial { coefficient: 10_000.0, powers }], decimals: 2 }
    }

    #[test]
    fn a_formula_is_computed_and_written() {
        let value = bmi().value(|name| if name == "weight_kg" { 70.0 } else { 175.0 });
        assert_eq!(value, 22.86);
        assert!(bmi().value(|_| f64::NAN).is_nan());
        assert_eq!(bmi().text(), "10000 * weight_kg / height_cm ** 2");
        assert_eq!(bmi().columns(), ["weight_kg", "height_cm"]);
    }

    #[test]
    fn a_formula_is_solved_for_each_of_its_columns() {
        let read = |name: &str| if name == "weight_kg" { 70.0 } else { 175.0 };
        let result = 10_000.0 * 70.0 / 175.0 / 175.0;
        for (column, value) in [("weight_kg", 70.0), ("height_cm", 175.0)] {
            let solved = bmi().solve(column, result, read).unwrap();
            assert!((solved - value).abs() < 1e-9, "{column}: {solved}");
        }
        assert_eq!(bmi().solve("age", result, read), None);
        assert_eq!(bmi().solve("height_cm", -1.0, read), None);
    }

    #[test]
    fn a_sum_keeps_its_signs() {
        let term = |coefficient, name: &str| Monomial { coefficient, powers: vec![(name.to_owned(), 1)] };
        let net = Formula { terms: vec![term(1.0, "gross"), term(-1.0, "tax")], decimals: 2 };
        assert_eq!(net.text(), "gross - tax");
        assert_eq!(net.value(|name| if name == "gross" { 10.5 } else { 0.25 }), 10.25);
    }

    #[test]
    fn rounding_gives_the_short_decimal_and_no_negative_zero() {
        assert_eq!(round_to(0.125, 2), 0.13);
        assert_eq!(format!("{:?}", round_to(-0.001, 1)), "0.0");
        assert!(round_to(f64::NAN, 1).is_nan());
        assert_eq!(round_to(1e300, 2), 1e300);
    }

    #[test]
    fn a_unit_reads_back_what_it_writes() {
        let fahrenheit = Unit { name: "degF".to_owned(), factor: 1.8, offset: 32.0 };
        assert_eq!(fahrenheit.write(100.0), 212.0);
        assert_eq!(fahrenheit.read(212.0), 100.0);
    }
}
