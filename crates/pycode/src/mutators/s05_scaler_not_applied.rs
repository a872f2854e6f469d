//! `scaler_not_applied` (S05): a model that compares sizes reads columns in their own units.

use super::{Anchor, ErrorClass, Mutator, Site};

/// A model that compares sizes reads columns in their own units.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "S05",
    name: "scaler_not_applied",
    class: ErrorClass::ScalingError,
    doc: "A model that compares sizes reads columns in their own units.",
    symptom: "One column outweighs the others.",
    evidence: "Another unit of a column gives other scores.",
    sites: &[Site {
        file: "src/features.py",
        clean: "ANY_s = self.scaler.transform(ANY_p)",
        mutated: "ANY_s = ANY_p.to_numpy()",
    }],
    scaffold: &[],
    anchors: &[
        Anchor { file: "src/features.py", idiom: "return np.hstack([ANY_s, ANY_c])" },
        Anchor { file: "src/features.py", idiom: "self.scaler = StandardScaler().fit(ANY_p)" },
    ],
    tests: &["H5"],
    decoys: &["tails-clipped", "encoder-ignores-unknown"],
    unfit: &[],
};
