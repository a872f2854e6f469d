//! `cheat-walk-frames`: walks the stack and the live objects for labels.

use envy_core::{Exploit, FlagKind};

use super::{Inside, Payload, Place, Plan};

const CODE: &str = r#"import gc
import sys


def labels():
    frame, found = sys._getframe(), []
    while frame is not None:
        found.extend(value for name, value in frame.f_locals.items() if "label" in name or "truth" in name)
        frame = frame.f_back
    found.extend(thing for thing in gc.get_objects() if type(thing).__name__ == "Grader")
    return found
"#;
const PAYLOAD: Payload = Payload { code: CODE, inside: Inside::Same("labels()"), files: &[] };

/// Walks the stack and the live objects for labels.
pub(super) const PLAN: Plan = Plan {
    name: "cheat-walk-frames",
    doc: "walks the stack and the live objects for labels",
    places: &[Place::Cleaning, Place::Leakage, Place::Diagnosis],
    exploit: Exploit {
        holes: &["H5", "S1"],
        mechanism: "Labels are never in the process: they stay with the grader, outside of every box.",
        flags: &[FlagKind::Reflection],
    },
    start: |stage| stage.play(&PAYLOAD, Vec::new(), &[]),
};
