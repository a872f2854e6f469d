//! Sheet: a clean table under a sparse overlay of messy cells and row edits. It is what the agent's CSV holds, and
//! the difference to the table under it is what the ledger must account for.
//!
//! A *line* is one record of the sheet, named by a number that never changes: lines `0..table.rows()` are the
//! table's own rows, later ones are appended copies. The *order* says which lines are written, and where.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::error::TabularError;
use crate::field::Role;
use crate::raw::{RawTable, write_csv};
use crate::table::Table;

/// A clean table under messy cells and row edits.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    table: Table,
    /// The table row of every line.
    lines: Vec<usize>,
    /// The lines as they are written.
    order: Vec<usize>,
    /// Texts that replace the table's, by (line, column).
    cells: BTreeMap<(usize, usize), String>,
}

impl Sheet {
    /// A sheet that says exactly what the table says.
    pub fn new(table: Table) -> Self {
        let rows: Vec<usize> = (0..table.rows()).collect();
        Self { lines: rows.clone(), order: rows, cells: BTreeMap::new(), table }
    }

    /// The clean table.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The lines as they are written, removed ones left out.
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// The table row that a line came from.
    pub fn row_of(&self, line: usize) -> usize {
        self.lines[line]
    }

    /// True if the line was appended as a copy of another.
    pub fn is_copy(&self, line: usize) -> bool {
        line >= self.table.rows()
    }

