//! `later_column_kept` (L11): a column that is written after the label is known is used as if it were there before.

use super::{ErrorClass, Mutator, Site};

/// A column that is written after the label is known is used as if it were there before.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "L11",
    name: "later_column_kept",
    class: ErrorClass::DataLeakage,
    doc: "A column that is written after the label is known is used as if it were there before.",
    symptom: "Nearly perfect figures.",
    evidence: "What is written after other labels moves the scores.",
    sites: &[Site {
        file: "src/features.py",
        clean: r#"self.numbers = list(ANY_c["numbers"])"#,
        mutated: r#"self.numbers = list(ANY_c["numbers"] + ANY_c["known_later"])"#,
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H2"],
    decoys: &["final-refit", "dedupe-first"],
    unfit: &[],
};
