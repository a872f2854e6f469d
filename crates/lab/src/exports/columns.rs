//! Columns: a writer of flat Parquet tables. It knows what an export needs and no more: four kinds of cells, plain
//! encoding, gzip, one page for each column of a row group. The library for the format would bring fifty crates.
//!
//! The format: <https://parquet.apache.org/docs/file-format/>; its headers are in Thrift's compact protocol.

use std::io::{self, Write};

use super::zip::crc32;

/// A row group is written once its cells have so many bytes, which bounds the memory of an export.
const GROUP_BYTES: usize = 32 << 20;

/// No row group has more rows.
const GROUP_ROWS: usize = 100_000;

/// The level at which text shrinks to a fifth for little time.
const LEVEL: u8 = 3;

/// What stands at both ends of a file.
const MAGIC: &[u8] = b"PAR1";

/// What a column's cells are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A whole number.
    Int,
    /// A number.
    Double,
    /// Text in UTF-8.
    Text,
    /// True or false.
    Truth,
}

/// A column.
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Cells may be empty.
    pub(super) optional: bool,
}

/// A cell; each must be of its column's kind.
pub(super) enum Cell {
    Int(i64),
    Double(f64),
    Text(String),
    Truth(bool),
    Nothing,
}

/// A table in the making.
pub(super) struct Table<W: Write> {
    out: W,
    at: u64,
    columns: &'static [Column],
    /// The cells of the row group in the making, by column.
    pending: Vec<Pending>,
    groups: Vec<Group>,
}

/// One column's cells.
#[derive(Default)]
struct Pending {
    values: Vec<u8>,
    /// For truths, which are packed at the end.
    truths: Vec<bool>,
    /// Which cells there are, one for each row.
    present: Vec<bool>,
}

/// A written row group.
struct Group {
    rows: usize,
    chunks: Vec<Chunk>,
}

/// A written column of a row group.
struct Chunk {
    at: u64,
    packed: usize,
    unpacked: usize,
}

impl<W: Write> Table<W> {
    pub(super) fn begin(mut out: W, columns: &'static [Column]) -> io::Result<Self> {
        out.write_all(MAGIC)?;
        let pending = columns.iter().map(|_| Pending::default()).collect();
        Ok(Self { out, at: MAGIC.len() as u64, columns, pending, groups: Vec::new() })
    }

