//! Replies of judges, kept by what was asked: the same question is paid for once.

use std::path::PathBuf;

use envy_core::{Digest, Message};

/// A folder of replies.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// The replies in `folder`, which is made when there is one to keep.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// A kept reply.
    pub(super) fn get(&self, key: &str) -> Option<String> {
        std::fs::read_to_string(self.folder.join(key)).ok()
    }

    /// Keeps a reply. A cache that cannot be written costs another call and nothing else.
    pub(super) fn put(&self, key: &str, text: &str) {
        let part = self.folder.join(format!("{key}.part"));
        let written = std::fs::create_dir_all(&self.folder).and_then(|()| std::fs::write(&part, text));
        if written.is_ok() {
            let _ = std::fs::rename(&part, self.folder.join(key));
        }
    }
}

/// The name under which the `number`-th vote of a model on these messages is kept.
pub(super) fn key(model: &str, messages: &[Message], number: u32) -> String {
    let asked = serde_json::to_string(messages).expect("messages are plain data");
    let digest = Digest::of(format!("{model}\0{number}\0{asked}").as_bytes());
    digest.as_str().chars().filter(char::is_ascii_alphanumeric).collect()
}
