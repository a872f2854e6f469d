//! `policy/null` where ending an episode without a single call is doing nothing.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed, policy};

/// Does nothing at all.
pub(crate) struct Null;

impl Policy for Null {
    fn name(&self) -> &'static str {
        "null"
    }

    fn doc(&self) -> &'static str {
        "does nothing at all"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Null
    }

    fn start(&self, _brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        policy::fixed(Vec::new())
    }
}
