//! `policy/uses-everything`: what a pipeline without a thought comes to.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed};

use super::config::Config;
use super::sight::Sight;
use super::skill;

/// Uses every column and splits at random.
pub(super) struct UsesEverything;

impl Policy for UsesEverything {
    fn name(&self) -> &'static str {
        "uses-everything"
    }

    fn doc(&self) -> &'static str {
        "uses every column and splits at random"
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
    Config::plain(sight, "blend")
}
