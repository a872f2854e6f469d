//! `sentinel_as_number` (X04): the number that stands for a gap is read as a value, and gaps are given it.

use super::{ErrorClass, Mutator, Site};

/// The number that stands for a gap is read as a value, and gaps are given it.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "X04",
    name: "sentinel_as_number",
    class: ErrorClass::Outlier,
    doc: "The number that stands for a gap is read as a value, and gaps are given it.",
    symptom: "A spike far below every value.",
    evidence: "A gap and its sentinel are not treated as what they are.",
    sites: &[Site {
        file: "src/data.py",
        clean: r#"ANY_r[ANY_n].replace(ANY_c["sentinel"], float("nan"))"#,
        mutated: r#"ANY_r[ANY_n].fillna(ANY_c["sentinel"])"#,
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H11"],
    decoys: &["tails-clipped", "dedupe-first"],
    unfit: &[],
};
