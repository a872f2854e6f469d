//! `folds_not_stratified` (I02): folds are cut without a look at the classes, so that some hold few rows of the rarer one.

use super::{ErrorClass, Mutator, Site};

/// Folds are cut without a look at the classes, so that some hold few rows of the rarer one.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "I02",
    name: "folds_not_stratified",
    class: ErrorClass::Imbalance,
    doc: "Folds are cut without a look at the classes, so that some hold few rows of the rarer one.",
    symptom: "Figures differ from fold to fold.",
    evidence: "The shares of the label 1 in the folds lie far apart.",
    sites: &[Site {
        file: "src/train.py",
        clean: "StratifiedGroupKFold(n_splits=ANY_n, shuffle=True, random_state=ANY_s)",
        mutated: "GroupKFold(n_splits=ANY_n, shuffle=True, random_state=ANY_s)",
    }],
    scaffold: &[Site {
        file: "src/train.py",
        clean: "from sklearn.model_selection import StratifiedGroupKFold",
        mutated: "from sklearn.model_selection import GroupKFold",
    }],
    anchors: &[],
    tests: &["H12"],
    decoys: &["final-refit", "dedupe-first"],
    unfit: &[],
};
