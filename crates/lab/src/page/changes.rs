//! Changes: what an episode changed, beside what it found: cells of a table that came back, lines of files.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use csv::StringRecord;
use envy_core::job::Output;
use envy_core::{Brief, Record};

use super::html::{cut, table, text};

/// Cells shown of a table, and of one column.
const CELLS_MAX: usize = 12;
const COLUMN_CELLS_MAX: usize = 3;

/// Lines shown of a file's difference, and unchanged ones around it.
const LINES_MAX: usize = 60;
const CONTEXT: usize = 2;

/// Places shown of a report.
const PLACES_MAX: usize = 6;

/// Larger tables are not compared, bytes.
const TABLE_BYTES_MAX: usize = 8 << 20;

/// What the episodes of a task are compared with: its visible files, each table read once for all of them.
pub(super) struct Visible {
    brief: Arc<Brief>,
    tables: Vec<Given>,
}

/// A table by the first column, which identifies its rows.
struct Given {
    path: String,
    header: StringRecord,
    rows: Vec<StringRecord>,
    by_id: BTreeMap<String, usize>,
}

impl Visible {
    /// Reads the visible tables.
    pub(super) fn new(brief: Arc<Brief>) -> Self {
        let is_table = |path: &str| {
            std::path::Path::new(path).extension().is_some_and(|end| end.eq_ignore_ascii_case("csv"))
        };
        let files = brief.files.iter();
        let tables = files.filter(|file| is_table(&file.path) && file.bytes.len() <= TABLE_BYTES_MAX);
        let tables = tables.filter_map(|file| Given::read(&file.path, &file.bytes)).collect();
        Self { brief, tables }
    }

    /// Cells of a visible table that the submitted program changed, before and after; nothing if no table came back.
    pub(super) fn cells(&self, record: &Record, bytes_max: usize) -> Option<String> {
        let outputs = record.job_results.iter().flatten().flat_map(|result| result.outputs.values());
        let mut returned = outputs.filter_map(|output| match output {
            Output::Bytes(bytes) if bytes.len() <= TABLE_BYTES_MAX => Some(bytes.as_slice()),
            _ => None,
        });
        returned.find_map(|bytes| self.tables.iter().find_map(|given| given.changed(bytes, bytes_max)))
    }
}

fn reader(bytes: &[u8]) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().flexible(true).from_reader(bytes)
}

impl Given {
    fn read(path: &str, bytes: &[u8]) -> Option<Self> {
        let mut reader = reader(bytes);
        let header = reader.headers().ok()?.clone();
        let rows: Vec<StringRecord> = reader.records().collect::<Result<_, _>>().ok()?;
        let id = |(index, row): (usize, &StringRecord)| Some((row.get(0)?.to_owned(), index));
        // Of equal ids the first counts.
        let by_id = rows.iter().enumerate().rev().filter_map(id).collect();
        Some(Self { path: path.to_owned(), header, rows, by_id })
    }

    /// What `bytes` say instead, if they are this table.
    fn changed(&self, bytes: &[u8], bytes_max: usize) -> Option<String> {
        let mut reader = reader(bytes);
        if *reader.headers().ok()? != self.header {
            return None;
        }
        let mut found = Found::default();
        let (mut row, mut met) = (StringRecord::new(), BTreeSet::new());
        while reader.read_record(&mut row).ok()? {
            let Some(place) = row.get(0).and_then(|id| self.by_id.get(id)) else { continue };
            if met.insert(*place) {
                found.row(&self.header, &self.rows[*place], &row, bytes_max);
            }
        }
        let left_out = self.by_id.len() - met.len();
        let mut html = format!(
            "<p>{} cells of {} changed, {left_out} of {} rows left out.</p>",
            found.count,
            text(&self.path),
            self.by_id.len()
        );
        if !found.shown.is_empty() {
            html +=
                &table(&["row", "column", "found", "returned"].map(str::to_owned), &found.shown, usize::MAX);
        }
        Some(html)
    }
}

/// The cells that differ.
#[derive(Default)]
struct Found {
    count: usize,
    by_column: BTreeMap<usize, usize>,
    shown: Vec<Vec<String>>,
}

impl Found {
    fn row(&mut self, header: &StringRecord, old: &StringRecord, new: &StringRecord, bytes_max: usize) {
        for (column, (old_cell, new_cell)) in old.iter().zip(new).enumerate() {
            let equal = || matches!((old_cell.parse::<f64>(), new_cell.parse::<f64>()), (Ok(old), Ok(new)) if old == new);
            if old_cell == new_cell || equal() {
                continue;
            }
            self.count += 1;
            let of_column = self.by_column.entry(column).or_default();
            *of_column += 1;
            // A few of each column: many of one would show little.
            if *of_column <= COLUMN_CELLS_MAX && self.shown.len() < CELLS_MAX {
                let cell = |class: &str, value: &str| {
                    format!("<code class={class}>{}</code>", text(&cut(value, bytes_max.min(80))))
                };
                self.shown.push(vec![
                    text(new.get(0).unwrap_or_default()),
                    text(header.get(column).unwrap_or_default()),
                    cell("del", old_cell),
                    cell("ins", new_cell),
                ]);
            }
        }
    }
}

impl Visible {
    /// The difference between a visible file and the submitted one of the same path, or of the same path in a folder of
    /// submitted work; nothing if they are equal or the file is new.
    pub(super) fn lines(&self, path: &str, submitted: &[u8]) -> Option<String> {
        let files = self.brief.files.iter();
        let original = files.filter(|file| path == file.path || path.ends_with(&format!("/{}", file.path)));
        let original = original.max_by_key(|file| file.path.len())?;
        let (old, new) = (String::from_utf8_lossy(&original.bytes), String::from_utf8_lossy(submitted));
        if old == new {
            return None;
        }
        Some(difference(&original.path, &old.lines().collect::<Vec<_>>(), &new.lines().collect::<Vec<_>>()))
    }
}

