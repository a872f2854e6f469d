//! Output: data on stdout, everything else on stderr.

use std::io::{IsTerminal as _, Write as _};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde::Serialize;

use crate::fail::Failure;

/// Writes text to stdout. A reader that has gone away (`| head`) ends the process quietly.
///
/// # Errors
/// stdout cannot be written.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        other => other.map_err(|error| Failure::io("write to stdout", &error)),
    }
}

/// Writes a line of text to stdout.
///
/// # Errors
/// stdout cannot be written.
pub(crate) fn line(text: impl AsRef<str>) -> Result<(), Failure> {
    print(&format!("{}\n", text.as_ref()))
}

/// Writes a document to stdout as indented JSON.
///
/// # Errors
/// stdout cannot be written.
pub(crate) fn json(document: &impl Serialize) -> Result<(), Failure> {
    line(serde_json::to_string_pretty(document).expect("our documents are plain data"))
}

/// Tells the user something that is not the command's data.
pub(crate) fn note(text: impl AsRef<str>) {
    // Without a stderr there is nobody to tell.
    let _gone = writeln!(std::io::stderr().lock(), "{}", text.as_ref());
}

/// Whether a person watches stderr.
pub(crate) fn is_watched() -> bool {
    std::io::stderr().is_terminal()
}

/// Words in bold or colour where stderr is a terminal that wants them (`NO_COLOR` turns them off).
pub(crate) fn styled(text: &str, code: &str) -> String {
    let wanted = is_watched() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    if wanted { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// A table without frames, as wide as its content. Columns from `numbers_from` on are aligned to the right.
pub(crate) fn table(headers: &[&str], rows: Vec<Vec<String>>, numbers_from: usize) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(headers.to_vec());
    table.add_rows(rows);
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if index >= numbers_from {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A figure with three decimals, or a dash.
pub(crate) fn figure(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"))
}

/// A named value (a fault's kind and the like) in the word that our JSON has for it.
pub(crate) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => "none".to_owned(),
    }
}

/// `1 task`, `2 tasks`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_align_and_leave_no_blanks_at_the_end() {
        let rows =
            vec![vec!["policy/null".to_owned(), "0.000".to_owned()], vec!["x".to_owned(), "12.5".to_owned()]];
        assert_eq!(
            table(&["model", "reward"], rows, 1),
            "model        reward\npolicy/null   0.000\nx              12.5\n"
        );
        assert_eq!((figure(None).as_str(), counted(1, "task").as_str()), ("-", "1 task"));
    }
}
