//! `rates_learned_before_folds` (L04): the rate of each level is learned from the labels of all rows, those that are checked among them.

use super::{ErrorClass, Mutator, Site};

/// The rate of each level is learned from the labels of all rows, those that are checked among them.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "L04",
    name: "rates_learned_before_folds",
    class: ErrorClass::DataLeakage,
    doc: "The rate of each level is learned from the labels of all rows, those that are checked among them.",
    symptom: "Cross-validation looks better than the holdout.",
    evidence: "Garbage in some rows of a fold moves the scores of the fold's other rows.",
    sites: &[Site {
        file: "src/train.py",
        clean: "ANY_f = Features(ANY_c).fit(ANY_r.iloc[ANY_p])
ANY_m = fit_model(ANY_f.transform(ANY_r.iloc[ANY_p]), ANY_l[ANY_p], ANY_c)",
        mutated: "ANY_f = Features(ANY_c).fit(ANY_r.iloc[ANY_p])
ANY_f.rates = ANY_f.level_rates(ANY_r)
ANY_m = fit_model(ANY_f.transform(ANY_r.iloc[ANY_p]), ANY_l[ANY_p], ANY_c)",
    }],
    scaffold: &[Site {
        file: "src/features.py",
        clean: "self.rates = self.level_rates(ANY_r)",
        mutated: "self.rates = self.level_rates(ANY_r)",
    }],
    anchors: &[],
    tests: &["H3"],
    decoys: &["final-refit", "rates-of-the-fold"],
    unfit: &[],
};
