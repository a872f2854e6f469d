//! `day_and_month_guessed` (E06): days are read with the month first wherever that can be read.

use super::{ErrorClass, Mutator, Site};

/// Days are read with the month first wherever that can be read.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "E06",
    name: "day_and_month_guessed",
    class: ErrorClass::EncodingError,
    doc: "Days are read with the month first wherever that can be read.",
    symptom: "Seasons are lost and rows stand in another order than that of time.",
    evidence: "Rows of later days move scores of earlier ones: they were taken for earlier.",
    sites: &[Site {
        file: "src/data.py",
        clean: r#"pd.to_datetime(ANY_d, format="%d/%m/%Y")"#,
        mutated: r#"pd.to_datetime(ANY_d, format="mixed")"#,
    }],
    scaffold: &[],
    anchors: &[],
    tests: &["H9"],
    decoys: &["final-refit", "window-behind"],
    unfit: &[],
};
