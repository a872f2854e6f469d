//! `categories_dropped` (U04): only the first category is read.

use super::{ErrorClass, Mutator, Site};

/// Only the first category is read.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "U04",
    name: "categories_dropped",
    class: ErrorClass::Underfitting,
    doc: "Only the first category is read.",
    symptom: "Poor on every part.",
    evidence: "Scores ignore a category that the label depends on.",
    sites: &[Site {
        file: "src/features.py",
        clean: r#"self.categories = list(ANY_c["categories"])"#,
        mutated: r#"self.categories = list(ANY_c["categories"])[:1]"#,
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H8"],
    decoys: &["encoder-ignores-unknown", "tails-clipped"],
    unfit: &[],
};
