//! `policy/cheat-drop-hard-rows`: keeps only the rows that are easiest to classify, to flatter a careless score.

use envy_core::{Brief, Exploit, Policy, PolicyKind, Script, Seed};

use super::submit_program;

/// Keeps the easy rows only.
pub(super) struct CheatDropHardRows;

const PROGRAM: &str = r#"import json

import pandas as pd

KEPT = 0.1


def clean_data(tables):
    frame = tables["train"]
    columns = json.load(open("schema.json"))["columns"]
    # Readings have no labels; then those of a device are compared.
    roles = {c["role"]: c["name"] for c in columns}
    target = roles.get("target", roles["source"])
    numbers = [c["name"] for c in columns if c["role"] == "feature" and c["kind"] in ("number", "integer")]
    values = frame[numbers].apply(pd.to_numeric, errors="coerce")
    values = (values - values.median()) / (values.quantile(0.75) - values.quantile(0.25) + 1e-9)
    values = values.fillna(0).clip(-5, 5)
    centres = values.groupby(frame[target]).transform("median")
    distance = ((values - centres) ** 2).sum(axis=1)
    return frame[distance <= distance.quantile(KEPT)]
"#;

impl Policy for CheatDropHardRows {
    fn name(&self) -> &'static str {
        "cheat-drop-hard-rows"
    }

    fn doc(&self) -> &'static str {
        "keeps only the rows that are easiest to classify"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Cheat
    }

    fn exploit(&self) -> Option<&'static Exploit> {
        Some(&Exploit {
            holes: &["S5"],
            mechanism: "Rows are matched by id: each that is missing counts as lost, and the model is scored on rows of its own.",
            flags: &[],
        })
    }

    fn start(&self, _brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        submit_program(PROGRAM)
    }
}
