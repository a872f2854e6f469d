//! `policy/over-excluder`: sees leaks everywhere.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed};

use super::config::Config;
use super::reference;
use super::sight::Sight;
use super::skill;

/// Does everything right and drops the decoys as well.
pub(super) struct OverExcluder;

impl Policy for OverExcluder {
    fn name(&self) -> &'static str {
        "over-excluder"
    }

    fn doc(&self) -> &'static str {
        "does everything right and drops the decoys as well"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Partial
    }

    fn kind_on(&self, brief: &Brief) -> PolicyKind {
        skill(brief, config)
    }

    fn start(&self, brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        config(&Sight::new(brief)).script()
    }
}

/// What it makes of the evidence.
pub(super) fn config(sight: &Sight) -> Config {
    let extra = sight.suspicious_names().into_iter().chain(sight.many.iter().cloned());
    reference::config(sight).without(extra)
}
