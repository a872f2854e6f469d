//! `duplicates_kept` (L06): rows that were sent twice stand in two folds.

use super::{Anchor, ErrorClass, Mutator, Site};

/// Rows that were sent twice stand in two folds.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "L06",
    name: "duplicates_kept",
    class: ErrorClass::DataLeakage,
    doc: "Rows that were sent twice stand in two folds.",
    symptom: "Cross-validation looks better than the holdout.",
    evidence: "The out-of-fold file has more lines than there are distinct rows.",
    sites: &[Site {
        file: "src/train.py",
        clean: r#"ANY_r = unique_rows(load_rows(Path(ANY_o.data) / "train.csv", ANY_c), ANY_c)"#,
        mutated: r#"ANY_r = load_rows(Path(ANY_o.data) / "train.csv", ANY_c)"#,
    }],
    scaffold: &[],
    anchors: &[Anchor {
        file: "src/train.py",
        idiom: "ANY_v = StratifiedGroupKFold(n_splits=ANY_n, shuffle=True, random_state=ANY_s)",
    }],
    tests: &["H12"],
    decoys: &["final-refit", "group-folds"],
    unfit: &[],
};
