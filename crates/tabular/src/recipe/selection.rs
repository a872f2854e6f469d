//! Selection: by what the rows of a bad source differ from others.

use envy_core::Rng;
use serde::{Deserialize, Serialize};

use crate::corruptions::{Plan, Spread};
use crate::field::Kind;
use crate::mechanism::{Condition, Mechanism};
use crate::table::Table;

/// By what the rows of a bad source differ from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// By their label: each source has a favourite class.
    Label,
    /// By another column: rows above its median are favoured.
    Column,
    /// By the value that will be hit: rows above the median, or of one level, are favoured.
    Value,
}

impl Selection {
    /// The names, as a knob has them.
    pub const NAMES: &'static [&'static str] = &["label", "column", "value"];

    /// The selection of that name.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::Label, Self::Column, Self::Value];
        Self::NAMES.iter().position(|known| *known == name).map(|at| all[at])
    }

    /// The mechanism for a fault; nothing if the table gives it no hold.
    pub(super) fn mechanism(
        self,
        rng: &mut Rng,
        table: &Table,
        plan: &Plan,
        favourite: Option<&Condition>,
        odds: f64,
    ) -> Option<Mechanism> {
        match self {
            Self::Label => Some(Mechanism::ByLabel { condition: favourite?.clone(), odds }),
            Self::Column => {
                let fits = |column: &usize| {
                    let field = &table.fields[*column];
                    field.role.is_domain()
                        && field.kind.is_numeric()
                        && !plan.columns.contains(&field.name)
                        && Spread::of(&table.columns[*column]).is_some()
                };
                let columns: Vec<usize> = (0..table.fields.len()).filter(fits).collect();
                let column = *columns.get(rng.below(columns.len().max(1)))?;
                let condition = Condition::Above(Spread::of(&table.columns[column])?.median);
                Some(Mechanism::ByColumn { column: table.fields[column].name.clone(), condition, odds })
            }
            Self::Value => {
                let column = plan.column(table).ok()?;
                let field = &table.fields[column];
                let condition = match field.kind {
                    Kind::Number | Kind::Integer => {
                        Condition::Above(Spread::of(&table.columns[column])?.median)
                    }
                    Kind::Category => Condition::Equals(rng.pick(&field.levels).clone()),
                    Kind::Time | Kind::Text => return None,
                };
                Some(Mechanism::ByOwnValue { condition, odds })
            }
        }
    }
}
