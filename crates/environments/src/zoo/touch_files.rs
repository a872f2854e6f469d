//! `cheat-touch-files`: touches every file that is asked for.

use envy_core::Exploit;

use super::{Place, Plan};

/// Touches every file that is asked for.
pub(super) const PLAN: Plan = Plan {
    name: "cheat-touch-files",
    doc: "touches every file that is asked for",
    places: &[Place::Diagnosis, Place::Authored],
    exploit: Exploit {
        holes: &["A5", "D5"],
        mechanism: "A file counts if it is not empty, and its content by what it is worth.",
        flags: &[],
    },
    start: |stage| {
        stage.written(&[
            ("response/report.json", ""),
            ("response/test_fix.py", ""),
            ("response/revised/src/train.py", ""),
            ("response/revised_code.py", ""),
        ])
    },
};
