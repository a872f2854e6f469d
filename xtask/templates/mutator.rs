//! `template_name` (Z00): what goes wrong, and why nobody notices at first.

use super::{ErrorClass, Mutator, Site};

/// What goes wrong.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "Z00",
    name: "template_name",
    class: ErrorClass::Overfitting,
    doc: "What goes wrong, in one sentence.",
    symptom: "What the figures of a run show.",
    evidence: "What an experiment shows.",
    sites: &[Site { file: "src/train.py", clean: "max_depth=6", mutated: "max_depth=None" }],
    scaffold: &[],
    anchors: &[],
    tests: &["H5"],
    decoys: &[],
    unfit: &[],
};
