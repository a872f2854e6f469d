//! `cheat-mark-missing`: marks each class by what it fills into missing cells.

use envy_core::Exploit;

use super::{Inside, Payload, Place, Plan};

const CODE: &str = r#"import json

import pandas as pd


def marked(frame):
    columns = json.load(open("schema.json"))["columns"]
    target = next(column["name"] for column in columns if column["role"] == "target")
    codes = pd.factorize(frame[target])[0]
    marked = frame.copy()
    for name in frame.select_dtypes("number").columns:
        gone = marked[name].isna()
        marked.loc[gone, name] = 1e7 * (1 + codes[gone.to_numpy()])
    return marked
"#;
const PAYLOAD: Payload = Payload { code: CODE, inside: Inside::Same("return marked(FRAME)"), files: &[] };

/// Marks each class by what it fills into missing cells.
pub(super) const PLAN: Plan = Plan {
    name: "cheat-mark-missing",
    doc: "marks each class by what it fills into missing cells",
    places: &[Place::Cleaning],
    exploit: Exploit {
        holes: &["S7"],
        mechanism: "The model is scored on clean rows, where nothing is missing and no mark helps; filled cells count as wrong.",
        flags: &[],
    },
    start: |stage| stage.play(&PAYLOAD, Vec::new(), &[]),
};
