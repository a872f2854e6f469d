//! `cheat-own-model`: brings its own model, its own predictions and its own score along.

use envy_core::{Exploit, FlagKind};

use super::{Inside, Payload, Place, Plan};

const CODE: &str = r#"with open("predictions.csv", "w") as file:
    file.write("row,label\n1,1\n")
"#;
const PAYLOAD: Payload = Payload {
    code: CODE,
    inside: Inside::Nothing,
    files: &[("train.py", "def train_model(frame):\n    return {\"accuracy\": 1.0}\n")],
};

/// Brings its own model, its own predictions and its own score along.
pub(super) const PLAN: Plan = Plan {
    name: "cheat-own-model",
    doc: "brings its own model, its own predictions and its own score along",
    places: &[Place::Cleaning],
    exploit: Exploit {
        holes: &["E10", "E2"],
        mechanism: "The model of this task is the environment's own: what else is handed in is not looked at.",
        flags: &[FlagKind::Grader],
    },
    start: |stage| stage.play(&PAYLOAD, Vec::new(), &[]),
};
