//! Judges by name, and what they are worth: a judge is measured on questions whose answers are known before it is believed.

mod agreement;
mod check;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use envy_core::{Digest, Judge};
use envy_models::judge::{Cache, ModelJudge};
use serde::{Deserialize, Serialize};

pub use agreement::{Agreement, Limits, corrected};
pub use check::{Checked, Plan, Rate, check};

use crate::error::LabError;
use crate::models::ModelSettings;

/// Votes on each question if nobody says how many.
pub const VOTES_DEFAULT: u32 = 3;

/// Digits of a server's digest that name the folder of its replies.
const SERVER_DIGITS: usize = 12;

/// Who judges a run, and how it is reached: part of the run's plan. No key is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct JudgeSettings {
    /// `provider/name`.
    pub model: String,
    /// Votes on each question.
    pub votes: u32,
    /// Another server than the provider's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
}

impl JudgeSettings {
    /// The judge; its replies are kept beside the store.
    ///
    /// # Errors
    /// There is no such model, or it has no key.
    pub fn open(&self, store: &Path) -> Result<ModelJudge, LabError> {
        let reach = ModelSettings { base_url: self.base_url.clone(), ..ModelSettings::default() };
        let model = crate::models::open_plain(&self.model, "judge", &reach.sources(store)?)?;
        // The same name at another server is another judge.
        let server = Digest::of(self.base_url.as_deref().unwrap_or_default().as_bytes());
        let kept = store.with_file_name("judge-replies").join(&server.as_str()[..SERVER_DIGITS]);
        Ok(ModelJudge::new(model, self.votes, Some(Cache::at(kept))))
    }

    /// The judge behind core's trait.
    ///
    /// # Errors
    /// As [`JudgeSettings::open`].
    pub fn judge(&self, store: &Path) -> Result<Arc<dyn Judge>, LabError> {
        Ok(Arc::new(self.open(store)?))
    }

    /// What was measured of this judge, if it was.
    pub fn measured(&self, store: &Path) -> Option<Checked> {
        let bytes = std::fs::read(path(store, &self.model)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }
}

/// Keeps what was measured of a judge, beside the runs.
///
/// # Errors
/// The file cannot be written.
pub fn keep(store: &Path, checked: &Checked) -> Result<PathBuf, LabError> {
    let path = path(store, &checked.judge);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| LabError::file("create", folder, &error))?;
    }
    let text = serde_json::to_string_pretty(checked).expect("figures are plain data");
    std::fs::write(&path, text + "\n").map_err(|error| LabError::file("write", &path, &error))?;
    Ok(path)
}

fn path(store: &Path, model: &str) -> PathBuf {
    let digest = Digest::of(model.as_bytes());
    let name: String = digest.as_str().chars().filter(char::is_ascii_alphanumeric).take(20).collect();
    store.with_file_name("judges").join(format!("{name}.json"))
}
