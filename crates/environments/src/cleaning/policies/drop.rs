//! `policy/drop`: finds what the reference finds, but throws the rows out instead of repairing them.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed};

use super::{identity, plan, submit_program};

/// Drops suspicious rows.
pub(super) struct Drop;

impl Policy for Drop {
    fn name(&self) -> &'static str {
        "drop"
    }

    fn doc(&self) -> &'static str {
        "throws out every row that looks wrong"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Partial
    }

    fn start(&self, brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        match plan::plan(brief) {
            Some((_, plan)) => submit_program(&plan::dropping_program(&plan)),
            None => submit_program(identity::PROGRAM),
        }
    }
}
