//! `micro_for_macro` (I06): the mean over rows hides the rare class; the mean over classes is asked for.

use super::{ErrorClass, Mutator, Site};

/// The mean over rows hides the rare class; the mean over classes is asked for.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "I06",
    name: "micro_for_macro",
    class: ErrorClass::Imbalance,
    doc: "The mean over rows hides the rare class; the mean over classes is asked for.",
    symptom: "F1 equals the accuracy.",
    evidence: "The figure is not the macro F1 of the decisions beside it.",
    sites: &[Site {
        file: "src/evaluate.py",
        clean: r#"f1_score(ANY_l, ANY_d, average="macro", zero_division=0)"#,
        mutated: r#"f1_score(ANY_l, ANY_d, average="micro", zero_division=0)"#,
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H7"],
    decoys: &["threshold-frozen", "balanced-weights"],
    unfit: &[],
};
