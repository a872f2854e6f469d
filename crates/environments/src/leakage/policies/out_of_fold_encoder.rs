//! `policy/out-of-fold-encoder`: knows how rates ought to be computed, and little else.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed};

use super::config::Config;
use super::sight::Sight;
use super::skill;

/// Drops what the dictionary and the ETL's definitions give away and encodes categories out of fold.
pub(super) struct OutOfFoldEncoder;

impl Policy for OutOfFoldEncoder {
    fn name(&self) -> &'static str {
        "out-of-fold-encoder"
    }

    fn doc(&self) -> &'static str {
        "drops what the dictionary and the ETL's definitions give away and encodes categories out of fold"
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
    let drop = sight.confessed.union(&sight.defined).cloned().chain(sight.keys());
    Config::plain(sight, "blend").without(drop)
}
