//! Facts: what the prompt and the policies need beside the files, as it stands in `Brief::facts`.

use std::collections::BTreeMap;

use envy_core::Brief;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::shapes::Shape;

/// The entry of `Brief::facts`.
const ENTRY: &str = "cleaning";

/// What the prompt and the policies need beside the files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Facts {
    /// How many classes the label has; 0 if it is a number.
    pub(super) classes: usize,
    /// The fixed model's name.
    pub(super) model: String,
    /// The recovery that a pass needs (repair F1 where accuracy is not scored).
    pub(super) tau: f64,
    /// Accuracy is part of the score.
    pub(super) certified: bool,
    /// A batch without labels is cleaned too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) serve: bool,
    /// The id column's header.
    pub(super) id: String,
    /// The source column's header.
    pub(super) source: String,
    /// The label's header.
    pub(super) target: String,
    /// What the agent is given; a table unless it says otherwise.
    #[serde(default = "table", skip_serializing_if = "is_table")]
    pub(super) shape: String,
}

/// The name of the shape that needs no mention.
fn table() -> String {
    Shape::Table.name().to_owned()
}

fn is_table(name: &str) -> bool {
    name == Shape::Table.name()
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
        let value = brief.facts.get(ENTRY).ok_or("the brief holds no facts of a cleaning task")?;
        serde_json::from_value(value.clone())
            .map_err(|error| format!("the brief's facts cannot be read: {error}"))
    }
}
