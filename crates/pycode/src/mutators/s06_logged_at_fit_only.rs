//! `logged_at_fit_only` (S06): the scale is learned from logarithms and applied to plain values.

use super::{ErrorClass, Mutator, Site};

/// The scale is learned from logarithms and applied to plain values.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "S06",
    name: "logged_at_fit_only",
    class: ErrorClass::ScalingError,
    doc: "The scale is learned from logarithms and applied to plain values.",
    symptom: "Biased scores.",
    evidence: "Another unit gives other scores.",
    sites: &[Site {
        file: "src/features.py",
        clean: "self.scaler = StandardScaler().fit(ANY_p)",
        mutated: "self.scaler = StandardScaler().fit(np.log1p(ANY_p.clip(lower=0)))",
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H5"],
    decoys: &["tails-clipped", "final-refit"],
    unfit: &[],
};
