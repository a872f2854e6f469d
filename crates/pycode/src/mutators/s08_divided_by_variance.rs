//! `divided_by_variance` (S08): the deviation from the mean is divided by the variance.

use super::{ErrorClass, Mutator, Site};

/// The deviation from the mean is divided by the variance.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "S08",
    name: "divided_by_variance",
    class: ErrorClass::ScalingError,
    doc: "The deviation from the mean is divided by the variance.",
    symptom: "Distances and penalties are wrong.",
    evidence: "Another unit of a column gives other scores.",
    sites: &[Site {
        file: "src/features.py",
        clean: "ANY_s = self.scaler.transform(ANY_p)",
        mutated: "ANY_s = (ANY_p.to_numpy() - self.scaler.mean_) / self.scaler.var_",
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H5"],
    decoys: &["tails-clipped", "encoder-ignores-unknown"],
    unfit: &[],
};
