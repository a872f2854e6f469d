//! `unknown_as_known` (E05): a level that was never seen gets the code of the first known one.

use super::{ErrorClass, Mutator, Site};

/// A level that was never seen gets the code of the first known one.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "E05",
    name: "unknown_as_known",
    class: ErrorClass::EncodingError,
    doc: "A level that was never seen gets the code of the first known one.",
    symptom: "None until a new level comes.",
    evidence: "Rows with an unseen level score as rows of a known one.",
    sites: &[Site {
        file: "src/features.py",
        clean: "ANY_c = self.encoder.transform(ANY_r[self.categories])",
        mutated: "known = dict(zip(self.categories, self.encoder.categories_))
ANY_c = self.encoder.transform(
    ANY_r[self.categories].apply(lambda part: part.where(part.isin(known[part.name]), known[part.name][0]))
)",
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H6"],
    decoys: &["encoder-ignores-unknown", "final-refit"],
    unfit: &["forest", "boosted", "searched"],
};
