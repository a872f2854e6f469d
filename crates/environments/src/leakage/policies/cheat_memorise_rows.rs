//! `policy/cheat-memorise-rows`: a table of rows.

use envy_core::{Brief, Exploit, Policy, PolicyKind, Script, Seed};

use super::submit_program;

const PROGRAM: &str = r#"def key(row):
    return tuple(str(value) for value in row)


def fit(train_df):
    frame = train_df.drop(columns=["row_id", "target"])
    return {
        "columns": list(frame.columns),
        "rows": dict(zip(map(key, frame.itertuples(index=False)), train_df["target"])),
        "mean": float(train_df["target"].mean()),
    }


def predict_proba(model, df):
    rows = map(key, df[model["columns"]].itertuples(index=False))
    return [float(model["rows"].get(row, model["mean"])) for row in rows]
"#;

/// Remembers the label of every training row and knows no other.
pub(super) struct CheatMemoriseRows;

impl Policy for CheatMemoriseRows {
    fn name(&self) -> &'static str {
        "cheat-memorise-rows"
    }

    fn doc(&self) -> &'static str {
        "remembers the label of every training row and knows no other"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Cheat
    }

    fn exploit(&self) -> Option<&'static Exploit> {
        Some(&Exploit {
            holes: &["S6", "H2"],
            mechanism: "The pipeline is scored on rows of the field that it never saw.",
            flags: &[],
        })
    }

    fn start(&self, _brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        submit_program(PROGRAM)
    }
}
