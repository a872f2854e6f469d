//! Changes: what an episode changed, beside what it found: cells of a table that came back, lines of files.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use envy_core::job::Output;
use envy_core::{Brief, Record};

use super::html::{cut, table, text};

/// Cells shown of a table.
const CELLS_MAX: usize = 12;

/// Lines shown of a file's difference.
const LINES_MAX: usize = 60;

/// Larger tables are not compared, bytes.
const TABLE_BYTES_MAX: usize = 8 << 20;

/// Cells of a visible table that the submitted program changed, before and after; nothing if no table came back.
pub(super) fn cells(brief: &Brief, record: &Record, bytes_max: usize) -> Option<String> {
    let outputs = record.job_results.iter().flatten().flat_map(|result| result.outputs.values());
    let tables: Vec<&[u8]> = outputs
        .filter_map(|output| match output {
            Output::Bytes(bytes) if bytes.len() <= TABLE_BYTES_MAX => Some(bytes.as_slice()),
            _ => None,
        })
        .collect();
    let visible =
        brief.files.iter().filter(|file| is_table(&file.path) && file.bytes.len() <= TABLE_BYTES_MAX);
    for file in visible {
        let before = rows(&file.bytes)?;
        let after = tables.iter().filter_map(|bytes| rows(bytes)).find(|after| after.header == before.header);
        if let Some(after) = after {
            return Some(changed(&file.path, &before, &after, bytes_max));
        }
    }
    None
}

fn is_table(path: &str) -> bool {
    std::path::Path::new(path).extension().is_some_and(|end| end.eq_ignore_ascii_case("csv"))
}

/// A table by the first column, which identifies its rows.
struct Rows {
    header: Vec<String>,
    by_id: BTreeMap<String, Vec<String>>,
}

fn rows(bytes: &[u8]) -> Option<Rows> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let header: Vec<String> = reader.headers().ok()?.iter().map(str::to_owned).collect();
    let mut by_id = BTreeMap::new();
    for record in reader.records() {
        let record = record.ok()?;
        by_id.insert(record.get(0)?.to_owned(), record.iter().map(str::to_owned).collect());
    }
    Some(Rows { header, by_id })
}

fn changed(name: &str, before: &Rows, after: &Rows, bytes_max: usize) -> String {
    let (mut shown, mut count, mut gone) = (Vec::new(), 0_usize, 0_usize);
    let mut columns: BTreeMap<&str, usize> = BTreeMap::new();
    for (id, old) in &before.by_id {
        let Some(new) = after.by_id.get(id) else {
            gone += 1;
            continue;
        };
        for ((column, old), new) in before.header.iter().zip(old).zip(new) {
            let same = old == new
                || matches!((old.parse::<f64>(), new.parse::<f64>()), (Ok(old), Ok(new)) if old == new);
            if same {
                continue;
            }
            count += 1;
            *columns.entry(column).or_default() += 1;
            // One of each column first: a table of a single column's cells shows little.
            if columns[column.as_str()] <= 3 && shown.len() < CELLS_MAX {
                let cell = |value: &str| format!("<code>{}</code>", text(&cut(value, bytes_max.min(80))));
                shown.push(vec![text(id), text(column), cell(old), cell(new)]);
            }
        }
    }
    let headers = ["row", "column", "found", "returned"].map(str::to_owned);
    let mut html = format!(
        "<p>{count} cells of {} changed, {gone} of {} rows left out.</p>",
        text(name),
        before.by_id.len()
    );
    if !shown.is_empty() {
        html += &table(&headers, &shown, usize::MAX);
    }
    html
}

/// The difference between a visible file and the submitted one of the same path, or of the same path in a folder of
/// submitted work; nothing if they are equal or the file is new.
pub(super) fn lines(brief: &Brief, path: &str, submitted: &[u8]) -> Option<String> {
    let original =
        brief.files.iter().filter(|file| path == file.path || path.ends_with(&format!("/{}", file.path)));
    let original = original.max_by_key(|file| file.path.len())?;
    let (old, new) = (String::from_utf8_lossy(&original.bytes), String::from_utf8_lossy(submitted));
    if old == new {
        return None;
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let head = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let tail =
        old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(old, new)| old == new).count();
    let (gone, come) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let mut html = format!("<pre>line {} of {}\n", head + 1, text(&original.path));
    let marked = [("del", "-", gone), ("ins", "+", come)];
    let all =
        marked.iter().flat_map(|(class, mark, lines)| lines.iter().map(move |line| (class, mark, line)));
    for (class, mark, line) in all.clone().take(LINES_MAX) {
        let _ = writeln!(html, "<span class={class}>{mark} {}</span>", text(&cut(line, 400)));
    }
    let left = all.count().saturating_sub(LINES_MAX);
    if left > 0 {
        let _ = writeln!(html, "... {left} lines more");
    }
    html.push_str("</pre>");
    Some(html)
}

#[cfg(test)]
mod tests {
    use envy_core::{BoxFile, JobEnd, JobResult};

    use super::*;
    use crate::testing;

    fn brief() -> Brief {
        let mut brief = testing::generated(1).task.brief;
        brief.files = vec![
            BoxFile::new("train.csv", "id,x\n1,5\n2,<b>\n3,7.0\n"),
            BoxFile::new("src/model.py", "a\nb\nc\nd\n"),
        ];
        brief
    }

    #[test]
    fn changed_cells_are_shown_before_and_after() {
        let mut record = testing::record(0, 0, Some(1.0));
        let returned = Output::Bytes(b"id,x\n1,5\n2,9\n".to_vec());
        record.job_results = vec![vec![JobResult {
            end: JobEnd::Exited(0),
            outputs: [("out.csv".to_owned(), returned)].into(),
            stderr_tail: String::new(),
        }]];
        let html = cells(&brief(), &record, 1_000).unwrap();
        assert!(html.contains("1 cells of train.csv changed, 1 of 3 rows left out"), "{html}");
        assert!(html.contains("<code>&lt;b&gt;</code></td><td><code>9</code>"), "{html}");
        record.job_results.clear();
        assert_eq!(cells(&brief(), &record, 1_000), None);
    }

    #[test]
    fn changed_lines_are_shown_where_they_are() {
        let html = lines(&brief(), "response/revised/src/model.py", b"a\nB<\nc\nd\n").unwrap();
        assert!(html.contains("line 2 of src/model.py"), "{html}");
        assert!(
            html.contains("<span class=del>- b</span>") && html.contains("<span class=ins>+ B&lt;</span>"),
            "{html}"
        );
        assert_eq!(lines(&brief(), "src/model.py", b"a\nb\nc\nd\n"), None);
        assert_eq!(lines(&brief(), "new.py", b"a"), None);
    }
}
