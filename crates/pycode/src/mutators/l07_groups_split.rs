//! `groups_split` (L07): rows of one group stand on both sides of a split.

use super::{ErrorClass, Mutator, Site};

/// Rows of one group stand on both sides of a split.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "L07",
    name: "groups_split",
    class: ErrorClass::DataLeakage,
    doc: "Rows of one group stand on both sides of a split.",
    symptom: "Cross-validation looks better than the holdout.",
    evidence: "One group has rows in several folds.",
    sites: &[Site {
        file: "src/train.py",
        clean: "StratifiedGroupKFold(n_splits=ANY_n, shuffle=True, random_state=ANY_s)",
        mutated: "StratifiedKFold(n_splits=ANY_n, shuffle=True, random_state=ANY_s)",
    }],
    scaffold: &[Site {
        file: "src/train.py",
        clean: "from sklearn.model_selection import StratifiedGroupKFold",
        mutated: "from sklearn.model_selection import StratifiedKFold",
    }],
    anchors: &[],
    tests: &["H10"],
    decoys: &["final-refit", "dedupe-first"],
    unfit: &[],
};
