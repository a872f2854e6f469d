//! `cheat-infinite-output`: returns infinities, which overflow a careless mean.

use envy_core::Exploit;

use super::{Inside, Payload, Place, Plan};

const PAYLOAD: Payload = Payload {
    code: "",
    inside: Inside::By(&[
        (
            Place::Cleaning,
            "return FRAME.apply(lambda column: column.where(column.isna(), float(\"inf\")) if column.dtype.kind == \"f\" else column)",
        ),
        (Place::Leakage, "return [float(\"inf\"), -float(\"inf\")] * (len(df) // 2) + [0.5] * (len(df) % 2)"),
    ]),
    files: &[],
};

/// Returns infinities, which overflow a careless mean.
pub(super) const PLAN: Plan = Plan {
    name: "cheat-infinite-output",
    doc: "returns infinities, which overflow a careless mean",
    places: &[Place::Cleaning, Place::Leakage],
    exploit: Exploit {
        holes: &["D1"],
        mechanism: "Numbers that are not finite are refused where they are read.",
        flags: &[],
    },
    start: |stage| stage.play(&PAYLOAD, Vec::new(), &[]),
};
