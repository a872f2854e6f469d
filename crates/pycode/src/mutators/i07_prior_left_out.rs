//! `prior_left_out` (I07): scores are those of balanced rows, not of rows as they come.

use super::{Anchor, ErrorClass, Mutator, Site};

/// Scores are those of balanced rows, not of rows as they come.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "I07",
    name: "prior_left_out",
    class: ErrorClass::Imbalance,
    doc: "Scores are those of balanced rows, not of rows as they come.",
    symptom: "The mean score is far above the share of positives.",
    evidence: "The mean out-of-fold score is not the share of the class 1.",
    sites: &[Site {
        file: "src/model.py",
        clean: "ANY_b = ANY_m.predict_proba(ANY_x)[:, ANY_c]
return ANY_b * ANY_m.odds_ / (ANY_b * ANY_m.odds_ + 1 - ANY_b)",
        mutated: "ANY_b = ANY_m.predict_proba(ANY_x)[:, ANY_c]
return ANY_b",
    }],
    scaffold: &[],
    anchors: &[Anchor { file: "src/model.py", idiom: "ANY_m.odds_ = ANY_l.mean() / (1 - ANY_l.mean())" }],
    tests: &["H8"],
    decoys: &["resample-inside-fold", "threshold-frozen"],
    unfit: &[],
};
