//! Ledger: one event per fault, saying everything that was changed. The ledger is the difference between the clean
//! table and what the agent gets, so that it can be replayed, undone and checked.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::Role;
use crate::mechanism::Mechanism;
use crate::raw::RawTable;
use crate::repair::Repair;
use crate::sheet::Sheet;
use crate::table::Table;

/// The schema of an event.
pub const LEDGER_EVENT: &str = "envy.ledger-event/1";

/// How fairly an error can be asked to be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Fairness {
    /// An exact inverse exists.
    #[serde(rename = "E")]
    Exact,
    /// The value can only be imputed or estimated.
    #[serde(rename = "P")]
    Partial,
    /// No signal is left: texture, not scored.
    #[serde(rename = "X")]
    Lost,
}

/// One cell that was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The row's id.
    pub row_id: String,
    /// The column's name.
    pub column: String,
    /// What stood there, as text.
    pub old: String,
    /// What stands there now.
    pub new: String,
}

/// One row that was added: a copy of another under an id of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// The copy's id.
    pub row_id: String,
    /// The id of the row that it repeats.
    pub of: String,
    /// How many lines stand before it once the event is over.
    pub position: usize,
}

/// One fault and all that it did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Always [`LEDGER_EVENT`].
    pub schema: String,
    /// The operator's code, such as `N1`.
    pub operator: String,
    /// Where it fell.
    pub mechanism: Mechanism,
    /// What it did, in the operator's own words.
    pub parameters: Json,
    /// The source whose habit it is.
    pub source: String,
    /// The table it happened to.
    pub table: String,
    /// The columns it touched.
    pub columns: Vec<String>,
    /// How fairly it can be asked to be undone.
    pub class: Fairness,
    /// The cells it changed; first those of rows that were there, then those that differ in a copy.
    pub changes: Vec<Change>,
    /// The rows it added, in the order in which they were made.
    pub copies: Vec<Copied>,
    /// What undoes it without knowing the truth.
    pub repairs: Vec<Repair>,
    /// What gives it away; every item holds on the table that the agent gets.
    pub evidence: Vec<Evidence>,
}

/// The events of one table, in the order in which they happened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    /// The events.
    pub events: Vec<Event>,
}

impl Event {
    /// The ids of the rows that were there and that it touched: a cell was changed or the row was repeated.
    pub fn row_ids(&self) -> BTreeSet<&str> {
        let added: BTreeSet<&str> = self.copies.iter().map(|copy| copy.row_id.as_str()).collect();
        let changed = self.changes.iter().map(|change| change.row_id.as_str());
        let repeated = self.copies.iter().map(|copy| copy.of.as_str());
        changed.chain(repeated).filter(|id| !added.contains(id)).collect()
    }
}

impl Ledger {
    /// One JSON object a line.
    pub fn write(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for event in &self.events {
            bytes.extend(
                serde_json::to_vec(event).expect("an event has no keys but texts and writes to memory"),
            );
            bytes.push(b'\n');
        }
        bytes
    }

