//! What to generate: the identity of a task.

use serde::{Deserialize, Serialize};

use crate::id::Digest;
use crate::knobs::Knobs;
use crate::seed::{Salt, Seed};

/// What to generate. Together with the generator's version and the salt it is the identity of a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskSpec {
    /// Always `envy.task-spec/1`.
    pub schema: String,
    /// The environment's registry name.
    pub environment: String,
    /// Every knob of the environment, defaults filled in.
    pub knobs: Knobs,
    /// The user's seed, a decimal string in JSON (a u64 does not survive a float).
    #[serde(with = "decimal")]
    pub seed: u64,
    /// The id of the salt.
    pub salt: String,
    /// The user's own table, if the task is made from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<TableSource>,
}

/// A user's own table, named by its digest so that the spec stays the identity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableSource {
    /// The digest of the file's bytes.
    pub digest: Digest,
    /// The file's name without its folder, for people.
    pub name: String,
    /// The target column: a header's name or a zero-based number (negative counts from the end).
    pub target: String,
    /// False if the first line read is already data.
    pub header: bool,
    /// Lines passed over before the header or the data.
    pub skip_lines: usize,
    /// The column that says when a row was recorded, if the user named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// The column that says whom a row belongs to, if the user named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

impl TaskSpec {
    /// A spec without a user's table.
    pub fn new(environment: &str, seed: u64, knobs: Knobs, salt: &Salt) -> Self {
        Self {
            schema: "envy.task-spec/1".to_owned(),
            environment: environment.to_owned(),
            knobs,
            seed,
            salt: salt.id().to_owned(),
            table: None,
        }
    }

    /// The root of this task's random streams.
    pub fn root(&self, salt: &Salt) -> Seed {
        Seed::root(salt, &self.environment, self.seed)
    }
}

/// u64 as a decimal string.
pub mod decimal {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes the number as a decimal string.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    /// Reads the number from a decimal string.
    ///
    /// # Errors
    /// The string is not a u64.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_seed_survives_json() {
        let spec = TaskSpec::new("cleaning", u64::MAX, Knobs::default(), &Salt::public());
        let text = serde_json::to_string(&spec).unwrap();
        assert!(text.contains("\"18446744073709551615\""));
        assert_eq!(serde_json::from_str::<TaskSpec>(&text).unwrap(), spec);
    }
}
