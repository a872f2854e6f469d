//! `spellings_kept` (E08): one level in several spellings counts as several levels.

use super::{Anchor, ErrorClass, Mutator, Site};

/// One level in several spellings counts as several levels.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "E08",
    name: "spellings_kept",
    class: ErrorClass::EncodingError,
    doc: "One level in several spellings counts as several levels.",
    symptom: "Small.",
    evidence: "A row scores otherwise when its level is written in capitals.",
    sites: &[Site {
        file: "src/data.py",
        clean: "return ANY_c.astype(str).str.strip().str.lower()",
        mutated: "return ANY_c.astype(str)",
    }],
    scaffold: &[],
    anchors: &[Anchor { file: "src/data.py", idiom: "ANY_r[ANY_n] = tidy(ANY_r[ANY_n])" }],
    tests: &["H6"],
    decoys: &["encoder-ignores-unknown", "dedupe-first"],
    unfit: &[],
};
