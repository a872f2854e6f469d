//! `scaler_refitted` (S01): each batch is scaled by its own mean and deviation.

use super::{ErrorClass, Mutator, Site};

/// Each batch is scaled by its own mean and deviation.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "S01",
    name: "scaler_refitted",
    class: ErrorClass::ScalingError,
    doc: "Each batch is scaled by its own mean and deviation.",
    symptom: "Small on a large batch, large on a small one.",
    evidence: "A row's score depends on the rows that it comes with.",
    sites: &[Site {
        file: "src/features.py",
        clean: "ANY_s = self.scaler.transform(ANY_p)",
        mutated: "ANY_s = StandardScaler().fit_transform(ANY_p)",
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H4"],
    decoys: &["final-refit", "tails-clipped"],
    unfit: &[],
};
