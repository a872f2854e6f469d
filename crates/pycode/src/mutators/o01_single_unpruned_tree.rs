//! `single_unpruned_tree` (O01): one tree is grown until every leaf is pure.

use super::{ErrorClass, Mutator, Site};

/// One tree is grown until every leaf is pure.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "O01",
    name: "single_unpruned_tree",
    class: ErrorClass::Overfitting,
    doc: "One tree is grown until every leaf is pure.",
    symptom: "Perfect on the training rows, poor elsewhere.",
    evidence: "Scores on new rows are far below those of the training rows.",
    sites: &[Site {
        file: "src/model.py",
        clean: r#"RandomForestClassifier(
    n_estimators=config["trees"],
    min_samples_leaf=config["leaf"],
    class_weight=ANY_w,
    random_state=ANY_s,
)"#,
        mutated: "RandomForestClassifier(
    n_estimators=1, max_features=None, bootstrap=False, class_weight=ANY_w, random_state=ANY_s
)",
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H8"],
    decoys: &["group-folds", "final-refit"],
    unfit: &[],
};
