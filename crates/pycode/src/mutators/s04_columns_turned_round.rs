//! `columns_turned_round` (S04): columns are scaled in another order than the one in which their scales were learned.

use super::{ErrorClass, Mutator, Site};

/// Columns are scaled in another order than the one in which their scales were learned.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "S04",
    name: "columns_turned_round",
    class: ErrorClass::ScalingError,
    doc: "Columns are scaled in another order than the one in which their scales were learned.",
    symptom: "Somewhat worse than it should be.",
    evidence: "Another unit of one column gives other scores.",
    sites: &[Site {
        file: "src/features.py",
        clean: "ANY_s = self.scaler.transform(ANY_p)",
        mutated: "ANY_s = self.scaler.transform(ANY_p[self.numbers[::-1]].to_numpy())",
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H5"],
    decoys: &["tails-clipped", "final-refit"],
    unfit: &["forest", "boosted", "searched"],
};
