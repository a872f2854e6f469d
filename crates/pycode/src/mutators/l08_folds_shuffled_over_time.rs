//! `folds_shuffled_over_time` (L08): folds are drawn from all days, so that a model is checked on days before those it was fitted to.

use super::{ErrorClass, Mutator, Site};

/// Folds are drawn from all days, so that a model is checked on days before those it was fitted to.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "L08",
    name: "folds_shuffled_over_time",
    class: ErrorClass::DataLeakage,
    doc: "Folds are drawn from all days, so that a model is checked on days before those it was fitted to.",
    symptom: "Cross-validation looks better than the days to come.",
    evidence: "Rows of later days move the scores of earlier ones.",
    sites: &[Site {
        file: "src/train.py",
        clean: "TimeSeriesSplit(n_splits=ANY_n)",
        mutated: r#"KFold(n_splits=ANY_n, shuffle=True, random_state=config["seed"])"#,
    }],
    scaffold: &[Site {
        file: "src/train.py",
        clean: "from sklearn.model_selection import TimeSeriesSplit",
        mutated: "from sklearn.model_selection import KFold",
    }],
    anchors: &[],
    tests: &["H9"],
    decoys: &["final-refit", "window-behind"],
    unfit: &[],
};
