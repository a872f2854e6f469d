//! `window_looks_ahead` (L09): what was common lately is counted in a window around each row: its own label and those of later rows are in it.

use super::{ErrorClass, Mutator, Site};

/// What was common lately is counted in a window around each row: its own label and those of later rows are in it.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "L09",
    name: "window_looks_ahead",
    class: ErrorClass::DataLeakage,
    doc: "What was common lately is counted in a window around each row: its own label and those of later rows are in it.",
    symptom: "Cross-validation is too good.",
    evidence: "Labels of later days move the scores of earlier rows.",
    sites: &[Site {
        file: "src/data.py",
        clean: "ANY_r[ANY_t].shift(1).rolling(ANY_w, min_periods=1)",
        mutated: "ANY_r[ANY_t].rolling(ANY_w, min_periods=1, center=True)",
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H9"],
    decoys: &["final-refit", "forward-folds"],
    unfit: &[],
};
