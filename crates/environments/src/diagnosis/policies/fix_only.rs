//! `policy/fix-only`: mends the program and reports nothing.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed, policy};

use super::reference::{diagnose, project};
use super::submit;

/// Mends the program and reports nothing.
pub(super) struct FixOnly;

impl Policy for FixOnly {
    fn name(&self) -> &'static str {
        "fix-only"
    }

    fn doc(&self) -> &'static str {
        "mends the program and reports nothing"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Partial
    }

    fn start(&self, brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        let Some(project) = project(brief) else { return policy::fixed(Vec::new()) };
        policy::fixed(vec![diagnose(&project).revision(&project), vec![submit()]])
    }
}
