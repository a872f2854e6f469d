//! What every table of this project has and a user's own may lack: row ids and sources.

use envy_core::Seed;

use crate::error::TabularError;
use crate::field::{Field, Kind, Role};
use crate::population::{ROW_ID, SOURCE};
use crate::table::{Column, Table};

/// The fewest and the most sources that are made up.
const SOURCES: (usize, usize) = (4, 8);
/// Concentration of their shares.
const CONCENTRATION: f64 = 5.0;

/// Shuffles the rows, and puts `row_id` (from 1, in the new order) and `source` in front where the table has none.
///
/// Published tables are often sorted by class, so that neither order nor number may stay. Made-up sources are
/// delivery batches of unequal size to which rows belong by chance: they say nothing of a row.
///
/// # Errors
/// The table has columns of these names in other roles.
pub fn complete(table: &Table, seed: &Seed) -> Result<Table, TabularError> {
    let mut order: Vec<usize> = (0..table.rows()).collect();
    seed.derive("order").rng().shuffle(&mut order);
    let table = table.take(&order);
    let own =
        |role| table.role(role).map(|column| (table.fields[column].clone(), table.columns[column].clone()));
    let (id, ids) = own(Role::Id).unwrap_or_else(|| made_ids(table.rows()));
    let (source, sources) =
        own(Role::Source).unwrap_or_else(|| made_sources(table.rows(), &seed.derive("source")));
    let mut completed = Table::new(vec![id, source], vec![ids, sources])?;
    for (field, column) in table.fields.iter().zip(&table.columns) {
        if !matches!(field.role, Role::Id | Role::Source) {
            completed.push(field.clone(), column.clone())?;
        }
    }
    Ok(completed)
}

fn made_ids(rows: usize) -> (Field, Column) {
    let doc = "Number of the record, given once and never again.".to_owned();
    let field = Field { doc, ..Field::new(ROW_ID, Kind::Integer, Role::Id) };
    (field, Column::Integer((1..=rows as i64).map(Some).collect()))
}

fn made_sources(rows: usize, seed: &Seed) -> (Field, Column) {
    let mut rng = seed.rng();
    let count = SOURCES.0 + rng.below(SOURCES.1 - SOURCES.0 + 1);
    let shares = rng.dirichlet(&vec![CONCENTRATION; count]);
    let mut draw = || {
        let (u, mut sum) = (rng.uniform(), 0.0);
        let reached = shares.iter().position(|share| {
            sum += share;
            u < sum
        });
        Some(reached.unwrap_or(count - 1) as u32)
    };
    let column = Column::Category((0..rows).map(|_| draw()).collect());
    let levels = (1..=count).map(|number| format!("batch-{number}")).collect();
    let doc = "Batch in which the row was delivered.".to_owned();
    (Field { levels, doc, ..Field::new(SOURCE, Kind::Category, Role::Source) }, column)
}
