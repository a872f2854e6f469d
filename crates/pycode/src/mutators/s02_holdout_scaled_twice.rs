//! `holdout_scaled_twice` (S02): the holdout is scaled before the features scale it.

use super::{ErrorClass, Mutator, Site};

/// The holdout is scaled before the features scale it.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "S02",
    name: "holdout_scaled_twice",
    class: ErrorClass::ScalingError,
    doc: "The holdout is scaled before the features scale it.",
    symptom: "Near chance on the holdout alone.",
    evidence: "Another unit gives other scores, and the holdout's area is small.",
    sites: &[Site {
        file: "src/train.py",
        clean: "ANY_q = positive_scores(ANY_m, ANY_f.transform(ANY_t))
ANY_p = positive_scores(ANY_m, ANY_f.transform(ANY_h))",
        mutated: "ANY_q = positive_scores(ANY_m, ANY_f.transform(ANY_t))
ANY_h[ANY_f.numbers] = ANY_f.scaler.transform(ANY_h[ANY_f.numbers])
ANY_p = positive_scores(ANY_m, ANY_f.transform(ANY_h))",
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H5", "H8"],
    decoys: &["final-refit", "threshold-frozen"],
    unfit: &[],
};
