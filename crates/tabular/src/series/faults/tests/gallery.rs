//! The gallery of what goes wrong with series is made from the operators' own files and from what they do to readings.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::*;

/// What every operator's file says of it, in this order.
const PARTS: [&str; 5] = ["In life: ", "Parameters: ", "Evidence: ", "Inverse: ", "Literature: "];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The parts of the text that opens an operator's file.
fn parts(name: &str) -> Vec<String> {
    let file = folder().join("src/series/faults").join(format!("{}.rs", name.replace('-', "_")));
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

fn page() -> String {
    let seed = Seed::named("series-gallery");
    let fixture = Fixture::new(3, &seed);
    let mut text = String::from(
        "# Gallery of faults: series\n\nMade from the operators' files and from what they do to readings; a test checks that \
         it is current. Class E has an exact inverse, P can be estimated or taken back.\n",
    );
    for operator in ALL {
        let info = operator.info();
        let class = serde_json::to_value(info.class).unwrap();
        let recipe = fixture.recipe(&[info.code], 1, &seed).unwrap();
        let event = recipe.apply(&seed, &fixture.table).unwrap().ledger.events.remove(0);
        let _ = write!(
            text,
            "\n## {} `{}` ({})\n\n{}\n\n",
            info.code,
            info.name,
            class.as_str().unwrap(),
            info.doc
        );
        let mut shown = Vec::new();
        if let Some(copy) = event.copies.first() {
            shown.push(format!("row {} appears again as row {}", copy.of, copy.row_id));
        }
        let changes = event.changes.iter().skip(1).take(2);
        shown.extend(changes.map(|each| format!("`{}`: `{}` becomes `{}`", each.column, each.old, each.new)));
        let _ = writeln!(text, "- Before and after: {}", shown.join("; "));
        for (part, said) in PARTS.iter().zip(parts(info.name)) {
            let _ = writeln!(text, "- {part}{said}");
        }
        let log = info.notes.iter().map(|note| format!("\"{note}\"")).collect::<Vec<_>>().join(" / ");
        let _ = writeln!(text, "- A log says: {log}");
    }
    text
}

#[test]
fn the_gallery_shows_every_operator_of_series_in_its_own_words() {
    let path = folder().join("../../docs/environments/cleaning_gallery_series.md");
    let page = page();
    if std::env::var_os("ENVY_BLESS").is_some() {
        std::fs::write(&path, &page).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == page, "run this test with ENVY_BLESS=1 and review the page");
}
