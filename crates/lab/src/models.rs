//! Models by name, as `--model` takes them.

use std::path::{Path, PathBuf};

use std::sync::Arc;

use envy_core::{Environment, Model, ModelError};
use envy_models::{ModelsConfig, POLICY_PREFIX, Prices, Rates};
pub use envy_models::{Opened, Protocol};
use serde::{Deserialize, Serialize};

use crate::error::LabError;
use crate::replay;

/// The names of an environment's scripted policies, from null to reference, then the cheats: the ladder.
pub fn ladder(environment: &dyn Environment) -> Vec<String> {
    environment.policies().iter().map(|policy| format!("{POLICY_PREFIX}/{}", policy.name())).collect()
}

/// How the models of a run are reached: part of its plan, so that a resumed run reaches them in the same way. No key
/// is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ModelSettings {
    /// Another server than the providers' own.
    pub base_url: Option<String>,
    /// How tool calls travel.
    pub protocol: Protocol,
    /// With the text protocol: hold every reply to the schema of an action.
    pub constrained: bool,
    /// Ask for server-sent events.
    pub stream: bool,
    /// A table of prices instead of the shipped one.
    pub prices: Option<PathBuf>,
    /// Requests a minute to each model, if bounded.
    pub requests_per_minute: Option<u32>,
    /// Tokens a minute of each model, if bounded.
    pub tokens_per_minute: Option<u64>,
    /// Further tries of a call that failed in passing, if not the standard ones.
    pub retries: Option<u32>,
    /// Keep every call's request and response.
    pub record: bool,
}

/// Where models come from: their providers, or the runs of a store.
#[derive(Clone, Debug)]
pub struct Sources {
    config: ModelsConfig,
    store: PathBuf,
}

impl ModelSettings {
    /// The sources that these settings name; `store` is the file whose runs can be replayed.
    ///
    /// # Errors
    /// The file of prices cannot be read.
    pub fn sources(&self, store: &Path) -> Result<Sources, LabError> {
        let mut config = ModelsConfig::standard();
        let provider = &mut config.provider;
        provider.base_url.clone_from(&self.base_url);
        provider.protocol = self.protocol;
        provider.constrained = self.constrained;
        provider.stream = self.stream;
        provider.rates = Rates {
            requests_per_minute: self.requests_per_minute,
            tokens_per_minute: self.tokens_per_minute,
        };
        provider.record = self.record;
        if let Some(retries) = self.retries {
            provider.patience.tries_max = retries.saturating_add(1);
        }
        if let Some(path) = &self.prices {
            let hint = "it names a day (dated) and a table for each model, as docs/models.md shows";
            provider.prices = Prices::read(path).map_err(|what| LabError::usage(what, hint))?;
        }
        Ok(Sources { config, store: store.to_owned() })
    }
}

/// The model called `name`: `policy/NAME`, `replay/RUN`, or a provider's.
///
/// # Errors
/// There is none, or it has no key; the hint says what to do.
pub fn open(environment: &dyn Environment, name: &str, sources: &Sources) -> Result<Opened, LabError> {
    if let Some(run) = replay::run_of(name) {
        let model = replay::Source::find(run, &sources.store)?.model();
        return Ok(Opened { model, is_priced: true });
    }
    let of_zoo =
        name.strip_prefix(POLICY_PREFIX).and_then(|name| name.strip_prefix('/')).is_some_and(|name| {
            environment
                .exploits()
                .iter()
                .any(|exploit| exploit.name() == name.split('@').next().unwrap_or(name))
        });
    let policies = if of_zoo { environment.exploits() } else { environment.policies() };
    envy_models::open(name, policies, &sources.config).map_err(|error| explained(&error))
}

/// A provider's model, that plays nothing: a judge, or who writes a label function. `work` is that, as a verb.
///
/// # Errors
/// There is none, or it has no key; the hint says what to do.
pub fn open_plain(name: &str, work: &str, sources: &Sources) -> Result<Arc<dyn Model>, LabError> {
    if name.starts_with(&format!("{POLICY_PREFIX}/")) || replay::run_of(name).is_some() {
        return Err(LabError::usage(
            format!("{name} cannot {work}"),
            "that takes a language model, as provider/name",
        ));
    }
    envy_models::open(name, &[], &sources.config)
        .map(|opened| opened.model)
        .map_err(|error| explained(&error))
}

fn explained(error: &ModelError) -> LabError {
    let text = error.to_string();
    // What comes after the first semicolon says what to do.
    let (what, hint) = text.split_once("; ").unwrap_or((&text, ""));
    LabError::usage(what, hint)
}

impl Sources {
    /// The file of the store.
    pub fn store(&self) -> &Path {
        &self.store
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Guess;

    #[test]
    fn policies_are_found_and_the_rest_is_explained() {
        assert_eq!(ladder(&Guess), ["policy/null", "policy/reference"]);
        let config = ModelSettings::default().sources(Path::new("/no/store")).unwrap();
        assert_eq!(open(&Guess, "policy/reference", &config).unwrap().model.name(), "policy/reference");
        let error = open(&Guess, "policy/refrence", &config).err().unwrap();
        assert_eq!(error.hint(), "did you mean \"reference\"?");
        let error = open(&Guess, "reference", &config).err().unwrap();
        assert!(error.hint().contains("policy/null, policy/reference"), "{}", error.hint());
        let prices = ModelSettings { prices: Some("/no/prices".into()), ..ModelSettings::default() };
        assert!(prices.sources(Path::new("/no/store")).unwrap_err().to_string().contains("/no/prices"));
    }
}
