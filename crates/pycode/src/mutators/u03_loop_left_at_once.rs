//! `loop_left_at_once` (U03): the loop is left after its first round.

use super::{ErrorClass, Mutator, Site};

/// The loop is left after its first round.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "U03",
    name: "loop_left_at_once",
    class: ErrorClass::Underfitting,
    doc: "The loop is left after its first round.",
    symptom: "All scores are nearly the same.",
    evidence: "More rounds in the settings change nothing.",
    sites: &[Site {
        file: "src/model.py",
        clean: r#"if ANY_w > ANY_c["patience"]:
    break"#,
        mutated: r#"if ANY_w < ANY_c["patience"]:
    break"#,
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H8"],
    decoys: &["early-stop", "group-folds"],
    unfit: &[],
};
