//! `target_clipped` (U07): amounts are cut off at one before they are learned, so that nearly all of them are the same.

use super::{ErrorClass, Mutator, Site};

/// Amounts are cut off at one before they are learned, so that nearly all of them are the same.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "U07",
    name: "target_clipped",
    class: ErrorClass::Underfitting,
    doc: "Amounts are cut off at one before they are learned, so that nearly all of them are the same.",
    symptom: "Every row gets nearly the same score.",
    evidence: "Scores spread far less than the amounts.",
    sites: &[Site {
        file: "src/model.py",
        clean: "ANY_m = Amounts(ANY_c)
return ANY_m.fit(ANY_x, ANY_l)",
        mutated: "ANY_m = Amounts(ANY_c)
return ANY_m.fit(ANY_x, np.clip(ANY_l, 0, 1))",
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H8"],
    decoys: &["target-scaled-and-back", "tails-clipped"],
    unfit: &[],
};
