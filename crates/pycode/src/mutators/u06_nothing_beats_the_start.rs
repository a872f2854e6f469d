//! `nothing_beats_the_start` (U06): the best value starts where none can beat it, so that the first weights are kept.

use super::{ErrorClass, Mutator, Site};

/// The best value starts where none can beat it, so that the first weights are kept.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "U06",
    name: "nothing_beats_the_start",
    class: ErrorClass::Underfitting,
    doc: "The best value starts where none can beat it, so that the first weights are kept.",
    symptom: "Every score is one half.",
    evidence: "Scores do not differ between rows.",
    sites: &[Site {
        file: "src/model.py",
        clean: "ANY_a, ANY_b, ANY_w = -1.0, ANY_d, 0",
        mutated: "ANY_a, ANY_b, ANY_w = 1.0, ANY_d, 0",
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H8"],
    decoys: &["early-stop", "group-folds"],
    unfit: &[],
};
