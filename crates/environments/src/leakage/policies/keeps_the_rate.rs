//! `policy/keeps-the-rate`: the single subtle leak.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed};

use super::config::Config;
use super::reference;
use super::sight::Sight;
use super::skill;

/// Does everything right but keeps the columns that the ETL averages over categories.
pub(super) struct KeepsTheRate;

impl Policy for KeepsTheRate {
    fn name(&self) -> &'static str {
        "keeps-the-rate"
    }

    fn doc(&self) -> &'static str {
        "does everything right but keeps the columns that the ETL averages over categories"
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
    let rates = sight.rates.clone();
    let config = reference::config(sight);
    let kept = |names: Vec<String>| names.into_iter().filter(|name| !rates.contains(name)).collect();
    Config { drop: kept(config.drop.clone()), name: kept(config.name.clone()), ..config }
}
