//! `order_of_the_alphabet` (E04): the levels of an ordered column are numbered by the alphabet.

use super::{ErrorClass, Mutator, Site};

/// The levels of an ordered column are numbered by the alphabet.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "E04",
    name: "order_of_the_alphabet",
    class: ErrorClass::EncodingError,
    doc: "The levels of an ordered column are numbered by the alphabet.",
    symptom: "Weaker than it should be where the ordered column matters.",
    evidence: "Scores do not rise with the level.",
    sites: &[Site {
        file: "src/features.py",
        clean: "enumerate(self.ordered[ANY_n])",
        mutated: "enumerate(sorted(self.ordered[ANY_n]))",
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H8"],
    decoys: &["final-refit", "tails-clipped"],
    unfit: &[],
};