    /// Adds a row, with a cell for each column.
    pub(super) fn add(&mut self, row: Vec<Cell>) -> io::Result<()> {
        assert_eq!(row.len(), self.columns.len(), "a row has a cell for each column");
        for (cell, (pending, column)) in row.into_iter().zip(self.pending.iter_mut().zip(self.columns)) {
            pending.push(cell, column);
        }
        let bytes: usize = self.pending.iter().map(|pending| pending.values.len()).sum();
        if bytes >= GROUP_BYTES || self.pending[0].present.len() >= GROUP_ROWS {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes what is pending as a row group.
    fn flush(&mut self) -> io::Result<()> {
        let rows = self.pending[0].present.len();
        if rows == 0 {
            return Ok(());
        }
        let mut chunks = Vec::with_capacity(self.columns.len());
        for (pending, column) in self.pending.iter_mut().zip(self.columns) {
            let page = std::mem::take(pending).page(column);
            let packed = gzip(&page);
            let header = page_header(rows, page.len(), packed.len());
            self.out.write_all(&header)?;
            self.out.write_all(&packed)?;
            let chunk = Chunk {
                at: self.at,
                packed: header.len() + packed.len(),
                unpacked: header.len() + page.len(),
            };
            self.at += chunk.packed as u64;
            chunks.push(chunk);
        }
        self.groups.push(Group { rows, chunks });
        Ok(())
    }

    /// Writes the directory and gives the output back.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.flush()?;
        let directory = self.directory();
        self.out.write_all(&directory)?;
        self.out.write_all(&(directory.len() as u32).to_le_bytes())?;
        self.out.write_all(MAGIC)?;
        self.out.flush()?;
        Ok(self.out)
    }

    /// `FileMetaData`.
    fn directory(&self) -> Vec<u8> {
        let mut file = Thrift::default();
        file.int(1, 1);
        file.list(2, STRUCT, self.columns.len() + 1);
        file.structure(|root| {
            root.text(4, "episode");
            root.int(5, self.columns.len() as i64);
        });
        for column in self.columns {
            file.structure(|element| {
                element.int(1, column.kind.number());
                element.int(3, i64::from(column.optional));
                element.text(4, column.name);
                if column.kind == Kind::Text {
                    // What the bytes are: UTF-8.
                    element.int(6, 0);
                }
            });
        }
        file.long(3, self.groups.iter().map(|group| group.rows as i64).sum());
        file.list(4, STRUCT, self.groups.len());
        for group in &self.groups {
            file.structure(|written| self.group(written, group));
        }
        file.text(6, concat!("envy ", env!("CARGO_PKG_VERSION")));
        file.end()
    }

    /// `RowGroup`.
    fn group(&self, written: &mut Thrift, group: &Group) {
        written.list(1, STRUCT, group.chunks.len());
        for (chunk, column) in group.chunks.iter().zip(self.columns) {
            written.structure(|whole| {
                whole.long(2, chunk.at as i64);
                whole.field(3, STRUCT);
                whole.structure(|about| {
                    about.int(1, column.kind.number());
                    about.list(2, I32, 2);
                    about.element(PLAIN);
                    about.element(RLE);
                    about.list(3, BINARY, 1);
                    about.bytes(column.name.as_bytes());
                    about.int(4, GZIP);
                    about.long(5, group.rows as i64);
                    about.long(6, chunk.unpacked as i64);
                    about.long(7, chunk.packed as i64);
                    about.long(9, chunk.at as i64);
                });
            });
        }
        written.long(2, group.chunks.iter().map(|chunk| chunk.unpacked as i64).sum());
        written.long(3, group.rows as i64);
    }
}

impl Kind {
    /// The format's number of the type that holds it.
    fn number(self) -> i64 {
        match self {
            Self::Truth => 0,
            Self::Int => 2,
            Self::Double => 5,
            Self::Text => 6,
        }
    }
}

impl Pending {
    fn push(&mut self, cell: Cell, column: &Column) {
        self.present.push(!matches!(cell, Cell::Nothing));
        match (cell, column.kind) {
            (Cell::Int(value), Kind::Int) => self.values.extend(value.to_le_bytes()),
            (Cell::Double(value), Kind::Double) => self.values.extend(value.to_le_bytes()),
            (Cell::Truth(value), Kind::Truth) => self.truths.push(value),
            (Cell::Text(text), Kind::Text) => {
                self.values.extend((text.len() as u32).to_le_bytes());
                self.values.extend(text.as_bytes());
            }
            (Cell::Nothing, _) if column.optional => {}
            _ => panic!("a cell of {} is of another kind", column.name),
        }
    }

    /// The page: which cells there are, if some may be missing, then the cells.
    fn page(self, column: &Column) -> Vec<u8> {
        let mut page = Vec::new();
        if column.optional {
            let levels = runs(&self.present);
            page.extend((levels.len() as u32).to_le_bytes());
            page.extend(levels);
        }
        page.extend(self.values);
        for eight in self.truths.chunks(8) {
            let bit = |(place, value): (usize, &bool)| u8::from(*value) << place;
            page.push(eight.iter().enumerate().map(bit).sum());
        }
        page
    }
}

/// Run lengths of bits, as the format's hybrid encoding has them.
fn runs(bits: &[bool]) -> Vec<u8> {
    let mut out = Vec::new();
    for run in bits.chunk_by(|a, b| a == b) {
        varint(&mut out, (run.len() as u64) << 1);
        out.push(u8::from(run[0]));
    }
    out
}

/// `PageHeader` of a data page, version 1.
fn page_header(rows: usize, unpacked: usize, packed: usize) -> Vec<u8> {
    let mut header = Thrift::default();
    header.int(1, 0);
    header.int(2, unpacked as i64);
    header.int(3, packed as i64);
    header.field(5, STRUCT);
    header.structure(|data| {
        data.int(1, rows as i64);
        data.int(2, PLAIN);
        data.int(3, RLE);
        data.int(4, RLE);
    });
    header.end()
}

/// RFC 1952: a header without a name or a time, the deflated bytes, their checksum and size.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    packed.extend(miniz_oxide::deflate::compress_to_vec(bytes, LEVEL));
    packed.extend(crc32(bytes).to_le_bytes());
    packed.extend((bytes.len() as u32).to_le_bytes());
    packed
}

