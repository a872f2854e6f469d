//! The gallery of what goes wrong with series is made from the operators' own files and from what they do to readings.

use std::fmt::Write as _;

use super::*;
use crate::corruptions::tests::gallery::{PARTS, folder, parts};

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
        for (part, said) in PARTS.iter().zip(parts("src/series/faults", info.name)) {
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
