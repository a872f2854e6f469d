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
    cells: csv_records::Records,
}

impl RawTable {
    /// A table from its parts.
    ///
    /// # Errors
    /// A row whose length is not the header's.
    pub fn new(headers: Vec<String>, rows: Vec<Vec<String>>) -> Result<Self, TabularError> {
        let mut cells = csv_records::Records::new(headers.len());
        for (index, row) in rows.iter().enumerate() {
            if row.len() != headers.len() {
                let line = index as u64 + 2;
                return Err(TabularError::Ragged { line, expected: headers.len(), found: row.len() });
            }
            row.iter().for_each(|cell| cells.push(cell));
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
        let too_large = |what, limit| Err(TabularError::TooLarge { what, limit });
        if bytes.len() as u64 > limits.bytes {
            return too_large("bytes", limits.bytes);
        }
        let (body, skipped) =
            skip_lines(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes), layout.skip_lines);
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(layout.delimiter)
            .from_reader(body);
        let mut record = csv::ByteRecord::new();
        let mut headers: Option<Vec<String>> = None;
        let mut cells = csv_records::Records::new(0);
        loop {
            let more = reader.read_byte_record(&mut record);
            let line = skipped + record.position().map_or(1, csv::Position::line);
            if !more.map_err(|_| TabularError::Malformed { line })? {
                break;
            }
            if record.iter().any(|cell| cell.len() as u64 > limits.cell_bytes) {
                return too_large("bytes in one cell", limits.cell_bytes);
            }
            let texts = texts(&record, line)?;
            let Some(expected) = headers.as_ref().map(Vec::len) else {
                if texts.len() as u64 > limits.columns {
                    return too_large("columns", limits.columns);
                }
                cells = csv_records::Records::new(texts.len());
                if layout.header {
                    headers = Some(texts.iter().map(|text| text.trim().to_owned()).collect());
                } else {
                    headers = Some((0..texts.len()).map(|column| format!("x{column}")).collect());
                    texts.iter().for_each(|text| cells.push(text));
                }
                continue;
            };
            if texts.len() != expected {
                return Err(TabularError::Ragged { line, expected, found: texts.len() });
            }
            if cells.rows() as u64 == limits.rows {
                return too_large("rows", limits.rows);
            }
            texts.iter().for_each(|text| cells.push(text));
        }
        let headers = headers.ok_or(TabularError::NoHeader)?;
        unique(&headers)?;
        if cells.rows() == 0 { Err(TabularError::NoRows) } else { Ok(Self { headers, cells }) }
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

/// What is left after `count` physical lines, and how many lines were passed over.
fn skip_lines(bytes: &[u8], count: usize) -> (&[u8], u64) {
    let mut rest = bytes;
    for skipped in 0..count {
        match rest.iter().position(|byte| *byte == b'\n') {
            Some(at) => rest = &rest[at + 1..],
            None => return (&[], skipped as u64),
        }
    }
    (rest, count as u64)
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

/// Cells end to end in one string: a table of a million cells is two allocations, not a million.
mod csv_records {
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub(super) struct Records {
        width: usize,
        text: String,
        ends: Vec<usize>,
    }

    impl Records {
        pub(super) fn new(width: usize) -> Self {
            Self { width, text: String::new(), ends: Vec::new() }
        }

        pub(super) fn push(&mut self, cell: &str) {
            self.text.push_str(cell);
            self.ends.push(self.text.len());
        }

        pub(super) fn rows(&self) -> usize {
            self.ends.len().checked_div(self.width).unwrap_or(0)
        }

        pub(super) fn get(&self, row: usize, column: usize) -> &str {
            assert!(column < self.width, "column {column} of {}", self.width);
            let at = row * self.width + column;
            let start = if at == 0 { 0 } else { self.ends[at - 1] };
            &self.text[start..self.ends[at]]
        }
    }
}
