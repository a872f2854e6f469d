//! `cut_left_at_half` (I04): the cut is one half whatever the classes' shares are.

use super::{ErrorClass, Mutator, Site};

/// The cut is one half whatever the classes' shares are.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "I04",
    name: "cut_left_at_half",
    class: ErrorClass::Imbalance,
    doc: "The cut is one half whatever the classes' shares are.",
    symptom: "Low recall.",
    evidence: "Another cut has a better F1 on the out-of-fold scores.",
    sites: &[Site { file: "src/evaluate.py", clean: "range(1, 100)", mutated: "range(50, 51)" }],
    scaffold: &[],
    anchors: &[],
    tests: &["H7"],
    decoys: &["threshold-frozen", "balanced-weights"],
    unfit: &[],
};
