//! `threshold_tuned_on_holdout` (L10): the cut is chosen on the labels that it is measured with.

use super::{ErrorClass, Mutator, Site};

/// The cut is chosen on the labels that it is measured with.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "L10",
    name: "threshold_tuned_on_holdout",
    class: ErrorClass::DataLeakage,
    doc: "The cut is chosen on the labels that it is measured with.",
    symptom: "The holdout's recall and F1 are too good.",
    evidence: "Other holdout labels give other decisions on the same scores.",
    sites: &[Site {
        file: "src/train.py",
        clean: "ANY_d = (ANY_s >= ANY_t).astype(int)
write_scores(ANY_p, ANY_h, ANY_s, decision=ANY_d)",
        mutated: r#"ANY_t = choose_threshold(ANY_h[config["target"]], ANY_s)
ANY_d = (ANY_s >= ANY_t).astype(int)
write_scores(ANY_p, ANY_h, ANY_s, decision=ANY_d)"#,
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H2"],
    decoys: &["threshold-frozen", "final-refit"],
    unfit: &["amounts"],
};
