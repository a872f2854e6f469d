//! `gaps_filled_by_label` (L02): a gap is filled with the median of the rows that have the same label.

use super::{ErrorClass, Mutator, Site};

/// A gap is filled with the median of the rows that have the same label.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "L02",
    name: "gaps_filled_by_label",
    class: ErrorClass::DataLeakage,
    doc: "A gap is filled with the median of the rows that have the same label.",
    symptom: "Slightly too good.",
    evidence: "Other holdout labels move the scores of rows with gaps.",
    sites: &[Site {
        file: "src/features.py",
        clean: "ANY_f = ANY_r[self.numbers].fillna(self.medians)",
        mutated: r#"ANY_f = ANY_r[self.numbers].fillna(ANY_r.groupby("label")[self.numbers].transform("median"))"#,
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H2"],
    decoys: &["final-refit", "tails-clipped"],
    unfit: &["amounts"],
};
