//! `policy/drops-the-strongest`: takes strength for a leak.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed};

use super::config::Config;
use super::sight::Sight;
use super::skill;

/// Drops the three numeric columns that rank the label best.
pub(super) struct DropsTheStrongest;

impl Policy for DropsTheStrongest {
    fn name(&self) -> &'static str {
        "drops-the-strongest"
    }

    fn doc(&self) -> &'static str {
        "drops the three numeric columns that rank the label best"
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
    Config { drop_strongest: 3, ..Config::plain(sight, "blend").without(sight.keys()) }
}
