//! `row_number_as_feature` (O07): the row's number is read as if it said something.

use super::{ErrorClass, Mutator, Site};

/// The row's number is read as if it said something.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "O07",
    name: "row_number_as_feature",
    class: ErrorClass::Overfitting,
    doc: "The row's number is read as if it said something.",
    symptom: "Small.",
    evidence: "Other numbers for the same rows give other scores.",
    sites: &[Site {
        file: "src/features.py",
        clean: r#"self.numbers = list(ANY_c["numbers"])"#,
        mutated: r#"self.numbers = ["row_id"] + list(ANY_c["numbers"])"#,
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H6"],
    decoys: &["final-refit", "group-folds"],
    unfit: &[],
};