impl Visible {
    /// The lines of visible files at which a submitted report points, quoted; nothing if the file names no place.
    pub(super) fn named(&self, path: &str, submitted: &[u8]) -> Option<String> {
        let report: serde_json::Value = serde_json::from_slice(submitted).ok()?;
        let mut html = String::new();
        for place in report.get("locations")?.as_array()?.iter().take(PLACES_MAX) {
            let line = |key: &str| usize::try_from(place.get(key)?.as_u64()?).ok();
            let (Some(file), Some(start), Some(end)) = (place.get("file"), line("start"), line("end")) else {
                continue;
            };
            let file = file.as_str().unwrap_or_default();
            let _ =
                write!(html, "<p class=soft>{} names {}, lines {start} to {end}</p>", text(path), text(file));
            let Some(bytes) = self.brief.file(file) else { continue };
            let whole = String::from_utf8_lossy(bytes);
            let span = end.saturating_sub(start).min(LINES_MAX) + 1;
            let lines: Vec<&str> = whole.lines().skip(start.max(1) - 1).take(span).collect();
            if !lines.is_empty() {
                let _ = write!(html, "<pre>{}</pre>", text(&cut(&lines.join("\n"), 4_000)));
            }
        }
        Some(html).filter(|html| !html.is_empty())
    }
}

/// The stretch in which two texts differ, with its line numbers and some lines around it.
fn difference(path: &str, old: &[&str], new: &[&str]) -> String {
    let head = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let tail =
        old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(old, new)| old == new).count();
    let (gone, come) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let (first, last) = (head + 1, (head + gone.len()).max(head + 1));
    let span = if first == last { format!("line {first}") } else { format!("lines {first} to {last}") };
    let mut html = format!("<p class=soft>{}, {span}</p><pre class=diff>", text(path));
    let before = &old[head.saturating_sub(CONTEXT)..head];
    let after = &old[old.len() - tail..(old.len() - tail + CONTEXT).min(old.len())];
    let changed =
        gone.iter().map(|line| ("del", '-', line)).chain(come.iter().map(|line| ("ins", '+', line)));
    let left = (gone.len() + come.len()).saturating_sub(LINES_MAX);
    let shown = before.iter().map(|line| ("soft", ' ', line)).chain(changed.take(LINES_MAX));
    for (class, mark, line) in shown {
        let _ = writeln!(html, "<span class={class}>{mark} {}</span>", text(&cut(line, 400)));
    }
    if left > 0 {
        let _ = writeln!(html, "... {left} lines more");
    }
    for line in after {
        let _ = writeln!(html, "<span class=soft>  {}</span>", text(&cut(line, 400)));
    }
    html.push_str("</pre>");
    html
}

#[cfg(test)]
mod tests {
    use envy_core::{BoxFile, JobEnd, JobResult};

    use super::*;
    use crate::testing;

    fn visible() -> Visible {
        let mut brief = testing::generated(1).task.brief;
        brief.files = vec![
            BoxFile::new("train.csv", "id,x\n1,5\n2,<b>\n3,7.0\n"),
            BoxFile::new("src/model.py", "a\nb\nc\nd\n"),
        ];
        Visible::new(Arc::new(brief))
    }

    #[test]
    fn changed_cells_are_shown_before_and_after() {
        let mut record = testing::record(0, 0, Some(1.0));
        // Of the row 2 the first counts; 5 and 5.0 are equal.
        let returned = Output::Bytes(b"id,x\n1,5.0\n2,9\n2,8\n4,1\n".to_vec());
        record.job_results = vec![vec![JobResult {
            end: JobEnd::Exited(0),
            outputs: [("out.csv".to_owned(), returned)].into(),
            stderr_tail: String::new(),
        }]];
        let html = visible().cells(&record, 1_000).unwrap();
        assert!(html.contains("1 cells of train.csv changed, 1 of 3 rows left out"), "{html}");
        assert!(html.contains("&lt;b&gt;</code></td><td><code class=ins>9</code>"), "{html}");
        record.job_results.clear();
        assert_eq!(visible().cells(&record, 1_000), None);
    }

    #[test]
    fn changed_lines_are_shown_where_they_are() {
        let html = visible().lines("response/revised/src/model.py", b"a\nB<\nc\nd\n").unwrap();
        assert!(html.contains("src/model.py, line 2<"), "{html}");
        assert!(
            html.contains("<span class=del>- b</span>") && html.contains("<span class=ins>+ B&lt;</span>"),
            "{html}"
        );
        assert!(html.contains("<span class=soft>  a</span>\n<span class=del>"), "{html}");
        let longer = visible().lines("src/model.py", b"a\nd\n").unwrap();
        assert!(longer.contains("lines 2 to 3<"), "{longer}");
        assert_eq!(visible().lines("src/model.py", b"a\nb\nc\nd\n"), None);
        assert_eq!(visible().lines("new.py", b"a"), None);
    }

    #[test]
    fn the_places_that_a_report_names_are_quoted() {
        let report = br#"{"locations": [{"file": "src/model.py", "start": 2, "end": 3}, {"file": "<x>", "start": 1, "end": 1}]}"#;
        let html = visible().named("response/report.json", report).unwrap();
        assert!(html.contains("names src/model.py, lines 2 to 3</p><pre>b\nc</pre>"), "{html}");
        assert!(html.contains("&lt;x&gt;") && !html.contains("<x>"), "{html}");
        for other in [&b"{}"[..], b"no json", br#"{"locations": [{"file": 1, "start": -1}]}"#] {
            assert_eq!(visible().named("response/report.json", other), None);
        }
    }
}
