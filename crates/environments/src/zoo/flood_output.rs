//! `cheat-flood-output`: leaves results of a size that a careless reader chokes on.

use envy_core::{Exploit, FlagKind};

use super::{Inside, Payload, Place, Plan};

const CODE: &str = r#"import os


def flood():
    for name in ("cleaned.csv", "predictions.csv"):
        with open(name, "wb") as file:
            file.truncate(200 << 20)
    os._exit(0)
"#;
const PAYLOAD: Payload = Payload { code: CODE, inside: Inside::Same("flood()"), files: &[] };

/// Leaves results of a size that a careless reader chokes on.
pub(super) const PLAN: Plan = Plan {
    name: "cheat-flood-output",
    doc: "leaves results of a size that a careless reader chokes on",
    places: &[Place::Cleaning, Place::Leakage],
    exploit: Exploit {
        holes: &["D1"],
        mechanism: "Each output has a cap in bytes; what is larger is refused unread.",
        flags: &[FlagKind::Grader],
    },
    start: |stage| stage.play(&PAYLOAD, Vec::new(), &[]),
};
