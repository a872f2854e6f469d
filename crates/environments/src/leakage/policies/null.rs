//! `policy/null`: no work.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed, policy};

/// Submits nothing.
pub(super) struct Null;

impl Policy for Null {
    fn name(&self) -> &'static str {
        "null"
    }

    fn doc(&self) -> &'static str {
        "submits nothing"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Null
    }

    fn start(&self, _brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        policy::fixed(vec![vec![policy::call("submit_answer", serde_json::json!({}))]])
    }
}
