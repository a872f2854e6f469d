//! `policy/types-only`: reads every cell as what it was meant to be, and asks nothing further.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed};

use super::plan::Skill;
use super::{identity, plan, submit_program};

/// Makes spellings, formats and constants legal, and leaves legal values alone.
pub(super) struct TypesOnly;

impl Policy for TypesOnly {
    fn name(&self) -> &'static str {
        "types-only"
    }

    fn doc(&self) -> &'static str {
        "makes spellings, formats and constants legal, and leaves legal values alone"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Partial
    }

    fn start(&self, brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        match plan::plan(brief) {
            Some((_, plan)) => submit_program(&plan::repairing_program(&Skill::Types.of(&plan))),
            None => submit_program(identity::PROGRAM),
        }
    }
}
