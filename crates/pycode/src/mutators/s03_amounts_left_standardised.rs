//! `amounts_left_standardised` (S03): what the model says is never brought back from the standardised scale that it was fitted on.

use super::{Anchor, ErrorClass, Mutator, Site};

/// What the model says is never brought back from the standardised scale that it was fitted on.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "S03",
    name: "amounts_left_standardised",
    class: ErrorClass::ScalingError,
    doc: "What the model says is never brought back from the standardised scale that it was fitted on.",
    symptom: "Amounts are missed by nearly all that they are.",
    evidence: "The scores' mean and spread are those of no amount.",
    sites: &[Site {
        file: "src/model.py",
        clean: "ANY_s = self.line.predict(ANY_x).reshape(-1, 1)
ANY_z = self.scaler.inverse_transform(ANY_s).ravel()",
        mutated: "ANY_s = self.line.predict(ANY_x).reshape(-1, 1)
ANY_z = ANY_s.ravel()",
    }],
    scaffold: &[],
    anchors: &[Anchor { file: "src/model.py", idiom: "return np.expm1(ANY_z)" }],
    tests: &["H8"],
    decoys: &["final-refit", "target-scaled-and-back"],
    unfit: &[],
};
