//! `holdout_rows_dropped` (X02): rows that are hard to score are left out of the score.

use super::{ErrorClass, Mutator, Site};

/// Rows that are hard to score are left out of the score.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "X02",
    name: "holdout_rows_dropped",
    class: ErrorClass::Outlier,
    doc: "Rows that are hard to score are left out of the score.",
    symptom: "Fewer rows are scored than there are.",
    evidence: "Some holdout rows have no line in the scores.",
    sites: &[Site {
        file: "src/train.py",
        clean: r#"ANY_r = load_rows(Path(ANY_o.data) / "holdout.csv", ANY_c)"#,
        mutated: r#"ANY_r = load_rows(Path(ANY_o.data) / "holdout.csv", ANY_c).dropna()"#,
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H12"],
    decoys: &["dedupe-first", "final-refit"],
    unfit: &[],
};
