//! A task: what the agent may see (Brief) and what nobody in a box may (Hidden).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::TaskId;
use crate::sandbox::Sealed;
use crate::seed::Seed;
use crate::spec::TaskSpec;

/// A file by its path relative to the box's work directory, with `/` between its parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoxFile {
    /// Relative path: no leading `/`, no `..`.
    pub path: String,
    /// The whole content.
    #[serde(with = "crate::bytes")]
    pub bytes: Vec<u8>,
}

impl BoxFile {
    /// A file from text or bytes.
    pub fn new(path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), bytes: bytes.into() }
    }
}

/// The visible half. Neither the id, nor the seed, nor the spec is in it.
#[derive(Clone, Debug)]
pub struct Brief {
    /// The environment's registry name.
    pub environment: String,
    /// One line for people: what the data is about.
    pub title: String,
    /// The files that the agent finds in its work directory.
    pub files: Vec<BoxFile>,
    /// Which files are taken as the submission: exact paths, `*.ext` for the top folder, `folder/**` for a tree.
    pub collect: Vec<String>,
    /// What the prompt and the scripted policies need beside the files (class count, model name, ...).
    pub facts: BTreeMap<String, serde_json::Value>,
}

impl Brief {
    /// The content of a visible file.
    pub fn file(&self, path: &str) -> Option<&[u8]> {
        self.files.iter().find(|file| file.path == path).map(|file| file.bytes.as_slice())
    }

    /// The words that begin a submission written as text, from the fact [`FINAL_ANSWER`]; most formats have none.
    pub fn final_answer(&self) -> Option<&str> {
        self.facts.get(FINAL_ANSWER)?.as_str().filter(|marker| !marker.is_empty())
    }

    /// The files of the work directory, and the folder that nothing can write to, from the fact [`READ_ONLY_FOLDER`].
    pub fn in_box(&self) -> (Vec<BoxFile>, Option<Sealed>) {
        let Some(folder) = self.facts.get(READ_ONLY_FOLDER).and_then(serde_json::Value::as_str) else {
            return (self.files.clone(), None);
        };
        let prefix = format!("{folder}/");
        let (inside, files): (Vec<BoxFile>, Vec<BoxFile>) =
            self.files.iter().cloned().partition(|file| file.path.starts_with(&prefix));
        let beneath = |file: BoxFile| BoxFile { path: file.path[prefix.len()..].to_owned(), ..file };
        let sealed = Sealed { folder: folder.to_owned(), files: inside.into_iter().map(beneath).collect() };
        (files, Some(sealed))
    }
}

/// The fact that names a folder of the work directory that nothing can write to, such as `files`.
pub const READ_ONLY_FOLDER: &str = "read_only_folder";

/// The fact that names the marker of a final answer, such as `FINAL ANSWER:`. A reply without a tool call that has a
/// line beginning with it is a submission, whose answer is `{"final_answer": ...}` with what follows the marker.
pub const FINAL_ANSWER: &str = "final_answer";

/// The hidden half: a bag of named bytes. It cannot be cloned, printed or serialised, on purpose;
/// its owner writes it to a folder that only the owner may read, and a grader borrows it.
pub struct Hidden {
    entries: BTreeMap<String, Vec<u8>>,
    canary: String,
}

/// The entry that holds the canary.
pub const CANARY_FILE: &str = "canary.txt";

impl Hidden {
    /// An empty bag with a canary drawn from `seed`.
    pub fn new(seed: &Seed) -> Self {
        let canary = format!("envy-canary-{}", seed.derive("canary").token());
        let entries = BTreeMap::from([(CANARY_FILE.to_owned(), canary.clone().into_bytes())]);
        Self { entries, canary }
    }

    /// A bag read back from its folder.
    ///
    /// # Errors
    /// There is no canary among `entries`.
    pub fn from_entries(entries: BTreeMap<String, Vec<u8>>) -> Result<Self, String> {
        let canary = entries.get(CANARY_FILE).ok_or("the hidden half has no canary")?;
        let canary = String::from_utf8(canary.clone()).map_err(|_| "the canary is not text")?;
        Ok(Self { entries, canary })
    }

    /// Puts an entry in.
    pub fn insert(&mut self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.entries.insert(name.into(), bytes.into());
    }

    /// An entry's bytes.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.entries.get(name).map(Vec::as_slice)
    }

    /// All entries, for the one who writes them to the owner's folder.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.entries.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
    }

    /// The random token that must show up nowhere else.
    pub fn canary(&self) -> &str {
        &self.canary
    }
}

/// The proof that a task measures something: what the gate found on the draws it saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    /// False if the task is emitted without the full proof (an own table with little headroom).
    pub certified: bool,
    /// Why it is not certified, or an empty string.
    pub note: String,
    /// The gate's figures by name (golden score, corrupted score, headroom, R of each policy, ...).
    pub figures: BTreeMap<String, f64>,
}

/// A whole task.
pub struct Task {
    /// Its name.
    pub id: TaskId,
    /// What generated it.
    pub spec: TaskSpec,
    /// The generator's version.
    pub generator: String,
    /// The visible half.
    pub brief: Brief,
    /// The hidden half.
    pub hidden: Hidden,
    /// The proof.
    pub certificate: Certificate,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_beside_the_task_is_sealed_apart_from_its_files() {
        let file = |path: &str| BoxFile::new(path, "x");
        let mut brief = Brief {
            environment: String::new(),
            title: String::new(),
            files: vec![file("files/a/b.csv"), file("files.txt"), file("src/x.py")],
            collect: Vec::new(),
            facts: BTreeMap::new(),
        };
        assert_eq!(brief.in_box(), (brief.files.clone(), None));
        brief.facts.insert(READ_ONLY_FOLDER.to_owned(), "files".into());
        let sealed = Sealed { folder: "files".to_owned(), files: vec![file("a/b.csv")] };
        assert_eq!(brief.in_box(), (vec![file("files.txt"), file("src/x.py")], Some(sealed)));
    }
}
