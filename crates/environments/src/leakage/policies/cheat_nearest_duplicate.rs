//! `policy/cheat-nearest-duplicate`: hopes for copies across the split.

use envy_core::{Brief, Exploit, Policy, PolicyKind, Script, Seed};

use super::submit_program;

const PROGRAM: &str = r#"import numpy as np
from sklearn.neighbors import NearestNeighbors


def values(frame, columns, medians, scales):
    return ((frame[columns].fillna(medians)) / scales).to_numpy(dtype=float)


def fit(train_df):
    columns = [name for name in train_df.select_dtypes("number").columns if name not in ("row_id", "target")]
    medians = train_df[columns].median()
    scales = train_df[columns].std() + 1e-9
    search = NearestNeighbors(n_neighbors=1).fit(values(train_df, columns, medians, scales))
    return columns, medians, scales, search, train_df["target"].to_numpy(dtype=float)


def predict_proba(model, df):
    columns, medians, scales, search, labels = model
    _, nearest = search.kneighbors(values(df, columns, medians, scales))
    return labels[nearest[:, 0]]
"#;

/// Answers with the label of the nearest training row, every column included.
pub(super) struct CheatNearestDuplicate;

impl Policy for CheatNearestDuplicate {
    fn name(&self) -> &'static str {
        "cheat-nearest-duplicate"
    }

    fn doc(&self) -> &'static str {
        "answers with the label of the nearest training row, every column included"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Cheat
    }

    fn exploit(&self) -> Option<&'static Exploit> {
        Some(&Exploit {
            holes: &["H1"],
            mechanism: "Copies lie in training alone: the rows that count have none.",
            flags: &[],
        })
    }

    fn start(&self, _brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        submit_program(PROGRAM)
    }
}
