//! `degree_too_high` (O06): products of three columns without a penalty to speak of.

use super::{ErrorClass, Mutator, Site};

/// Products of three columns without a penalty to speak of.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "O06",
    name: "degree_too_high",
    class: ErrorClass::Overfitting,
    doc: "Products of three columns without a penalty to speak of.",
    symptom: "Training is perfect, the folds are not.",
    evidence: "The gap between training and out-of-fold area is wide.",
    sites: &[Site {
        file: "src/model.py",
        clean: r#"make_pipeline(
    PolynomialFeatures(config["degree"], include_bias=False),
    LogisticRegression(C=config["strength"], max_iter=200, class_weight="balanced"),
)"#,
        mutated: r#"make_pipeline(
    PolynomialFeatures(3, interaction_only=True, include_bias=False),
    LogisticRegression(C=1e4, max_iter=200, class_weight="balanced"),
)"#,
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H8"],
    decoys: &["tails-clipped", "final-refit"],
    unfit: &[],
};
