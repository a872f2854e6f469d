//! Raw tables: capped CSV reading and writing. A cell is text; what it means is its field's business.

use crate::error::TabularError;

/// The most that is read of one CSV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawLimits {
    /// Bytes of the file.
    pub bytes: u64,
    /// Data rows.
    pub rows: u64,
    /// Columns.
    pub columns: u64,
    /// Bytes of one cell.
    pub cell_bytes: u64,
}

impl RawLimits {
    /// For what an agent hands in: 64 MiB, a million rows, 2,000 columns, 4 KiB a cell.
    pub const AGENT: Self = Self { bytes: 64 << 20, rows: 1_000_000, columns: 2_000, cell_bytes: 4 << 10 };
    /// For a user's own table: 512 MiB, 5 million rows, 2,000 columns, 64 KiB a cell.
    pub const OWN: Self = Self { bytes: 512 << 20, rows: 5_000_000, columns: 2_000, cell_bytes: 64 << 10 };
}

/// Cells of any table that is read, whatever its limits: what the columns of one table may take in memory.
const CELLS_MAX: u64 = 100_000_000;

/// How the bytes are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Stands between fields.
    pub delimiter: u8,
    /// The first line read names the columns; otherwise they are named `x0`, `x1`, ...
    pub header: bool,
    /// Lines passed over before the header or the data.
    pub skip_lines: usize,
}

impl Layout {
    /// Commas, a header, nothing skipped: what this project itself writes and demands of agents.
    pub const PLAIN: Self = Self { delimiter: b',', header: true, skip_lines: 0 };
}

/// Text in rows and named columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawTable {
    headers: Vec<String>,
    cells: Cells,
}

impl RawTable {
    /// A table from its parts.
    ///
    /// # Errors
    /// A row whose length is not the header's.
    pub fn new(headers: Vec<String>, rows: Vec<Vec<String>>) -> Result<Self, TabularError> {
        Self::from_cells(headers, rows)
    }

    /// A table from rows of anything that lends text.
    ///
    /// # Errors
    /// A row whose length is not the header's.
    pub fn from_cells<Row>(
        headers: Vec<String>,
        rows: impl IntoIterator<Item = Row>,
    ) -> Result<Self, TabularError>
    where
        Row: IntoIterator<Item: AsRef<str>>,
    {
        let expected = headers.len();
        let mut cells = Cells::new(expected);
        for (index, row) in rows.into_iter().enumerate() {
            let mut found = 0;
            for cell in row {
                cells.push(cell.as_ref());
                found += 1;
            }
            if found != expected {
                // The header is line 1.
                return Err(TabularError::Ragged { line: index as u64 + 2, expected, found });
            }
        }
        Ok(Self { headers, cells })
    }

    /// Reads a comma-separated table with a header: what an agent hands in, or this project wrote.
    ///
    /// # Errors
    /// No header, no rows, ragged lines, text that is not UTF-8, a limit.
    pub fn read(bytes: &[u8], limits: RawLimits) -> Result<Self, TabularError> {
        Self::read_as(bytes, Layout::PLAIN, limits)
    }

    /// Reads a table in the given layout; a byte-order mark is passed over.
    ///
    /// # Errors
    /// No header, no rows, ragged lines, text that is not UTF-8, a limit.
    pub fn read_as(bytes: &[u8], layout: Layout, limits: RawLimits) -> Result<Self, TabularError> {
        within("bytes", bytes.len(), limits.bytes)?;
        let body = after_lines(bytes, layout.skip_lines);
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(layout.delimiter)
            .from_reader(body);
        let mut record = csv::ByteRecord::new();
        let mut table: Option<Self> = None;
        loop {
            let more = reader.read_byte_record(&mut record);
            let line = layout.skip_lines as u64 + record.position().map_or(1, csv::Position::line);
            if !more.map_err(|_| TabularError::Malformed { line })? {
                break;
            }
            for cell in &record {
                within("bytes in one cell", cell.len(), limits.cell_bytes)?;
            }
            let texts = texts(&record, line)?;
            let Some(table) = &mut table else {
                within("columns", texts.len(), limits.columns)?;
                table = Some(Self::begin(&texts, layout.header));
                continue;
            };
            let (expected, found) = (table.headers.len(), texts.len());
            if found != expected {
                return Err(TabularError::Ragged { line, expected, found });
            }
            within("rows", table.rows() + 1, limits.rows)?;
            within("cells", table.cells.ends.len() + found, CELLS_MAX)?;
            table.cells.push_row(&texts);
        }
        let table = table.ok_or(TabularError::NoHeader)?;
        unique(&table.headers)?;
        if table.rows() == 0 { Err(TabularError::NoRows) } else { Ok(table) }
    }

