//! Keys: from the environment, else from a `.env` file. Never stored, printed or sent anywhere but to their provider.

use std::fmt;
use std::path::Path;

use crate::names::SERVICES;

/// A provider's key. It does not print itself.
#[derive(Clone)]
pub(crate) struct Key(String);

impl Key {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// `text` with the key blotted out, for messages that may quote what a server sent back.
    pub(crate) fn redact(&self, text: &str) -> String {
        if self.0.is_empty() { text.to_owned() } else { text.replace(&self.0, "[key]") }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(..)")
    }
}

/// The first of `variables` that is set, in the environment or else in the `.env` file of `folder`.
pub(crate) fn find(variables: &[&str], folder: &Path) -> Option<Key> {
    let file = std::fs::read_to_string(folder.join(".env")).unwrap_or_default();
    let from_environment = |name: &str| std::env::var(name).ok();
    variables
        .iter()
        .find_map(|name| from_environment(name).or_else(|| entry(&file, name)))
        .filter(|key| !key.trim().is_empty())
        .map(|key| Key::new(key.trim()))
}

/// Which variables of each provider hold a key, in the environment or the `.env` file of `folder`; never the keys.
pub fn present(folder: &Path) -> Vec<Presence> {
    let all = SERVICES.iter().map(|service| (service.name, service.keys));
    let mut found: Vec<Presence> = Vec::new();
    for (provider, variables) in all {
        if found.iter().any(|known| known.variables == variables) {
            continue;
        }
        let set = variables.iter().copied().find(|name| find(&[name], folder).is_some());
        found.push(Presence { provider, variables, set });
    }
    found
}

/// Whether a provider can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presence {
    /// Its name, as before the `/` of a model's.
    pub provider: &'static str,
    /// The variables that may hold its key.
    pub variables: &'static [&'static str],
    /// The first of them that does.
    pub set: Option<&'static str>,
}

/// The value of `NAME=value` in a `.env` file: `export`, quotes and comments are allowed.
fn entry(file: &str, name: &str) -> Option<String> {
    file.lines().find_map(|line| {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (key, value) = line.split_once('=')?;
        if key.trim() != name {
            return None;
        }
        let value = value.trim();
        let quoted = |mark: char| value.strip_prefix(mark).and_then(|rest| rest.split(mark).next());
        let bare = || value.split(" #").next().unwrap_or(value).trim();
        Some(quoted('"').or_else(|| quoted('\'')).unwrap_or_else(bare).to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dotenv_file_is_read_as_people_write_it() {
        let file = "# keys\nexport A_KEY=\"one # two\"\nB_KEY = three # four\nC_KEY='five'\nEMPTY=\n";
        let value = |name| entry(file, name);
        assert_eq!(value("A_KEY").as_deref(), Some("one # two"));
        assert_eq!(value("B_KEY").as_deref(), Some("three"));
        assert_eq!(value("C_KEY").as_deref(), Some("five"));
        assert_eq!(value("KEY"), None);
    }

    #[test]
    fn each_key_is_looked_for_once() {
        let folder = std::env::temp_dir().join(format!("envy-keys-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(".env"), "GOOGLE_API_KEY=sk-secret\nGEMINI_API_KEY=\n").unwrap();
        let found = present(&folder);
        std::fs::remove_dir_all(&folder).unwrap();
        let providers: Vec<&str> = found.iter().map(|one| one.provider).collect();
        assert_eq!(providers, ["anthropic", "google", "openai"]);
        if std::env::var_os("GEMINI_API_KEY").is_none() {
            assert_eq!(found[1].set, Some("GOOGLE_API_KEY"));
        }
        assert!(!format!("{found:?}").contains("secret"));
    }

    #[test]
    fn a_key_never_shows() {
        let key = Key::new("sk-secret");
        assert_eq!(format!("{key:?}"), "Key(..)");
        assert_eq!(key.redact("bad key sk-secret"), "bad key [key]");
    }
}
