//! `nominal_as_numbers` (E03): levels without an order become numbers, and the model reads an order into them.

use super::{ErrorClass, Mutator, Site};

/// Levels without an order become numbers, and the model reads an order into them.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "E03",
    name: "nominal_as_numbers",
    class: ErrorClass::EncodingError,
    doc: "Levels without an order become numbers, and the model reads an order into them.",
    symptom: "Underfits what depends on the category.",
    evidence: "Other names for the same levels give other scores.",
    sites: &[Site {
        file: "src/features.py",
        clean: r#"OneHotEncoder(handle_unknown="ignore", sparse_output=False)"#,
        mutated: r#"OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)"#,
    }],
    scaffold: &[Site {
        file: "src/features.py",
        clean: "from sklearn.preprocessing import OneHotEncoder, StandardScaler",
        mutated: "from sklearn.preprocessing import OrdinalEncoder, StandardScaler",
    }],
    anchors: &[],
    tests: &["H6"],
    decoys: &["final-refit", "tails-clipped"],
    unfit: &["forest"],
};