    /// A table from its first line.
    fn begin(first: &[&str], header: bool) -> Self {
        let mut cells = Cells::new(first.len());
        let name = |(column, text): (usize, &&str)| match text.trim() {
            // pandas writes its index under an empty header.
            "" => format!("unnamed_{column}"),
            name => name.to_owned(),
        };
        let headers = if header {
            first.iter().enumerate().map(name).collect()
        } else {
            cells.push_row(first);
            (0..first.len()).map(|column| format!("x{column}")).collect()
        };
        Self { headers, cells }
    }

    /// The first `rows` rows, or all if there are fewer.
    #[must_use]
    pub fn head(mut self, rows: usize) -> Self {
        self.cells.truncate(rows);
        self
    }

    /// The names of the columns.
    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// How many data rows there are.
    pub fn rows(&self) -> usize {
        self.cells.rows()
    }

    /// The text at a row and a column.
    pub fn cell(&self, row: usize, column: usize) -> &str {
        self.cells.get(row, column)
    }

    /// The index of the column called `name`.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.headers.iter().position(|header| header == name)
    }

    /// The index of the column called `name`.
    ///
    /// # Errors
    /// There is none.
    pub fn require(&self, name: &str) -> Result<usize, TabularError> {
        self.position(name).ok_or_else(|| TabularError::MissingColumn {
            name: name.to_owned(),
            columns: self.headers.join(", "),
        })
    }

    /// The bytes of a comma-separated file with a header and `\n` line ends.
    pub fn write(&self) -> Vec<u8> {
        let rows =
            (0..self.rows()).map(|row| (0..self.headers.len()).map(move |column| self.cell(row, column)));
        write_csv(&self.headers, rows)
    }
}

/// The bytes of a comma-separated file with a header and `\n` line ends; cells are quoted where they must be.
pub fn write_csv<Row, Cell>(headers: &[String], rows: impl Iterator<Item = Row>) -> Vec<u8>
where
    Row: Iterator<Item = Cell>,
    Cell: AsRef<str>,
{
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    let sound = "a vector takes every byte";
    writer.write_record(headers).expect(sound);
    for row in rows {
        for cell in row {
            writer.write_field(cell.as_ref()).expect(sound);
        }
        writer.write_record(None::<&[u8]>).expect(sound);
    }
    writer.into_inner().expect(sound)
}

/// What is left after the byte-order mark and `count` physical lines.
pub(crate) fn after_lines(bytes: &[u8], count: usize) -> &[u8] {
    let mut rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    for _ in 0..count {
        rest = rest.iter().position(|byte| *byte == b'\n').map_or(&[], |at| &rest[at + 1..]);
    }
    rest
}

fn texts(record: &csv::ByteRecord, line: u64) -> Result<Vec<&str>, TabularError> {
    record.iter().map(|cell| std::str::from_utf8(cell).map_err(|_| TabularError::NotText { line })).collect()
}

fn unique(headers: &[String]) -> Result<(), TabularError> {
    let mut seen = std::collections::BTreeSet::new();
    match headers.iter().find(|name| !seen.insert(name.as_str())) {
        Some(name) => Err(TabularError::DuplicateColumn { name: name.clone() }),
        None => Ok(()),
    }
}

/// Refuses more than `limit` of something.
fn within(what: &'static str, found: usize, limit: u64) -> Result<(), TabularError> {
    if found as u64 > limit { Err(TabularError::TooLarge { what, limit }) } else { Ok(()) }
}

/// Cells end to end in one string: a table of a million cells is two allocations, not a million.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cells {
    width: usize,
    text: String,
    /// Where each cell ends; 4 bytes, since a table of a million cells has a million of them.
    ends: Vec<u32>,
}

impl Cells {
    fn new(width: usize) -> Self {
        Self { width, text: String::new(), ends: Vec::new() }
    }

    fn push(&mut self, cell: &str) {
        self.text.push_str(cell);
        self.ends.push(u32::try_from(self.text.len()).expect("a table holds less than 4 GiB of text"));
    }

