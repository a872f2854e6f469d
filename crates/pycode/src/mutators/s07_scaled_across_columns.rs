//! `scaled_across_columns` (S07): each row is scaled over its columns, so that the level is lost.

use super::{ErrorClass, Mutator, Site};

/// Each row is scaled over its columns, so that the level is lost.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "S07",
    name: "scaled_across_columns",
    class: ErrorClass::ScalingError,
    doc: "Each row is scaled over its columns, so that the level is lost.",
    symptom: "Poor scores on every part.",
    evidence: "Another unit of one column moves all others.",
    sites: &[Site {
        file: "src/features.py",
        clean: "ANY_s = self.scaler.transform(ANY_p)",
        mutated: "ANY_s = StandardScaler().fit_transform(ANY_p.T).T",
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H5"],
    decoys: &["tails-clipped", "final-refit"],
    unfit: &[],
};
