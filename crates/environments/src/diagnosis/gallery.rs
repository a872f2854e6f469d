//! The gallery of mechanisms in the guide is made from the mutators' own words.

use std::fmt::Write as _;
use std::path::Path;

use envy_pycode::mutators;

const OPEN: &str = "<!-- gallery -->\n";
const CLOSE: &str = "<!-- /gallery -->";

fn gallery() -> String {
    let mut text =
        String::from("| code | mechanism | class | what is wrong | found by |\n|---|---|---|---|---|\n");
    for mutator in mutators::ALL {
        let class = serde_json::to_value(mutator.class).unwrap();
        let class = class.as_str().unwrap().to_owned();
        let tests = mutator.tests.join(", ");
        writeln!(text, "| {} | `{}` | {class} | {} | {tests} |", mutator.code, mutator.name, mutator.doc)
            .unwrap();
    }
    text
}

#[test]
fn the_guide_shows_every_mechanism_in_its_own_words() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/environments/diagnosis.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = page.split_once(OPEN).unwrap();
    let (shown, tail) = rest.split_once(CLOSE).unwrap();
    if std::env::var_os("ENVY_BLESS").is_some() {
        std::fs::write(&path, format!("{head}{OPEN}{}{CLOSE}{tail}", gallery())).unwrap();
        return;
    }
    assert!(shown == gallery(), "run this test with ENVY_BLESS=1 and review the page");
}
