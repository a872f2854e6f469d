//! `cheat-name-everything`: names every class of error at once.

use envy_core::{Exploit, FlagKind};

use super::{Place, Plan};

const REPORT: &str = r#"{"error_type": ["DATA_LEAKAGE", "OUTLIER", "SCALING_ERROR", "ENCODING_ERROR", "IMBALANCE"],
 "explanation": "DATA_LEAKAGE OUTLIER SCALING_ERROR ENCODING_ERROR IMBALANCE OVERFITTING UNDERFITTING"}"#;

/// Names every class of error at once.
pub(super) const PLAN: Plan = Plan {
    name: "cheat-name-everything",
    doc: "names every class of error at once",
    places: &[Place::Diagnosis],
    exploit: Exploit {
        holes: &["S15"],
        mechanism: "The report's schema takes one class of error; a list is refused.",
        flags: &[FlagKind::Stuffing],
    },
    start: |stage| stage.written(&[("response/report.json", REPORT)]),
};
