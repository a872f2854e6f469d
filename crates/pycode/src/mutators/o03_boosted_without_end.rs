//! `boosted_without_end` (O03): many deep rounds at a high rate, and nothing stops them.

use super::{ErrorClass, Mutator, Site};

/// Many deep rounds at a high rate, and nothing stops them.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "O03",
    name: "boosted_without_end",
    class: ErrorClass::Overfitting,
    doc: "Many deep rounds at a high rate, and nothing stops them.",
    symptom: "Training is perfect, the folds are not.",
    evidence: "The gap between training and out-of-fold area is wide.",
    sites: &[Site {
        file: "src/model.py",
        clean: r#"GradientBoostingClassifier(
    n_estimators=config["rounds"],
    learning_rate=config["rate"],
    max_depth=2,
    n_iter_no_change=config["patience"],
    validation_fraction=0.2,
    random_state=ANY_s,
)"#,
        mutated: "GradientBoostingClassifier(n_estimators=150, learning_rate=1.0, max_depth=6, random_state=ANY_s)",
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H8"],
    decoys: &["early-stop-boosting", "final-refit"],
    unfit: &[],
};
