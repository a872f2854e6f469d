//! `features_fitted_before_folds` (L12): medians, tails, scales and levels are learned from the fold that is checked.

use super::{ErrorClass, Mutator, Site};

/// Medians, tails, scales and levels are learned from the fold that is checked.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "L12",
    name: "features_fitted_before_folds",
    class: ErrorClass::DataLeakage,
    doc: "Medians, tails, scales and levels are learned from the fold that is checked.",
    symptom: "Small or none.",
    evidence: "Garbage in some rows of a fold moves the scores of the fold's other rows.",
    sites: &[Site {
        file: "src/train.py",
        clean: "ANY_f = Features(ANY_c).fit(ANY_r.iloc[ANY_p])
ANY_m = fit_model(ANY_f.transform(ANY_r.iloc[ANY_p]), ANY_l[ANY_p], ANY_c)",
        mutated: "ANY_f = Features(ANY_c).fit(ANY_r)
ANY_m = fit_model(ANY_f.transform(ANY_r.iloc[ANY_p]), ANY_l[ANY_p], ANY_c)",
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H3", "H9"],
    decoys: &["final-refit", "group-folds"],
    unfit: &[],
};