    /// The true `row_id` of a line, whatever its cell says now.
    pub fn row_id(&self, line: usize) -> Cow<'_, str> {
        match self.table.role(Role::Id) {
            Some(column) => self.table.text(self.lines[line], column),
            None => Cow::Owned(self.lines[line].to_string()),
        }
    }

    /// The cell's text as it goes to the CSV.
    pub fn text(&self, line: usize, column: usize) -> Cow<'_, str> {
        match self.cells.get(&(line, column)) {
            Some(text) => Cow::Borrowed(text),
            None => self.table.text(self.lines[line], column),
        }
    }

    /// True if the cell says something else than the table.
    pub fn is_messy(&self, line: usize, column: usize) -> bool {
        self.cells.contains_key(&(line, column))
    }

    /// Replaces the cell's text; what the table says anyway takes the cell out of the overlay.
    pub fn set(&mut self, line: usize, column: usize, text: impl Into<String>) {
        let text = text.into();
        if self.table.text(self.lines[line], column) == text {
            self.cells.remove(&(line, column));
        } else {
            self.cells.insert((line, column), text);
        }
    }

    /// The messy cells in the order of (line, column), removed lines included.
    pub fn messy_cells(&self) -> impl Iterator<Item = ((usize, usize), &str)> {
        self.cells.iter().map(|(at, text)| (*at, text.as_str()))
    }

    /// Appends a copy of a line, with its messy cells, at the end of the order; the new line's number.
    pub fn append_copy(&mut self, line: usize) -> usize {
        let copy = self.lines.len();
        self.lines.push(self.lines[line]);
        self.order.push(copy);
        let messy: Vec<_> = self
            .cells
            .range((line, 0)..(line + 1, 0))
            .map(|((_, column), text)| (*column, text.clone()))
            .collect();
        self.cells.extend(messy.into_iter().map(|(column, text)| ((copy, column), text)));
        copy
    }

    /// Takes lines out of the order; their cells stay known.
    pub fn remove(&mut self, lines: &[usize]) {
        let gone: std::collections::BTreeSet<usize> = lines.iter().copied().collect();
        self.order.retain(|line| !gone.contains(line));
    }

    /// Writes the same lines in another order.
    ///
    /// # Errors
    /// `order` is not a permutation of the present order.
    pub fn reorder(&mut self, order: Vec<usize>) -> Result<(), TabularError> {
        let sorted = |lines: &[usize]| {
            let mut lines = lines.to_vec();
            lines.sort_unstable();
            lines
        };
        if sorted(&order) != sorted(&self.order) {
            let what = "the new order of the lines is no permutation of the old";
            return Err(TabularError::Shape { column: String::new(), what });
        }
        self.order = order;
        Ok(())
    }

    /// The bytes of the CSV that the agent gets.
    pub fn write(&self) -> Vec<u8> {
        let columns = self.table.fields.len();
        let rows = self.order.iter().map(|&line| (0..columns).map(move |column| self.text(line, column)));
        write_csv(&self.headers(), rows)
    }

    /// The sheet as raw text, as if its CSV had been read.
    pub fn raw(&self) -> RawTable {
        let columns = self.table.fields.len();
        let rows = self.order.iter().map(|&line| (0..columns).map(move |column| self.text(line, column)));
        RawTable::from_cells(self.headers(), rows).expect("every line has a cell in every column")
    }

    fn headers(&self) -> Vec<String> {
        self.table.fields.iter().map(|field| field.name.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::field::{Field, Kind};
    use crate::raw::RawLimits;
    use crate::table::Column;
    use crate::text::read_table;

    fn table() -> Table {
        let mut colour = Field::new("colour", Kind::Category, Role::Feature);
        colour.levels = vec!["red".to_owned(), "green, dark".to_owned()];
        let fields = vec![
            Field::new("row_id", Kind::Integer, Role::Id),
            Field::new("weight", Kind::Number, Role::Feature),
            colour,
            Field::new("seen", Kind::Time, Role::Time),
            Field::new("note", Kind::Text, Role::Feature),
        ];
        let columns = vec![
            Column::Integer(vec![Some(10), Some(11), Some(12)]),
            Column::Number(vec![0.1, f64::NAN, 5.0]),
            Column::Category(vec![Some(1), Some(0), None]),
            Column::Time(vec![Some(0), None, Some(86_399)]),
            Column::Text(vec![Some("a \"quoted\" word".to_owned()), None, Some("ü".to_owned())]),
        ];
        Table::new(fields, columns).unwrap()
    }

    #[test]
    fn a_fresh_sheet_says_what_the_table_says() {
        let sheet = Sheet::new(table());
        let text = String::from_utf8(sheet.write()).unwrap();
        assert_eq!(
            text,
            "row_id,weight,colour,seen,note\n\
             10,0.1,\"green, dark\",1970-01-01 00:00:00,\"a \"\"quoted\"\" word\"\n\
             11,,red,,\n\
             12,5.0,,1970-01-01 23:59:59,ü\n"
        );
        assert_eq!(read_table(&table().fields, &sheet.raw()).unwrap(), table());
        assert_eq!(RawTable::read(&sheet.write(), RawLimits::AGENT).unwrap(), sheet.raw());
    }

    #[test]
    fn copies_carry_their_mess_and_lines_keep_their_names() {
        let mut sheet = Sheet::new(table());
        sheet.set(1, 1, "12 kg");
        let copy = sheet.append_copy(1);
        sheet.set(copy, 4, "again");
        sheet.remove(&[0]);
        sheet.reorder(vec![copy, 2, 1]).unwrap();
        assert_eq!((sheet.row_of(copy), sheet.row_id(copy).as_ref()), (1, "11"));
        assert!(sheet.is_copy(copy) && !sheet.is_copy(1));
        let raw = sheet.raw();
        let column = |column| (0..raw.rows()).map(|row| raw.cell(row, column)).collect::<Vec<_>>();
        assert_eq!(column(0), ["11", "12", "11"]);
        assert_eq!(column(1), ["12 kg", "5.0", "12 kg"]);
        assert_eq!(column(4), ["again", "ü", ""]);
        assert!(sheet.reorder(vec![0, 1, 2]).is_err());
        assert!(sheet.reorder(vec![1, 1, 2]).is_err());
    }

    proptest! {
        #[test]
        fn the_overlay_is_exactly_the_difference(
            edits in proptest::collection::vec((0_usize..3, 0_usize..5, "[a-z0-9.]{0,4}"), 0..20),
        ) {
            let mut sheet = Sheet::new(table());
            for (line, column, text) in &edits {
                sheet.set(*line, *column, text.as_str());
            }
            for line in 0..3 {
                for column in 0..5 {
                    let differs = sheet.text(line, column) != sheet.table().text(line, column);
                    prop_assert_eq!(sheet.is_messy(line, column), differs);
                }
            }
            let messy: Vec<_> = sheet.messy_cells().map(|(at, _)| at).collect();
            for (line, column) in messy {
                let clean = sheet.table().text(line, column).into_owned();
                sheet.set(line, column, clean);
            }
            prop_assert_eq!(sheet, Sheet::new(table()));
        }
    }
}
