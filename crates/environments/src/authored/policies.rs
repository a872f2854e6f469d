//! The scripted agents: what holds of a task that anybody may write is that nothing earns nothing.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed, policy};

/// Every policy.
pub(super) const ALL: &[&dyn Policy] = &[&Null];

/// Does nothing.
struct Null;

impl Policy for Null {
    fn name(&self) -> &'static str {
        "null"
    }

    fn doc(&self) -> &'static str {
        "does nothing"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Null
    }

    fn start(&self, _brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        policy::fixed(Vec::new())
    }
}
