//! `scale_learned_with_outliers` (X01): the scale is learned from values whose tails are not pulled in.

use super::{ErrorClass, Mutator, Site};

/// The scale is learned from values whose tails are not pulled in.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "X01",
    name: "scale_learned_with_outliers",
    class: ErrorClass::Outlier,
    doc: "The scale is learned from values whose tails are not pulled in.",
    symptom: "None until a gross value comes.",
    evidence: "Gross values in a few training rows move all scores.",
    sites: &[Site {
        file: "src/features.py",
        clean: "ANY_p = ANY_f.clip(self.low, self.high, axis=1)
self.scaler = StandardScaler().fit(ANY_p)",
        mutated: "ANY_p = ANY_f.clip(self.low, self.high, axis=1)
self.scaler = StandardScaler().fit(ANY_f)",
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H11"],
    decoys: &["tails-clipped", "dedupe-first"],
    unfit: &["forest", "boosted", "searched"],
};
