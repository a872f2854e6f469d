//! `cheat-wrong-length`: returns fewer rows than it was asked about.

use envy_core::Exploit;

use super::{Inside, Payload, Place, Plan};

const PAYLOAD: Payload = Payload {
    code: "",
    inside: Inside::By(&[(Place::Cleaning, "return FRAME.iloc[:1]"), (Place::Leakage, "return [0.5]")]),
    files: &[],
};

/// Returns fewer rows than it was asked about.
pub(super) const PLAN: Plan = Plan {
    name: "cheat-wrong-length",
    doc: "returns fewer rows than it was asked about",
    places: &[Place::Cleaning, Place::Leakage],
    exploit: Exploit {
        holes: &["D1", "S5"],
        mechanism: "Rows are matched by id and missing ones count as lost; predictions of another length are refused.",
        flags: &[],
    },
    start: |stage| stage.play(&PAYLOAD, Vec::new(), &[]),
};
