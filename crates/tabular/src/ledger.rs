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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{Field, Kind};
    use crate::table::Column;

    fn event(class: Fairness, changes: &[(&str, &str, &str)]) -> Event {
        let change = |(row_id, old, new): &(&str, &str, &str)| Change {
            row_id: (*row_id).to_owned(),
            column: "x".to_owned(),
            old: (*old).to_owned(),
            new: (*new).to_owned(),
        };
        Event {
            schema: LEDGER_EVENT.to_owned(),
            operator: "N6".to_owned(),
            mechanism: Mechanism::Uniform,
            parameters: Json::Null,
            source: "s1".to_owned(),
            table: "train".to_owned(),
            columns: vec!["x".to_owned()],
            class,
            changes: changes.iter().map(change).collect(),
            copies: Vec::new(),
            repairs: Vec::new(),
            evidence: Vec::new(),
        }
    }

    fn table() -> Table {
        let fields =
            vec![Field::new("id", Kind::Integer, Role::Id), Field::new("x", Kind::Number, Role::Feature)];
        let ids = vec![Some(1), Some(2), Some(3)];
        Table::new(fields, vec![Column::Integer(ids), Column::Number(vec![0.5, 1.5, 2.5])]).unwrap()
    }

    #[test]
    fn a_cell_changed_twice_is_as_lenient_as_its_worst_event_and_one_changed_back_is_clean() {
        let first = event(Fairness::Exact, &[("1", "0.5", "5.0"), ("2", "1.5", "15.0")]);
        let second = event(Fairness::Partial, &[("1", "5.0", "-999"), ("2", "15.0", "1.5")]);
        let ledger = Ledger { events: vec![first, second] };
        let cell = ("1".to_owned(), "x".to_owned());
        assert_eq!(ledger.mask(), BTreeMap::from([(cell, Fairness::Partial)]));
        let sheet = ledger.replay(table()).unwrap();
        assert_eq!(sheet.text(0, 1), "-999");
        assert_eq!(ledger.undo(&sheet.raw(), "id").unwrap(), Sheet::new(table()).raw());
    }

    #[test]
    fn copies_are_placed_and_are_no_rows_of_the_table() {
        let mut doubled = event(Fairness::Exact, &[("9", "2.5", "2.50")]);
        let copied = |row_id: &str, of: &str, position| Copied {
            row_id: row_id.to_owned(),
            of: of.to_owned(),
            position,
        };
        doubled.copies = vec![copied("9", "3", 4), copied("8", "1", 1)];
        assert_eq!(doubled.row_ids(), BTreeSet::from(["1", "3"]));
        let ledger = Ledger { events: vec![doubled] };
        let raw = ledger.replay(table()).unwrap().raw();
        let rows: Vec<_> = (0..raw.rows()).map(|row| (raw.cell(row, 0), raw.cell(row, 1))).collect();
        assert_eq!(rows, [("1", "0.5"), ("8", "0.5"), ("2", "1.5"), ("3", "2.5"), ("9", "2.50")]);
        assert!(ledger.mask().is_empty());
        assert_eq!(ledger.undo(&raw, "id").unwrap(), Sheet::new(table()).raw());
    }

    #[test]
    fn another_tables_ledger_and_a_broken_line_are_errors() {
        let ledger = Ledger { events: vec![event(Fairness::Exact, &[("7", "0.5", "5.0")])] };
        assert!(ledger.replay(table()).is_err());
        let mut bytes = ledger.write();
        bytes.extend(b"{}\n");
        assert_eq!(Ledger::read(&bytes).unwrap_err(), TabularError::BadEvent { line: 2 });
    }
}
