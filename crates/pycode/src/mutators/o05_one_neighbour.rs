//! `one_neighbour` (O05): each row is copied from the one nearest to it.

use super::{ErrorClass, Mutator, Site};

/// Each row is copied from the one nearest to it.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "O05",
    name: "one_neighbour",
    class: ErrorClass::Overfitting,
    doc: "Each row is copied from the one nearest to it.",
    symptom: "Perfect on the training rows, poor elsewhere.",
    evidence: "Scores on new rows are far below those of the training rows.",
    sites: &[Site {
        file: "src/model.py",
        clean: r#"KNeighborsClassifier(n_neighbors=config["neighbours"])"#,
        mutated: "KNeighborsClassifier(n_neighbors=1)",
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H8"],
    decoys: &["final-refit", "tails-clipped"],
    unfit: &[],
};
