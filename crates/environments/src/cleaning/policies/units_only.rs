//! `policy/units-only`: takes back units, offsets and signs, and nothing else.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed};

use super::plan::Skill;
use super::{identity, plan, submit_program};

/// Takes back units, offsets and signs, and nothing else.
pub(super) struct UnitsOnly;

impl Policy for UnitsOnly {
    fn name(&self) -> &'static str {
        "units-only"
    }

    fn doc(&self) -> &'static str {
        "takes back units, offsets and signs, and nothing else"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Partial
    }

    fn start(&self, brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        match plan::plan(brief) {
            Some((_, plan)) => submit_program(&plan::repairing_program(&Skill::Units.of(&plan))),
            None => submit_program(identity::PROGRAM),
        }
    }
}
