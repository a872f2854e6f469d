//! `chosen_by_fitted_score` (O02): among several choices the one is taken that is best on the rows it was fitted to.

use super::{ErrorClass, Mutator, Site};

/// Among several choices the one is taken that is best on the rows it was fitted to.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "O02",
    name: "chosen_by_fitted_score",
    class: ErrorClass::Overfitting,
    doc: "Among several choices the one is taken that is best on the rows it was fitted to.",
    symptom: "Training is nearly perfect, the folds are not.",
    evidence: "The gap between training and out-of-fold area is wide.",
    sites: &[Site {
        file: "src/model.py",
        clean: "ANY_m.fit(ANY_x[ANY_f], ANY_l[ANY_f])
ANY_v = roc_auc_score(ANY_l[keep_part], ANY_m.predict_proba(ANY_x[keep_part])[:, 1])",
        mutated: "ANY_m.fit(ANY_x[ANY_f], ANY_l[ANY_f])
ANY_v = roc_auc_score(ANY_l[ANY_f], ANY_m.predict_proba(ANY_x[ANY_f])[:, 1])",
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H8"],
    decoys: &["final-refit", "inner-split"],
    unfit: &[],
};
