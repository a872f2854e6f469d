//! `mean_for_gaps` (X03): a few gross values decide what gaps are filled with.

use super::{ErrorClass, Mutator, Site};

/// A few gross values decide what gaps are filled with.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "X03",
    name: "mean_for_gaps",
    class: ErrorClass::Outlier,
    doc: "A few gross values decide what gaps are filled with.",
    symptom: "Rows with gaps score oddly.",
    evidence: "Gross values in one row of a hundred move the scores of rows with gaps.",
    sites: &[Site {
        file: "src/features.py",
        clean: "self.medians = ANY_n.median()",
        mutated: "self.medians = ANY_n.mean()",
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H11"],
    decoys: &["tails-clipped", "dedupe-first"],
    unfit: &[],
};
