//! What every table of this project has and a user's own may lack: row ids, sources and moments.

use envy_core::Seed;

use crate::error::TabularError;
use crate::field::{Field, Kind, Role};
use crate::population::{RECORDED_AT, ROW_ID, SOURCE};
use crate::table::{Column, Table};
use crate::time::DAY_S;

/// The fewest and the most sources that are made up.
const SOURCES: (usize, usize) = (4, 8);
/// Rows for each source that is made up beyond the fewest: a source of few rows shows no habit.
const ROWS_PER_SOURCE: usize = 150;
/// Concentration of their shares.
const CONCENTRATION: f64 = 5.0;
/// The earliest made-up moment, 2023-01-01, and the days within which the first lies.
const EPOCH: (i64, usize) = (1_672_531_200, 700);
/// Seconds between two made-up moments, at most.
const GAP_MAX_S: usize = 1_800;

/// Shuffles the rows, and puts `row_id` (from 1, in the new order), `source` and `recorded_at` in front where the table
/// has no such column.
///
/// Published tables are often sorted by class, so that neither order nor number may stay. Made-up sources are
/// delivery batches of unequal size to which rows belong by chance, made-up moments when they arrived: they say
/// nothing of a row.
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
    if table.role(Role::Time).is_none() {
        let (time, times) = made_times(table.rows(), &seed.derive("time"));
        completed.push(time, times)?;
    }
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
    let most = (rows / ROWS_PER_SOURCE).clamp(SOURCES.0, SOURCES.1);
    let count = SOURCES.0 + rng.below(most - SOURCES.0 + 1);
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

fn made_times(rows: usize, seed: &Seed) -> (Field, Column) {
    let mut rng = seed.rng();
    let mut moment = EPOCH.0 + rng.below(EPOCH.1) as i64 * DAY_S;
    let mut next = || {
        moment += 1 + rng.below(GAP_MAX_S) as i64;
        Some(moment)
    };
    let doc = "When the row was delivered.".to_owned();
    (
        Field { doc, ..Field::new(RECORDED_AT, Kind::Time, Role::Time) },
        Column::Time((0..rows).map(|_| next()).collect()),
    )
}
