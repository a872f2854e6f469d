//! `policy/reads-log`: reads the log, but joins it with nothing.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed};

use super::config::Config;
use super::sight::Sight;
use super::skill;

/// Drops what the dictionary and the as-of log give away and blends two models.
pub(super) struct ReadsLog;

impl Policy for ReadsLog {
    fn name(&self) -> &'static str {
        "reads-log"
    }

    fn doc(&self) -> &'static str {
        "drops what the dictionary and the as-of log give away and blends two models"
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
    let drop = sight.confessed.union(&sight.logged).cloned().chain(sight.keys());
    Config::plain(sight, "blend").without(drop)
}
