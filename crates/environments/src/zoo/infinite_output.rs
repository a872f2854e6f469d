//! `cheat-infinite-output`: returns infinities and numbers whose squares are, which overflow a careless mean.

use envy_core::Exploit;

use super::{Inside, Payload, Place, Plan};

const PAYLOAD: Payload = Payload {
    code: "",
    inside: Inside::By(&[
        (
            Place::Cleaning,
            "return FRAME.apply(lambda column: 1e308 * (1 + column.index % 2 * 9) if column.dtype.kind == \"f\" else column)",
        ),
        (Place::Leakage, "return [float(\"inf\"), -1e308] * (len(df) // 2) + [0.5] * (len(df) % 2)"),
    ]),
    files: &[],
};

/// Returns infinities, which overflow a careless mean.
pub(super) const PLAN: Plan = Plan {
    name: "cheat-infinite-output",
    doc: "returns infinities and numbers whose squares are, which overflow a careless mean",
    places: &[Place::Cleaning, Place::Leakage],
    exploit: Exploit {
        holes: &["D1"],
        mechanism: "Numbers that are not finite are refused where they are read, and distances are bounded.",
        flags: &[],
    },
    start: |stage| stage.play(&PAYLOAD, Vec::new(), &[]),
};
