//! `frequencies_recounted` (E01): levels are counted again in whatever rows come, so that a code means something else each time.

use super::{ErrorClass, Mutator, Site};

/// Levels are counted again in whatever rows come, so that a code means something else each time.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "E01",
    name: "frequencies_recounted",
    class: ErrorClass::EncodingError,
    doc: "Levels are counted again in whatever rows come, so that a code means something else each time.",
    symptom: "Good figures on large files, erratic scores on small ones.",
    evidence: "A row's score depends on the rows it comes with.",
    sites: &[Site {
        file: "src/features.py",
        clean: "ANY_c = self.frequencies(ANY_r, self.shares)",
        mutated: "ANY_c = self.frequencies(ANY_r, self.count(ANY_r))",
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H4"],
    decoys: &["final-refit", "tails-clipped"],
    unfit: &[],
};
