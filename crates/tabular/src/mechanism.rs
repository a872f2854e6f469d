//! Mechanism: where errors fall, apart from what they do.
//!
//! The three kinds follow `tab_err`: completely at random (ECAR), at random given another column (EAR), and not at
//! random, by the cell's own value or the row's label (ENAR). All draw an exact number of rows without replacement;
//! `odds` is how much likelier a row that meets the condition is than one that does not.

use envy_core::Rng;
use serde::{Deserialize, Serialize};

use crate::error::TabularError;
use crate::field::Role;
use crate::table::{Table, Value};
use crate::text;

/// A condition on a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Written to a CSV, it is this text.
    Equals(String),
    /// It is a number greater than this.
    Above(f64),
    /// It is a number less than this.
    Below(f64),
}

impl Condition {
    /// Whether a value meets it.
    pub fn holds(&self, value: Value<'_>) -> bool {
        match self {
            Self::Equals(wanted) => text::write(value) == wanted.as_str(),
            Self::Above(bound) => value.as_number() > *bound,
            Self::Below(bound) => value.as_number() < *bound,
        }
    }
}

/// Which rows an error falls on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Mechanism {
    /// ECAR: every row alike.
    Uniform,
    /// EAR: by another column.
    ByColumn {
        /// The other column.
        column: String,
        /// What makes a row likelier.
        condition: Condition,
        /// How much likelier, at least 0.
        odds: f64,
    },
    /// ENAR: by the value that will be hit.
    ByOwnValue {
        /// What makes a row likelier.
        condition: Condition,
        /// How much likelier, at least 0.
        odds: f64,
    },
    /// ENAR: by the row's label.
    ByLabel {
        /// What makes a row likelier.
        condition: Condition,
        /// How much likelier, at least 0.
        odds: f64,
    },
}

impl Mechanism {
    /// Draws exactly `count` of the candidate rows, in ascending order. `own` is the column that will be hit.
    ///
    /// # Errors
    /// The table has no such column, no label, or too few candidates.
    pub fn choose(
        &self,
        rng: &mut Rng,
        table: &Table,
        own: &str,
        candidates: &[usize],
        count: usize,
    ) -> Result<Vec<usize>, TabularError> {
        let (column, condition, odds) = match self {
            Self::Uniform => (None, &Condition::Above(0.0), 1.0),
            Self::ByColumn { column, condition, odds } => (Some(table.require(column)?), condition, *odds),
            Self::ByOwnValue { condition, odds } => (Some(table.require(own)?), condition, *odds),
            Self::ByLabel { condition, odds } => {
                let missing = || TabularError::Shape { column: String::new(), what: "there is no target" };
                (Some(table.role(Role::Target).ok_or_else(missing)?), condition, *odds)
            }
        };
        let weight = |row: usize| match column {
            Some(column) if condition.holds(table.value(row, column)) => odds,
            _ => 1.0,
        };
        let weights: Vec<f64> = candidates.iter().map(|row| weight(*row)).collect();
        let chosen = rng.weighted_top(&weights, count);
        if chosen.len() < count {
            let what = "fewer rows can be hit than must be";
            return Err(TabularError::Shape { column: own.to_owned(), what });
        }
        let mut rows: Vec<usize> = chosen.into_iter().map(|index| candidates[index]).collect();
        rows.sort_unstable();
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use envy_core::Seed;

    use super::*;
    use crate::field::{Field, Kind};
    use crate::table::Column;

    const ROWS: usize = 4000;

    fn table() -> Table {
        let mut label = Field::new("y", Kind::Category, Role::Target);
        label.levels = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        let labels = (0..ROWS).map(|row| Some((row % 4) as u32)).collect();
        let numbers = (0..ROWS).map(|row| (row % 10) as f64).collect();
        let fields = vec![Field::new("x", Kind::Number, Role::Feature), label];
        Table::new(fields, vec![Column::Number(numbers), Column::Category(labels)]).unwrap()
    }

    fn share(mechanism: &Mechanism, meets: impl Fn(usize) -> bool) -> f64 {
        let candidates: Vec<usize> = (0..ROWS).collect();
        let mut rng = Seed::named("mechanism").rng();
        let rows = mechanism.choose(&mut rng, &table(), "x", &candidates, 400).unwrap();
        assert_eq!(rows.len(), 400);
        assert!(rows.windows(2).all(|pair| pair[0] < pair[1]));
        rows.iter().filter(|row| meets(**row)).count() as f64 / 400.0
    }

    #[test]
    fn odds_skew_the_draw_towards_the_condition() {
        let label = Condition::Equals("b".to_owned());
        let is_b = |row: usize| row % 4 == 1;
        assert!((share(&Mechanism::Uniform, is_b) - 0.25).abs() < 0.07);
        // One in four rows with odds 6: two thirds of the first draws, a little less as they run out.
        let skewed = share(&Mechanism::ByLabel { condition: label.clone(), odds: 6.0 }, is_b);
        assert!((0.55..0.70).contains(&skewed), "{skewed}");
        let high = Condition::Above(4.5);
        let own = Mechanism::ByOwnValue { condition: high.clone(), odds: 9.0 };
        assert!(share(&own, |row| row % 10 > 4) > 0.8);
        let column = Mechanism::ByColumn { column: "x".to_owned(), condition: high, odds: 0.0 };
        assert_eq!(share(&column, |row| row % 10 > 4), 0.0);
    }

    #[test]
    fn what_cannot_be_drawn_is_an_error() {
        let mut rng = Seed::named("mechanism").rng();
        let mut choose = |mechanism: &Mechanism, count| {
            mechanism.choose(&mut rng, &table(), "x", &[1, 2, 3], count).map(|rows| rows.len())
        };
        assert_eq!(choose(&Mechanism::Uniform, 3), Ok(3));
        assert!(choose(&Mechanism::Uniform, 4).is_err());
        let condition = Condition::Above(0.0);
        let column = Mechanism::ByColumn { column: "z".to_owned(), condition, odds: 2.0 };
        assert!(choose(&column, 1).unwrap_err().to_string().contains("`z`"));
    }
}
