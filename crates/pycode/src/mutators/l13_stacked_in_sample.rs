//! `stacked_in_sample` (L13): the second model learns from what the first ones say of rows that they were fitted to.

use super::{ErrorClass, Mutator, Site};

/// The second model learns from what the first ones say of rows that they were fitted to.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "L13",
    name: "stacked_in_sample",
    class: ErrorClass::DataLeakage,
    doc: "The second model learns from what the first ones say of rows that they were fitted to.",
    symptom: "Scores are far too sure.",
    evidence: "Scores are spread wider than those of a stack that is fitted out of fold.",
    sites: &[Site {
        file: "src/model.py",
        clean: r#"said = np.column_stack([
    cross_val_predict(ANY_m, ANY_x, ANY_l, cv=config["parts"], method="predict_proba")[:, 1] for ANY_m in ANY_f
])"#,
        mutated: "said = np.column_stack([ANY_m.fit(ANY_x, ANY_l).predict_proba(ANY_x)[:, 1] for ANY_m in ANY_f])",
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H8"],
    decoys: &["stacked-final-fit", "final-refit"],
    unfit: &[],
};
