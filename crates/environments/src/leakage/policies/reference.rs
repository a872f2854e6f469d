//! `policy/reference`: the evidence, read to the end.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed};

use super::config::Config;
use super::sight::Sight;

/// Reads every document and does what each asks for.
pub(super) struct Reference;

impl Policy for Reference {
    fn name(&self) -> &'static str {
        "reference"
    }

    fn doc(&self) -> &'static str {
        "reads every document and does what each asks for"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Reference
    }

    fn start(&self, brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        config(&Sight::new(brief)).script()
    }
}

/// What the evidence asks for.
pub(super) fn config(sight: &Sight) -> Config {
    let config = Config::plain(sight, "blend").without(sight.all().into_iter().chain(sight.keys()));
    Config { prevalence: sight.prevalence(), dedupe: sight.form(), split: sight.split(), ..config }
}
