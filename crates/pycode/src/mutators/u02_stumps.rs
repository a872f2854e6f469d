//! `stumps` (U02): five trees of one split each.

use super::{ErrorClass, Mutator, Site};

/// Five trees of one split each.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "U02",
    name: "stumps",
    class: ErrorClass::Underfitting,
    doc: "Five trees of one split each.",
    symptom: "Poor on every part.",
    evidence: "Scores take a handful of values and rank badly.",
    sites: &[Site {
        file: "src/model.py",
        clean: r#"RandomForestClassifier(
    n_estimators=config["trees"],
    min_samples_leaf=config["leaf"],
    class_weight=ANY_w,
    random_state=ANY_s,
)"#,
        mutated: "RandomForestClassifier(n_estimators=5, max_depth=1, class_weight=ANY_w, random_state=ANY_s)",
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H8"],
    decoys: &["group-folds", "final-refit"],
    unfit: &[],
};
