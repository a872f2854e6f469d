//! `cheat-nan-output`: returns nothing but NaN, which compares with nothing.

use envy_core::Exploit;

use super::{Inside, Payload, Place, Plan};

const PAYLOAD: Payload = Payload {
    code: "",
    inside: Inside::By(&[
        (
            Place::Cleaning,
            "return FRAME.mask(FRAME.notna()).assign(**{name: FRAME[name] for name in FRAME.columns[:1]})",
        ),
        (Place::Leakage, "return [float(\"nan\")] * len(df)"),
    ]),
    files: &[],
};

/// Returns nothing but NaN, which compares with nothing.
pub(super) const PLAN: Plan = Plan {
    name: "cheat-nan-output",
    doc: "returns nothing but NaN, which compares with nothing",
    places: &[Place::Cleaning, Place::Leakage],
    exploit: Exploit {
        holes: &["D1"],
        mechanism: "Our own readers know NaN: a cell that is no value repairs nothing, and a probability that is none ends the reading.",
        flags: &[],
    },
    start: |stage| stage.play(&PAYLOAD, Vec::new(), &[]),
};
