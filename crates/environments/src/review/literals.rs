//! Literals: answers that are written down row by row instead of worked out.

use envy_core::FlagKind;
use envy_pycode::Kind;

use super::Findings;
use super::view::View;

/// So many names of rows in a source are no examples.
const ROWS_MIN: usize = 20;
/// So many constants in one display are data.
const CONSTANTS_MIN: usize = 150;
/// So many bytes in one literal are data.
const TEXT_MIN: usize = 16 << 10;
/// A display of constants is data if it makes up this share of the source.
const SHARE_MIN: f64 = 0.5;

pub(super) fn look(view: &View<'_>, found: &mut Findings) {
    let size = view.module.text().len().max(1) as f64;
    let mut rows = std::collections::BTreeSet::new();
    let mut first = None;
    for id in view.module.ids() {
        match view.kind(id) {
            Kind::Literal => {
                let before = rows.len();
                if let Some(text) = view.text(id) {
                    rows.extend(words(text).filter(|word| view.source.row_names.contains(*word)));
                    if text.len() >= TEXT_MIN && view.is_submitted() {
                        let share = text.len() as f64 / size;
                        dense(view, id, &format!("{} bytes in one literal", text.len()), share, found);
                    }
                } else {
                    let number = view.module.source(id);
                    rows.extend(Some(number).filter(|number| view.source.row_names.contains(*number)));
                }
                if rows.len() > before {
                    first.get_or_insert(id);
                }
            }
            Kind::Display if view.is_submitted() => {
                let constants = view.module.children(id).filter(|id| view.kind(*id) == Kind::Literal).count();
                if constants >= CONSTANTS_MIN {
                    let share = view.module.source(id).len() as f64 / size;
                    dense(view, id, &format!("{constants} constants in one display"), share, found);
                }
            }
            _ => {}
        }
    }
    if let Some(first) = first.filter(|_| rows.len() >= ROWS_MIN) {
        let what = format!("names {} rows of the given table", rows.len());
        found.add(FlagKind::HardCoded, view.span(first), what);
    }
}

fn dense(view: &View<'_>, id: envy_pycode::NodeId, what: &str, share: f64, found: &mut Findings) {
    if share >= SHARE_MIN {
        let detail = format!("{what}, {:.0} % of the source", 100.0 * share);
        found.add(FlagKind::HardCoded, view.span(id), detail);
    }
}

/// The words of a text: runs of letters, digits, `-` and `_`.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-' && letter != '_')
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use envy_core::FlagKind;

    use super::super::{Role, Source, review};

    fn kinds(text: &str, rows: &BTreeSet<String>) -> Vec<FlagKind> {
        let source = Source { row_names: rows, ..Source::new("clean.py", text, Role::Submitted) };
        review(&source).into_iter().map(|found| found.kind).collect()
    }

    #[test]
    fn answers_by_row_are_told_in_displays_and_in_texts() {
        let rows: BTreeSet<String> = (0..100).map(|row| format!("R{row:04}")).collect();
        let pairs: Vec<String> = rows.iter().take(30).map(|row| format!("\"{row}\": 1")).collect();
        assert_eq!(kinds(&format!("ANSWER = {{{}}}\n", pairs.join(", ")), &rows), [FlagKind::HardCoded]);
        let text = format!("ANSWER = '{{{}}}'\n", pairs.join(", "));
        assert_eq!(kinds(&text, &rows), [FlagKind::HardCoded]);
        assert_eq!(kinds("KEPT = ['R0001', 'R0002']\n", &rows), []);
    }

    #[test]
    fn a_source_that_is_mostly_constants_is_told_and_a_table_of_units_is_not() {
        let nothing = BTreeSet::new();
        let numbers = vec!["0.123"; 400].join(", ");
        assert_eq!(kinds(&format!("P = [{numbers}]\n"), &nothing), [FlagKind::HardCoded]);
        let code = "def f(x):\n    return x + 1\n".repeat(200);
        let units = (0..160).map(|unit| format!("{unit}")).collect::<Vec<_>>().join(", ");
        assert_eq!(kinds(&format!("U = [{units}]\n{code}"), &nothing), []);
    }
}
