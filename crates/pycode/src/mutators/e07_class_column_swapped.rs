//! `class_column_swapped` (E07): the probability of the class 0 is reported as that of the class 1.

use super::{ErrorClass, Mutator, Site};

/// The probability of the class 0 is reported as that of the class 1.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "E07",
    name: "class_column_swapped",
    class: ErrorClass::EncodingError,
    doc: "The probability of the class 0 is reported as that of the class 1.",
    symptom: "The area under the curve is as far below one half as it should be above.",
    evidence: "Scores fall where the label rises.",
    sites: &[Site {
        file: "src/model.py",
        clean: "ANY_c = ANY_m.classes_.tolist().index(1)",
        mutated: "ANY_c = ANY_m.classes_.tolist().index(0)",
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H8"],
    decoys: &["final-refit", "group-folds"],
    unfit: &[],
};
