//! `weights_inverted` (I03): the common class is weighed up instead of the rare one.

use super::{ErrorClass, Mutator, Site};

/// The common class is weighed up instead of the rare one.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "I03",
    name: "weights_inverted",
    class: ErrorClass::Imbalance,
    doc: "The common class is weighed up instead of the rare one.",
    symptom: "Scores are low throughout.",
    evidence: "The mean score is far below one half, although both classes are to weigh the same.",
    sites: &[Site {
        file: "src/model.py",
        clean: "np.where(ANY_l == 1, 0.5 / ANY_s, 0.5 / (1 - ANY_s))",
        mutated: "np.where(ANY_l == 1, 0.5 / (1 - ANY_s), 0.5 / ANY_s)",
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H8"],
    decoys: &["early-stop", "threshold-frozen"],
    unfit: &[],
};