    fn push_row(&mut self, row: &[&str]) {
        for cell in row {
            self.push(cell);
        }
    }

    fn rows(&self) -> usize {
        self.ends.len().checked_div(self.width).unwrap_or(0)
    }

    fn truncate(&mut self, rows: usize) {
        self.ends.truncate(rows * self.width);
        self.text.truncate(self.ends.last().map_or(0, |end| *end as usize));
    }

    fn get(&self, row: usize, column: usize) -> &str {
        assert!(column < self.width, "column {column} of {}", self.width);
        let at = row * self.width + column;
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[start as usize..self.ends[at] as usize]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<RawTable, TabularError> {
        RawTable::read(text.as_bytes(), RawLimits::AGENT)
    }

    #[test]
    fn a_plain_table_is_read_with_its_mark_quotes_and_line_ends() {
        let table = read("\u{feff}a,b\r\n1,\"x, y\"\r\n2,\"say \"\"hi\"\"\"\r\n").unwrap();
        assert_eq!(table.headers(), ["a", "b"]);
        assert_eq!((table.cell(0, 1), table.cell(1, 1)), ("x, y", "say \"hi\""));
        assert_eq!(table.rows(), 2);
    }

    #[test]
    fn the_head_of_a_table_is_its_first_rows() {
        let table = read("a,b\n1,x\n2,y\n3,z\n").unwrap();
        assert_eq!(table.clone().head(2), read("a,b\n1,x\n2,y\n").unwrap());
        assert_eq!(table.clone().head(9), table);
    }

    #[test]
    fn lines_are_skipped_and_columns_numbered() {
        let layout = Layout { delimiter: b';', header: false, skip_lines: 1 };
        let table = RawTable::read_as(b"2,2,anything\n1;2\n3;4\n", layout, RawLimits::AGENT).unwrap();
        assert_eq!(table.headers(), ["x0", "x1"]);
        assert_eq!(table.cell(1, 0), "3");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let check = |text: &str, error: TabularError| assert_eq!(read(text), Err(error), "{text:?}");
        check("", TabularError::NoHeader);
        check("a,b\n", TabularError::NoRows);
        check("a,b\n1,2\n3\n", TabularError::Ragged { line: 3, expected: 2, found: 1 });
        check("a,b\n\"1\n1\",2\n1,2,3\n", TabularError::Ragged { line: 4, expected: 2, found: 3 });
        check("a,a\n1,2\n", TabularError::DuplicateColumn { name: "a".to_owned() });
        let latin = RawTable::read(b"a\n1\n\xff\n", RawLimits::AGENT);
        assert_eq!(latin, Err(TabularError::NotText { line: 3 }));
        let layout = Layout { skip_lines: 2, ..Layout::PLAIN };
        let ragged = RawTable::read_as(b"x\ny\na,b\n1\n", layout, RawLimits::AGENT);
        assert_eq!(ragged, Err(TabularError::Ragged { line: 4, expected: 2, found: 1 }));
    }

    #[test]
    fn every_limit_holds() {
        let limits = RawLimits { bytes: 40, rows: 2, columns: 2, cell_bytes: 5 };
        for (text, what, limit) in [
            ("a,b,c\n1,2,3\n", "columns", 2),
            ("a\n1\n2\n3\n", "rows", 2),
            ("a\n123456\n", "bytes in one cell", 5),
            ("a\n1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n", "bytes", 40),
        ] {
            let found = RawTable::read(text.as_bytes(), limits);
            assert_eq!(found, Err(TabularError::TooLarge { what, limit }), "{text:?}");
        }
        assert!(RawTable::read(b"a\n1\n2\n", limits).is_ok());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            rows in proptest::collection::vec(proptest::collection::vec("\\PC{0,6}|[\"\n\r,; ]{0,4}", 3), 1..8),
        ) {
            let headers = ["a", "b", "c"].map(str::to_owned).to_vec();
            let table = RawTable::new(headers, rows).unwrap();
            prop_assert_eq!(RawTable::read(&table.write(), RawLimits::AGENT).unwrap(), table);
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), skip in 0_usize..3) {
            let layout = Layout { skip_lines: skip, ..Layout::PLAIN };
            let _ = RawTable::read_as(&bytes, layout, RawLimits::AGENT);
        }
    }
}
