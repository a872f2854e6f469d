//! `penalty_too_strong` (U01): the penalty leaves the weights no room.

use super::{ErrorClass, Mutator, Site};

/// The penalty leaves the weights no room.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "U01",
    name: "penalty_too_strong",
    class: ErrorClass::Underfitting,
    doc: "The penalty leaves the weights no room.",
    symptom: "All scores are nearly the same.",
    evidence: "Scores spread far less than the labels allow.",
    sites: &[Site {
        file: "src/model.py",
        clean: r#"LogisticRegression(C=config["strength"], max_iter=1000, class_weight="balanced")"#,
        mutated: r#"LogisticRegression(C=1e-5, max_iter=1000, class_weight="balanced")"#,
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H8"],
    decoys: &["tails-clipped", "final-refit"],
    unfit: &[],
};
