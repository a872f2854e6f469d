//! `holdout_resampled` (I05): rows of the rarer class stand twice in the holdout, too.

use super::{ErrorClass, Mutator, Site};

/// Rows of the rarer class stand twice in the holdout, too.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "I05",
    name: "holdout_resampled",
    class: ErrorClass::Imbalance,
    doc: "Rows of the rarer class stand twice in the holdout, too.",
    symptom: "Precision is too good.",
    evidence: "The holdout has more scores than rows.",
    sites: &[Site {
        file: "src/train.py",
        clean: r#"ANY_r = load_rows(Path(ANY_o.data) / "holdout.csv", ANY_c)"#,
        mutated: r#"ANY_r = load_rows(Path(ANY_o.data) / "holdout.csv", ANY_c)
ANY_r = pd.concat([ANY_r, ANY_r[ANY_r[ANY_c["target"]] == 1]], ignore_index=True)"#,
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H12"],
    decoys: &["final-refit", "threshold-frozen"],
    unfit: &[],
};
