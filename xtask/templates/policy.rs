//! `policy/template-name`: what it does, and what must come of it.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed};

use super::submit_program;

/// What it does.
pub(super) struct Template;

const PROGRAM: &str = r#"
def clean_data(tables):
    return tables["train"].drop_duplicates()
"#;

impl Policy for Template {
    fn name(&self) -> &'static str {
        "template-name"
    }

    fn doc(&self) -> &'static str {
        "drops rows that are equal to the letter"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Partial
    }

    fn start(&self, _brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        submit_program(PROGRAM)
    }
}
