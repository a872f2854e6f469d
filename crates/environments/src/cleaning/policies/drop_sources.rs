//! `policy/drop-sources`: throws out every source that has a fault, with its good rows.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed};

use super::{identity, plan, submit_program};

/// Throws out every source that has a fault.
pub(super) struct DropSources;

impl Policy for DropSources {
    fn name(&self) -> &'static str {
        "drop-sources"
    }

    fn doc(&self) -> &'static str {
        "throws out every source that has a fault"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Partial
    }

    fn start(&self, brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        match plan::plan(brief) {
            Some((_, plan)) => submit_program(&plan::source_dropping_program(&plan)),
            None => submit_program(identity::PROGRAM),
        }
    }
}
