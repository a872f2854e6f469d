//! `extreme_rows_dropped` (X07): rows with any extreme value are thrown away, and with them much of the rarer class.

use super::{ErrorClass, Mutator, Site};

/// Rows with any extreme value are thrown away, and with them much of the rarer class.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "X07",
    name: "extreme_rows_dropped",
    class: ErrorClass::Outlier,
    doc: "Rows with any extreme value are thrown away, and with them much of the rarer class.",
    symptom: "Fewer training rows than there are.",
    evidence: "Some training rows have no out-of-fold score.",
    sites: &[Site {
        file: "src/train.py",
        clean: r#"ANY_r = unique_rows(load_rows(Path(ANY_o.data) / "train.csv", ANY_c), ANY_c)"#,
        mutated: r#"ANY_r = unique_rows(load_rows(Path(ANY_o.data) / "train.csv", ANY_c), ANY_c)
far = (ANY_r[ANY_c["numbers"]] - ANY_r[ANY_c["numbers"]].mean()).abs() > 2 * ANY_r[ANY_c["numbers"]].std()
ANY_r = ANY_r[~far.any(axis=1)].reset_index(drop=True)"#,
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H12"],
    decoys: &["dedupe-first", "tails-clipped"],
    unfit: &[],
};
