//! `penalty_gone` (O04): the penalty is so weak that products of columns fit every row.

use super::{ErrorClass, Mutator, Site};

/// The penalty is so weak that products of columns fit every row.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "O04",
    name: "penalty_gone",
    class: ErrorClass::Overfitting,
    doc: "The penalty is so weak that products of columns fit every row.",
    symptom: "Training is nearly perfect, the folds are not.",
    evidence: "The gap between training and out-of-fold area is wide.",
    sites: &[Site {
        file: "src/model.py",
        clean: r#"LogisticRegression(C=config["strength"], max_iter=200, class_weight="balanced")"#,
        mutated: r#"LogisticRegression(C=1e6, max_iter=200, class_weight="balanced")"#,
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H8"],
    decoys: &["tails-clipped", "final-refit"],
    unfit: &[],
};
