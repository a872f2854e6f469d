//! The gallery of faults is made from the operators' own files and from what they do to a table.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::*;
use crate::ledger::Event;
use crate::original::ORIGINAL;

/// What every operator's file says of it, in this order.
pub(crate) const PARTS: [&str; 5] = ["In life: ", "Parameters: ", "Evidence: ", "Inverse: ", "Literature: "];
/// Longer cells are cut in the examples.
const SHOWN_CHARACTERS: usize = 40;

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The parts of the text that opens an operator's file in a folder of this crate.
pub(crate) fn parts(operators: &str, name: &str) -> Vec<String> {
    let file = folder().join(operators).join(format!("{}.rs", name.replace('-', "_")));
    let source = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = source.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim).collect();
    let mut text = lines.join(" ");
    let mut parts = Vec::new();
    for part in PARTS.iter().rev() {
        let (head, tail) = text.split_once(part).unwrap_or_else(|| panic!("{name} does not say {part}"));
        parts.insert(0, tail.trim().to_owned());
        text = head.to_owned();
    }
    parts
}

/// An event of the operator on the first table that gives it a hold.
fn example(operator: &dyn Corruption, fixtures: &[(Fixture, Seed)]) -> Event {
    let found = fixtures.iter().find_map(|(fixture, seed)| {
        let recipe = recipe(&[operator.info().code], 1, 0.2, Selection::Label, fixture, seed)?;
        recipe.apply(&seed.derive("gallery"), &fixture.draws[0]).ok()?.ledger.events.into_iter().next()
    });
    found.unwrap_or_else(|| panic!("{} finds no hold", operator.info().code))
}

fn shown(text: &str) -> String {
    let short: String = text.chars().take(SHOWN_CHARACTERS).collect();
    if short.is_empty() { "an empty cell".to_owned() } else { format!("`{short}`") }
}

/// What happened to the first cells that changed, column by column.
fn before_and_after(event: &Event) -> String {
    let mut columns: Vec<&str> = Vec::new();
    let mut lines = Vec::new();
    for change in &event.changes {
        if columns.contains(&change.column.as_str()) || columns.len() == 3 {
            continue;
        }
        columns.push(&change.column);
        lines.push(format!("`{}`: {} becomes {}", change.column, shown(&change.old), shown(&change.new)));
    }
    if let Some(copy) = event.copies.first() {
        lines.insert(0, format!("row {} appears again as row {}", copy.of, copy.row_id));
    }
    lines.join("; ")
}

/// The kinds of a list of tagged values.
fn kinds<T: Serialize>(values: impl Iterator<Item = T>, tag: &str) -> String {
    let mut kinds: Vec<String> = Vec::new();
    for value in values {
        let kind = serde_json::to_value(value).unwrap()[tag].as_str().unwrap().to_owned();
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    if kinds.is_empty() {
        return "nothing".to_owned();
    }
    kinds.iter().map(|kind| format!("`{kind}`")).collect::<Vec<_>>().join(", ")
}

fn page() -> String {
    let fixtures: Vec<(Fixture, Seed)> = (0..domains::ALL.len())
        .step_by(3)
        .map(|domain| {
            let seed = Seed::named(&format!("contract/{domain}"));
            (Fixture::new(domain, &seed), seed)
        })
        .collect();
    let mut text = String::from(
        "# Gallery of faults\n\nMade from the operators' files and from what they do to a table; a test checks that it is \
         current. Class E has an exact inverse, P can be estimated or taken back, X is texture: under 3 % of the cells \
         and not scored.\n",
    );
    for operator in ALL {
        let info = operator.info();
        let class = serde_json::to_value(info.class).unwrap();
        let class = class.as_str().unwrap();
        let event = example(*operator, &fixtures);
        let _ = write!(text, "\n## {} `{}` ({class})\n\n{}\n\n", info.code, info.name, info.doc);
        let _ = writeln!(text, "- Before and after: {}", before_and_after(&event));
        for (part, said) in PARTS.iter().zip(parts("src/corruptions", info.name)) {
            let _ = writeln!(text, "- {part}{said}");
        }
        let log = info.notes.iter().map(|note| format!("\"{note}\"")).collect::<Vec<_>>().join(" / ");
        let _ = writeln!(text, "- A log says: {log}");
        let _ = writeln!(text, "- Checked by: {}", kinds(event.evidence.iter(), "kind"));
        let _ = writeln!(text, "- Taken back by: {}", kinds(event.repairs.iter(), "fix"));
    }
    text.push_str(
        "\n## What the original did\n\n| the original | said by | here | class |\n|---|---|---|---|\n",
    );
    for kind in ORIGINAL {
        let class = serde_json::to_value(kind.class).unwrap();
        let by = if kind.from_readme { "README" } else { "code" };
        let _ =
            writeln!(text, "| {} | {by} | `{}` | {} |", kind.what, kind.operator, class.as_str().unwrap());
    }
    text
}

#[test]
fn the_gallery_shows_every_operator_in_its_own_words() {
    let path = folder().join("../../docs/environments/cleaning_gallery.md");
    let page = page();
    if std::env::var_os("ENVY_BLESS").is_some() {
        std::fs::write(&path, &page).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == page, "run this test with ENVY_BLESS=1 and review the page");
}
