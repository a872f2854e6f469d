//! `features_fitted_on_holdout` (L01): what is learned from rows is learned from the holdout as well.

use super::{ErrorClass, Mutator, Site};

/// What is learned from rows is learned from the holdout as well.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "L01",
    name: "features_fitted_on_holdout",
    class: ErrorClass::DataLeakage,
    doc: "What is learned from rows is learned from the holdout as well.",
    symptom: "None in the figures: only behaviour tells.",
    evidence: "Other holdout rows move the scores of the training rows.",
    sites: &[Site {
        file: "src/train.py",
        clean: "ANY_f = Features(ANY_c).fit(ANY_t)
ANY_m = fit_model(ANY_f.transform(ANY_t), ANY_l, ANY_c)
ANY_o = positive_scores(ANY_m, ANY_f.transform(ANY_t))
ANY_p = positive_scores(ANY_m, ANY_f.transform(ANY_h))",
        mutated: "ANY_f = Features(ANY_c).fit(pd.concat([ANY_t, ANY_h]))
ANY_m = fit_model(ANY_f.transform(ANY_t), ANY_l, ANY_c)
ANY_o = positive_scores(ANY_m, ANY_f.transform(ANY_t))
ANY_p = positive_scores(ANY_m, ANY_f.transform(ANY_h))",
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H1"],
    decoys: &["final-refit", "threshold-frozen"],
    unfit: &[],
};