    /// Reads what [`Ledger::write`] wrote.
    ///
    /// # Errors
    /// A line is no event.
    pub fn read(bytes: &[u8]) -> Result<Self, TabularError> {
        let mut events = Vec::new();
        for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            if !line.is_empty() {
                let event = serde_json::from_slice(line);
                events.push(event.map_err(|_| TabularError::BadEvent { line: index as u64 + 1 })?);
            }
        }
        Ok(Self { events })
    }

    /// The changed cells of the rows that belong into the table, by (row id, column), each with the most lenient
    /// class of the events that touched it. A cell that was changed back is not in it.
    pub fn mask(&self) -> BTreeMap<(String, String), Fairness> {
        let added = self.added();
        let mut cells: BTreeMap<(&str, &str), (Fairness, &str, &str)> = BTreeMap::new();
        for event in &self.events {
            for change in event.changes.iter().filter(|change| !added.contains(change.row_id.as_str())) {
                let first = (event.class, change.old.as_str(), change.new.as_str());
                let cell = cells.entry((&change.row_id, &change.column)).or_insert(first);
                *cell = (cell.0.max(event.class), cell.1, &change.new);
            }
        }
        let changed = cells.into_iter().filter(|(_, (_, old, new))| old != new);
        changed.map(|((row, column), (class, ..))| ((row.to_owned(), column.to_owned()), class)).collect()
    }

    /// The ids of the rows that do not belong into the table.
    pub fn added(&self) -> BTreeSet<&str> {
        self.events.iter().flat_map(|event| &event.copies).map(|copy| copy.row_id.as_str()).collect()
    }

    /// The sheet that the clean table becomes when every event happens again.
    ///
    /// # Errors
    /// The ledger belongs to another table.
    pub fn replay(&self, table: Table) -> Result<Sheet, TabularError> {
        let mut sheet = Sheet::new(table);
        let id = id_column(sheet.table())?;
        let mut lines: BTreeMap<String, usize> =
            sheet.order().iter().map(|&line| (sheet.text(line, id).into_owned(), line)).collect();
        for event in &self.events {
            let mut placed = Vec::new();
            for copy in &event.copies {
                let line = sheet.append_copy(*lines.get(&copy.of).ok_or_else(|| unknown_row(&copy.of))?);
                sheet.set(line, id, copy.row_id.as_str());
                lines.insert(copy.row_id.clone(), line);
                placed.push((line, copy.position));
            }
            place(&mut sheet, placed)?;
            for change in &event.changes {
                let line = *lines.get(&change.row_id).ok_or_else(|| unknown_row(&change.row_id))?;
                let column = sheet.table().require(&change.column)?;
                sheet.set(line, column, change.new.as_str());
            }
        }
        Ok(sheet)
    }

    /// The clean table's texts from what the agent got: copies are left out and every cell says again what it said
    /// before its first event.
    ///
    /// # Errors
    /// The ledger belongs to another table.
    pub fn undo(&self, raw: &RawTable, id: &str) -> Result<RawTable, TabularError> {
        let id = raw.require(id)?;
        let added = self.added();
        let mut old: BTreeMap<(&str, &str), &str> = BTreeMap::new();
        for change in self.events.iter().flat_map(|event| &event.changes) {
            old.entry((&change.row_id, &change.column)).or_insert(&change.old);
        }
        let row = |row: usize| {
            let row_id = raw.cell(row, id);
            let cell = |(column, name): (usize, &String)| {
                old.get(&(row_id, name.as_str())).copied().unwrap_or(raw.cell(row, column)).to_owned()
            };
            raw.headers().iter().enumerate().map(cell).collect()
        };
        let kept = (0..raw.rows()).filter(|row| !added.contains(raw.cell(*row, id)));
        RawTable::new(raw.headers().to_vec(), kept.map(row).collect())
    }
}

/// Moves lines that stand at the end of the order to their positions.
fn place(sheet: &mut Sheet, mut placed: Vec<(usize, usize)>) -> Result<(), TabularError> {
    placed.sort_unstable_by_key(|(_, position)| *position);
    let moved: BTreeSet<usize> = placed.iter().map(|(line, _)| *line).collect();
    let mut rest = sheet.order().iter().copied().filter(|line| !moved.contains(line));
    let mut order = Vec::with_capacity(sheet.order().len());
    for (line, position) in placed {
        let missing = position.saturating_sub(order.len());
        order.extend(rest.by_ref().take(missing));
        order.push(line);
    }
    order.extend(rest);
    sheet.reorder(order)
}

/// The column that names the rows.
pub(crate) fn id_column(table: &Table) -> Result<usize, TabularError> {
    let what = "the table has no column of row ids";
    table.role(Role::Id).ok_or(TabularError::Shape { column: String::new(), what })
}

fn unknown_row(id: &str) -> TabularError {
    TabularError::Shape { column: id.to_owned(), what: "the ledger names a row that the table does not have" }
}
