//! `policy/reference`: solves the task from what the agent sees, and writes the program that carries the plan out.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed};

use super::{identity, plan, submit_program};

/// Repairs what the solver finds.
pub(super) struct Reference;

impl Policy for Reference {
    fn name(&self) -> &'static str {
        "reference"
    }

    fn doc(&self) -> &'static str {
        "works out each source's habit from the files and takes it back"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Reference
    }

    fn start(&self, brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        match plan::plan(brief) {
            Some((_, plan)) => submit_program(&plan::repairing_program(&plan)),
            None => submit_program(identity::PROGRAM),
        }
    }

    fn start_partly(&self, brief: &Brief, seed: Seed, skill: f64) -> Option<Box<dyn Script>> {
        let (_, plan) = plan::plan(brief)?;
        Some(submit_program(&plan::repairing_program(&plan::overlooking(plan, skill, &seed))))
    }
}
