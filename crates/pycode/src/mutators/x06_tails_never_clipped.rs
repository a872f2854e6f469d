//! `tails_never_clipped` (X06): values are clipped at their own extremes, which does nothing.

use super::{ErrorClass, Mutator, Site};

/// Values are clipped at their own extremes, which does nothing.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "X06",
    name: "tails_never_clipped",
    class: ErrorClass::Outlier,
    doc: "Values are clipped at their own extremes, which does nothing.",
    symptom: "A few rows decide the scale.",
    evidence: "Gross values in one row of a hundred move every score.",
    sites: &[Site {
        file: "src/features.py",
        clean: "ANY_p = ANY_f.clip(self.low, self.high, axis=1)",
        mutated: "ANY_p = ANY_f.clip(ANY_f.min(), ANY_f.max(), axis=1)",
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H11"],
    decoys: &["dedupe-first", "encoder-ignores-unknown"],
    unfit: &[],
};
