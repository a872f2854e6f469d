//! Names of things: digests, task ids, run ids.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::seed::Salt;
use crate::spec::TaskSpec;

/// A BLAKE3 digest, written as 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(blake3::hash(bytes).to_hex().to_string())
    }

    /// The 64 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Lower-case hexadecimal digits of `bytes`.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// How many hexadecimal digits of a task id are shown when nothing else shares them.
const SHOWN_DIGITS: usize = 6;

/// `environment-` and 32 hexadecimal digits (128 bits) of a digest keyed by the salt. It says nothing of the seed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(String);

impl TaskId {
    /// The id of what `spec` generates under `salt` with version `generator` of its environment.
    pub fn of(spec: &TaskSpec, generator: &str, salt: &Salt) -> Self {
        let identity = serde_json::to_string(&(spec, generator)).expect("a spec is plain data");
        let digest = salt.keyed(format!("task/{identity}").as_bytes());
        Self(format!("{}-{}", spec.environment, hex(&digest[..16])))
    }

    /// The whole id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as it is shown where it is alone.
    pub fn short(&self) -> &str {
        self.prefix(SHOWN_DIGITS)
    }

    /// The shortest prefix (at least six digits) that no other of `ids` shares.
    pub fn shortest<'a>(&'a self, ids: &[&'a Self]) -> &'a str {
        let digits = (SHOWN_DIGITS..=32).find(|digits| {
            let prefix = self.prefix(*digits);
            !ids.iter().any(|other| *other != self && other.0.starts_with(prefix))
        });
        self.prefix(digits.unwrap_or(32))
    }

    /// True if `written` (a whole id or any prefix of at least the environment and one digit) can mean this task.
    pub fn matches(&self, written: &str) -> bool {
        !written.is_empty() && self.0.starts_with(written)
    }

    fn prefix(&self, digits: usize) -> &str {
        let name = self.0.rfind('-').map_or(0, |dash| dash + 1);
        &self.0[..(name + digits).min(self.0.len())]
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The name of one run, `run-` and digits that grow with time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub String);

impl fmt::Display for RunId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knobs::Knobs;

    fn id(seed: u64) -> TaskId {
        let spec = TaskSpec::new("cleaning", seed, Knobs::default(), &Salt::public());
        TaskId::of(&spec, "1", &Salt::public())
    }

    #[test]
    fn ids_have_128_bits_and_show_the_shortest_unique_prefix() {
        let ids: Vec<TaskId> = (0..300).map(id).collect();
        assert_eq!(ids[0].as_str().len(), "cleaning-".len() + 32);
        assert_eq!(ids[0].short().len(), "cleaning-".len() + 6);
        let all: Vec<&TaskId> = ids.iter().collect();
        for one in &ids {
            let shown = one.shortest(&all);
            assert_eq!(ids.iter().filter(|other| other.matches(shown)).count(), 1);
        }
    }
}
