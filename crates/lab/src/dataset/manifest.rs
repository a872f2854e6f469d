//! Manifests: the JSON documents of a task's folder and of a set.

use std::collections::BTreeMap;

use envy_core::{Certificate, Digest, Rejection, TaskId, TaskSpec};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `task.json`: what a task is, and the digest of each of its files. Neither seed nor spec is in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Always [`TASK_SCHEMA`].
    pub schema: String,
    /// The task's name.
    pub id: TaskId,
    /// The environment's registry name.
    pub environment: String,
    /// One line for people.
    pub title: String,
    /// The generator's version.
    pub generator: String,
    /// False if the task was emitted without the full proof.
    pub certified: bool,
    /// Which files are taken as the submission.
    pub collect: Vec<String>,
    /// What the prompt and the scripted policies need beside the files.
    pub facts: BTreeMap<String, Value>,
    /// The digest of every file in `public/`.
    pub public: BTreeMap<String, Digest>,
    /// The digest of every file in `hidden/`, salted so that nobody can test a guess at its content.
    pub hidden: BTreeMap<String, Digest>,
}

/// The schema of [`Manifest`].
pub(super) const TASK_SCHEMA: &str = "envy.task/1";

/// The manifest as it lies on disk: with a digest of itself, which is the digest of the whole task.
#[derive(Serialize, Deserialize)]
struct Written {
    task: Manifest,
    digest: Digest,
}

impl Manifest {
    /// The digest of the whole task: it covers every file by way of the files' digests.
    pub fn digest(&self) -> Digest {
        Digest::of(&serde_json::to_vec(self).expect("a manifest is plain data"))
    }

    /// The text of `task.json`.
    pub(crate) fn to_text(&self) -> String {
        let written = Written { task: self.clone(), digest: self.digest() };
        let mut value = serde_json::to_value(&written).expect("a manifest is plain data");
        let mut document = value["task"].take();
        document["digest"] = value["digest"].take();
        let mut text = serde_json::to_string_pretty(&document).expect("a value is plain data");
        text.push('\n');
        text
    }

    /// Reads the text of `task.json`.
    ///
    /// # Errors
    /// It is not a manifest of this version, or it was edited: the rest of a sentence about `task.json`.
    pub(crate) fn from_text(text: &[u8]) -> Result<Self, String> {
        let unreadable = |error: serde_json::Error| format!("is no task manifest ({error})");
        let mut document: Value = serde_json::from_slice(text).map_err(unreadable)?;
        let schema = document["schema"].as_str().unwrap_or("none").to_owned();
        if schema != TASK_SCHEMA {
            return Err(format!("has the schema \"{schema}\", this envy reads \"{TASK_SCHEMA}\""));
        }
        let digest = document.as_object_mut().and_then(|fields| fields.remove("digest"));
        let manifest: Self = serde_json::from_value(document).map_err(unreadable)?;
        if digest.as_ref().and_then(Value::as_str) == Some(manifest.digest().as_str()) {
            Ok(manifest)
        } else {
            Err("was edited: its digest no longer fits".to_owned())
        }
    }
}

/// `hidden/origin.json`: where a task comes from and what proves it. Only its owner may know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// Always [`ORIGIN_SCHEMA`].
    pub schema: String,
    /// What generated the task.
    pub spec: TaskSpec,
    /// The proof.
    pub certificate: Certificate,
    /// The candidates that the gate rejected on the way.
    pub rejections: Vec<Rejection>,
    /// What was understood of the user's table and the like.
    pub notes: Vec<String>,
}

/// The schema of [`Origin`].
pub(super) const ORIGIN_SCHEMA: &str = "envy.task-origin/1";

/// `set.json`: the tasks of a folder that `--count N` made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetManifest {
    /// Always [`SET_SCHEMA`].
    pub schema: String,
    /// The set's name.
    pub id: String,
    /// The environment's registry name.
    pub environment: String,
    /// The tasks, in order; each lies in a folder of its name.
    pub tasks: Vec<TaskId>,
    /// The candidates that the gate rejected, counted by condition.
    pub rejected: BTreeMap<String, usize>,
}

impl SetManifest {
    /// The text of `set.json`.
    pub(crate) fn to_text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a manifest is plain data");
        text.push('\n');
        text
    }
}

/// The schema of [`SetManifest`].
pub(super) const SET_SCHEMA: &str = "envy.task-set/1";

#[cfg(test)]
mod tests {
    use super::*;
    use envy_core::{Knobs, Salt};

    fn manifest() -> Manifest {
        let spec = TaskSpec::new("cleaning", 1, Knobs::default(), &Salt::public());
        Manifest {
            schema: TASK_SCHEMA.to_owned(),
            id: TaskId::of(&spec, "1", &Salt::public()),
            environment: "cleaning".to_owned(),
            title: "Meters".to_owned(),
            generator: "1".to_owned(),
            certified: true,
            collect: vec!["clean.py".to_owned()],
            facts: BTreeMap::from([("share".to_owned(), Value::from(0.1 + 0.2))]),
            public: BTreeMap::from([("train.csv".to_owned(), Digest::of(b"x"))]),
            hidden: BTreeMap::new(),
        }
    }

    #[test]
    fn a_manifest_comes_back_and_an_edit_is_noticed() {
        let text = manifest().to_text();
        assert_eq!(Manifest::from_text(text.as_bytes()).unwrap(), manifest());
        let edited = text.replace("Meters", "Meter");
        assert!(Manifest::from_text(edited.as_bytes()).unwrap_err().contains("edited"));
        let extended = text.replacen('{', "{\"seed\": 1,", 1);
        assert!(Manifest::from_text(extended.as_bytes()).unwrap_err().contains("seed"));
        let newer = text.replace(TASK_SCHEMA, "envy.task/2");
        assert!(Manifest::from_text(newer.as_bytes()).unwrap_err().contains("envy.task/2"));
    }
}
