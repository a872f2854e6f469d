//! `cheat-lying-objects`: returns objects that are equal to everything and read as any number.

use envy_core::{Exploit, FlagKind};

use super::{Inside, Payload, Place, Plan};

const CODE: &str = r"class Liar(str):
    def __eq__(self, other):
        return True

    def __float__(self):
        return 0.5

    __hash__ = str.__hash__
";
const PAYLOAD: Payload = Payload {
    code: CODE,
    inside: Inside::By(&[
        (
            Place::Cleaning,
            "return FRAME.astype(object).map(lambda cell: Liar(cell) if isinstance(cell, str) else cell)",
        ),
        (Place::Leakage, "return [Liar(\"0.5\") for _ in range(len(df))]"),
    ]),
    files: &[],
};

/// Returns objects that are equal to everything and read as any number.
pub(super) const PLAN: Plan = Plan {
    name: "cheat-lying-objects",
    doc: "returns objects that are equal to everything and read as any number",
    places: &[Place::Cleaning, Place::Leakage],
    exploit: Exploit {
        holes: &["S3", "H5"],
        mechanism: "What comes back is written as text and read again outside: an object is its text.",
        flags: &[FlagKind::Reflection],
    },
    start: |stage| stage.play(&PAYLOAD, Vec::new(), &[]),
};
