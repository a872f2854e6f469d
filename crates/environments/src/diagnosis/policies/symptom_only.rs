//! `policy/symptom-only`: points at the lines that print the figures.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed};
use envy_pycode::mutators::ErrorClass;

use super::{EMPTY_TEST, report, respond};

/// Points at the lines that print the figures.
pub(super) struct SymptomOnly;

impl Policy for SymptomOnly {
    fn name(&self) -> &'static str {
        "symptom-only"
    }

    fn doc(&self) -> &'static str {
        "points at the lines that print the figures"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Partial
    }

    fn start(&self, _brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        let places = [("src/train.py", 85, 92)];
        respond(
            &report(ErrorClass::Overfitting, "single_unpruned_tree", &places, "The figures look odd."),
            Some(EMPTY_TEST),
        )
    }
}
