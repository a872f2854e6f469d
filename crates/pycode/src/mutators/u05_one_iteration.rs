//! `one_iteration` (U05): the solver may take a single step.

use super::{ErrorClass, Mutator, Site};

/// The solver may take a single step.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "U05",
    name: "one_iteration",
    class: ErrorClass::Underfitting,
    doc: "The solver may take a single step.",
    symptom: "A warning that it has not converged.",
    evidence: "Scores spread far less than the labels allow.",
    sites: &[Site {
        file: "src/model.py",
        clean: r#"LogisticRegression(C=config["strength"], max_iter=1000)"#,
        mutated: r#"LogisticRegression(C=config["strength"], max_iter=1)"#,
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H8"],
    decoys: &["threshold-frozen", "group-folds"],
    unfit: &[],
};