/// The format's numbers of encodings and of the codec.
const PLAIN: i64 = 0;
const RLE: i64 = 3;
const GZIP: i64 = 2;

/// Thrift's numbers of types.
const I32: u8 = 5;
const I64: u8 = 6;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// A structure in Thrift's compact protocol. Fields are written in the order of their numbers.
#[derive(Default)]
struct Thrift {
    bytes: Vec<u8>,
    last: u8,
}

impl Thrift {
    fn field(&mut self, number: u8, kind: u8) {
        self.bytes.push((number - self.last) << 4 | kind);
        self.last = number;
    }

    fn int(&mut self, number: u8, value: i64) {
        self.field(number, I32);
        self.element(value);
    }

    fn long(&mut self, number: u8, value: i64) {
        self.field(number, I64);
        self.element(value);
    }

    fn text(&mut self, number: u8, text: &str) {
        self.field(number, BINARY);
        self.bytes(text.as_bytes());
    }

    /// Begins a list of so many elements, which follow.
    fn list(&mut self, number: u8, kind: u8, count: usize) {
        self.field(number, LIST);
        if count < 15 {
            self.bytes.push((count as u8) << 4 | kind);
        } else {
            self.bytes.push(0xf0 | kind);
            varint(&mut self.bytes, count as u64);
        }
    }

    /// A number as an element of a list.
    fn element(&mut self, value: i64) {
        varint(&mut self.bytes, ((value << 1) ^ (value >> 63)) as u64);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        varint(&mut self.bytes, bytes.len() as u64);
        self.bytes.extend(bytes);
    }

    fn structure(&mut self, fill: impl FnOnce(&mut Self)) {
        let mut inner = Self::default();
        fill(&mut inner);
        self.bytes.extend(inner.end());
    }

    fn end(mut self) -> Vec<u8> {
        self.bytes.push(0);
        self.bytes
    }
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_runs_and_structures_are_the_protocols() {
        let mut bytes = Vec::new();
        varint(&mut bytes, 300);
        assert_eq!(bytes, [0xac, 2]);
        assert_eq!(runs(&[true, true, true, false]), [6, 1, 2, 0]);
        let mut thrift = Thrift::default();
        thrift.int(1, -1);
        thrift.text(4, "ab");
        thrift.structure(|inner| inner.long(2, 1));
        assert_eq!(thrift.end(), [0x15, 1, 0x38, 2, b'a', b'b', 0x26, 2, 0, 0]);
    }

    #[test]
    fn a_file_begins_and_ends_with_its_name_and_says_where_its_directory_is() {
        const COLUMNS: &[Column] = &[
            Column { name: "number", kind: Kind::Int, optional: false },
            Column { name: "reward", kind: Kind::Double, optional: true },
            Column { name: "passed", kind: Kind::Truth, optional: false },
        ];
        let mut table = Table::begin(Vec::new(), COLUMNS).unwrap();
        for number in 0..20 {
            let reward = if number % 3 == 0 { Cell::Nothing } else { Cell::Double(0.5) };
            table.add(vec![Cell::Int(number), reward, Cell::Truth(number % 2 == 0)]).unwrap();
        }
        let bytes = table.finish().unwrap();
        assert_eq!((&bytes[..4], &bytes[bytes.len() - 4..]), (MAGIC, MAGIC));
        let length = u32::from_le_bytes(bytes[bytes.len() - 8..bytes.len() - 4].try_into().unwrap()) as usize;
        let directory = &bytes[bytes.len() - 8 - length..bytes.len() - 8];
        assert!(directory.windows(6).any(|part| part == b"reward"));
    }
}
