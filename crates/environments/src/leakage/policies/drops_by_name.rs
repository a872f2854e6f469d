//! `policy/drops-by-name`: trusts names.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed};

use super::config::Config;
use super::sight::Sight;
use super::skill;

/// Drops the columns whose names sound like the outcome.
pub(super) struct DropsByName;

impl Policy for DropsByName {
    fn name(&self) -> &'static str {
        "drops-by-name"
    }

    fn doc(&self) -> &'static str {
        "drops the columns whose names sound like the outcome"
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
    Config::plain(sight, "blend").without(sight.suspicious_names().into_iter().chain(sight.keys()))
}
