//! Facts: what the prompt needs beside the files, as it stands in `Brief::facts`.

use std::collections::BTreeMap;

use envy_core::Brief;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The entry of `Brief::facts`.
const ENTRY: &str = "leakage";

/// What the prompt needs beside the files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Facts {
    /// Rows of train.csv.
    pub(super) train_rows: usize,
    /// Rows of test.csv.
    pub(super) test_rows: usize,
    /// The place of the threshold between the honest baseline and the Bayes bound.
    pub(super) lambda: f64,
}

impl Facts {
    /// The map for `Brief::facts`.
    pub(super) fn write(&self) -> BTreeMap<String, Value> {
        let value = serde_json::to_value(self).expect("facts are plain data");
        BTreeMap::from([(ENTRY.to_owned(), value)])
    }

    /// The facts of a brief.
    ///
    /// # Errors
    /// The brief belongs to another environment or version.
    pub(super) fn read(brief: &Brief) -> Result<Self, String> {
        let value = brief.facts.get(ENTRY).ok_or("the brief holds no facts of a leakage task")?;
        serde_json::from_value(value.clone())
            .map_err(|error| format!("the brief's facts cannot be read: {error}"))
    }
}
