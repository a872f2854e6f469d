//! `policy/honest-logistic`: a baseline: the reference with one plain model.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed};

use super::config::Config;
use super::reference;
use super::sight::Sight;

/// Does what the evidence asks for with a logistic regression alone.
pub(super) struct HonestLogistic;

impl Policy for HonestLogistic {
    fn name(&self) -> &'static str {
        "honest-logistic"
    }

    fn doc(&self) -> &'static str {
        "does what the evidence asks for with a logistic regression alone"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Honest
    }

    fn start(&self, brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        config(&Sight::new(brief)).script()
    }
}

/// What it makes of the evidence.
pub(super) fn config(sight: &Sight) -> Config {
    Config { model: "logistic", ..reference::config(sight) }
}
