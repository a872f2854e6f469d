//! `oversampled_before_split` (L05): rows of the rarer class are doubled before the folds are cut, so that a row is fitted and checked.

use super::{ErrorClass, Mutator, Site};

/// Rows of the rarer class are doubled before the folds are cut, so that a row is fitted and checked.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "L05",
    name: "oversampled_before_split",
    class: ErrorClass::DataLeakage,
    doc: "Rows of the rarer class are doubled before the folds are cut, so that a row is fitted and checked.",
    symptom: "Cross-validation is too good.",
    evidence: "Rows stand twice in the out-of-fold scores.",
    sites: &[Site {
        file: "src/train.py",
        clean: r#"ANY_l = ANY_t[config["target"]].to_numpy()"#,
        mutated: r#"ANY_t = pd.concat([ANY_t, ANY_t[ANY_t[config["target"]] == 1]], ignore_index=True)
ANY_l = ANY_t[config["target"]].to_numpy()"#,
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H12"],
    decoys: &["final-refit", "threshold-frozen"],
    unfit: &["amounts"],
};
