//! The policies that are settings of one generic pipeline.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed};

use super::config::Config;
use super::reference;
use super::sight::Sight;

/// A policy that reads the evidence in its own way and writes the generic pipeline with what it made of it.
pub(in crate::leakage) struct Setting {
    /// Its name.
    pub(in crate::leakage) name: &'static str,
    /// One sentence for people.
    pub(super) doc: &'static str,
    /// Its place on the ladder.
    pub(super) kind: PolicyKind,
    /// What it makes of the evidence.
    pub(in crate::leakage) config: fn(&Sight) -> Config,
}

impl Policy for Setting {
    fn name(&self) -> &'static str {
        self.name
    }

    fn doc(&self) -> &'static str {
        self.doc
    }

    fn kind(&self) -> PolicyKind {
        self.kind
    }

    /// Partial skill is honest work on a task that asks for no more than the policy does: then it does as the reference
    /// does, the model aside, as the honest baselines do.
    fn kind_on(&self, brief: &Brief) -> PolicyKind {
        if self.kind != PolicyKind::Partial {
            return self.kind;
        }
        let sight = Sight::new(brief);
        let is_whole = (self.config)(&sight).does_as(&reference::config(&sight));
        if is_whole { PolicyKind::Honest } else { PolicyKind::Partial }
    }

    fn start(&self, brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        (self.config)(&Sight::new(brief)).script()
    }
}
