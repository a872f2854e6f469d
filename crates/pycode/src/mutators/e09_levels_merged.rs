//! `levels_merged` (E09): all but the commonest level share one code.

use super::{ErrorClass, Mutator, Site};

/// All but the commonest level share one code.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "E09",
    name: "levels_merged",
    class: ErrorClass::EncodingError,
    doc: "All but the commonest level share one code.",
    symptom: "Underfits what depends on the category.",
    evidence: "An unseen level scores as a known one, and the area is smaller.",
    sites: &[Site {
        file: "src/features.py",
        clean: r#"OneHotEncoder(handle_unknown="ignore", sparse_output=False)"#,
        mutated: r#"OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=2, sparse_output=False)"#,
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H6", "H8"],
    decoys: &["final-refit", "dedupe-first"],
    unfit: &[],
};
