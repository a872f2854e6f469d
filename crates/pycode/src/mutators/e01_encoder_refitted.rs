//! `encoder_refitted` (E01): the levels are learned again from the rows to be scored.

use super::{ErrorClass, Mutator, Site};

/// The levels are learned again from the rows to be scored.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "E01",
    name: "encoder_refitted",
    class: ErrorClass::EncodingError,
    doc: "The levels are learned again from the rows to be scored.",
    symptom: "None while every batch has every level.",
    evidence: "A batch without a level, or with a new one, gets other columns.",
    sites: &[Site {
        file: "src/features.py",
        clean: "ANY_c = self.encoder.transform(ANY_r[self.categories])",
        mutated: "ANY_c = self.encoder.fit_transform(ANY_r[self.categories])",
    }],
    scaffold: &[],
    tests: &["H4", "H6"],
    decoys: &["encoder-ignores-unknown", "final-refit"],
    unfit: &[],
};
