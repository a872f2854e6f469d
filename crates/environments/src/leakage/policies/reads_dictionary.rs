//! `policy/reads-dictionary`: careful with the dictionary, blind to everything else.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed};

use super::config::Config;
use super::sight::Sight;
use super::skill;

/// Drops what the data dictionary gives away and fits a logistic regression.
pub(super) struct ReadsDictionary;

impl Policy for ReadsDictionary {
    fn name(&self) -> &'static str {
        "reads-dictionary"
    }

    fn doc(&self) -> &'static str {
        "drops what the data dictionary gives away and fits a logistic regression"
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
    let drop = sight.confessed.iter().cloned().chain(sight.keys());
    Config::plain(sight, "logistic").without(drop)
}
