//! `policy/dedupe`: leaves out rows that are no records of their own, and nothing else.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed};

use super::plan::Skill;
use super::{identity, plan, submit_program};

/// Leaves out duplicates, older versions and lines that are no records.
pub(super) struct Dedupe;

impl Policy for Dedupe {
    fn name(&self) -> &'static str {
        "dedupe"
    }

    fn doc(&self) -> &'static str {
        "leaves out duplicates, older versions and lines that are no records"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Partial
    }

    fn start(&self, brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        match plan::plan(brief) {
            Some((_, plan)) => submit_program(&plan::repairing_program(&Skill::Rows.of(&plan))),
            None => submit_program(identity::PROGRAM),
        }
    }
}
