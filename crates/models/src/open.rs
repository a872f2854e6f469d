//! Models by name: a policy, a replay, or a language model behind a provider.

use std::path::PathBuf;
use std::sync::Arc;

use envy_core::{Model, ModelError, Policy};

use crate::names;
use crate::policy::{POLICY_PREFIX, PolicyModel, known};
use crate::provider::{Provider, ProviderConfig};

/// How models are reached.
#[derive(Clone, Debug)]
pub struct ModelsConfig {
    /// How providers are spoken to.
    pub provider: ProviderConfig,
    /// The folder whose `.env` may hold keys that the environment does not.
    pub folder: PathBuf,
}

impl ModelsConfig {
    /// Each provider's own server with standard patience, and the `.env` of the working directory.
    pub fn standard() -> Self {
        Self { provider: ProviderConfig::standard(), folder: PathBuf::from(".") }
    }
}

/// A model, and whether its cost is known.
pub struct Opened {
    /// The model.
    pub model: Arc<dyn Model>,
    /// Its replies have a price; those of a policy cost nothing.
    pub is_priced: bool,
}

/// The model called `name`: `policy/NAME` is one of the environment's `policies`, everything else is a provider's.
///
/// # Errors
/// [`ModelError::Unusable`]: nothing has that name, or there is no key; after a `; ` the message says what to do.
pub fn open(
    name: &str,
    policies: &'static [&'static dyn Policy],
    config: &ModelsConfig,
) -> Result<Opened, ModelError> {
    if let Some((POLICY_PREFIX, policy)) = name.split_once('/') {
        return Ok(Opened { model: Arc::new(PolicyModel::find(policy, policies)?), is_priced: true });
    }
    // A bare word that no provider claims is more likely a policy without its prefix.
    if config.provider.base_url.is_none() && !name.contains('/') && names::find(name).is_err() {
        return Err(ModelError::Unusable(format!(
            "no provider is known for \"{name}\"; write provider/name, or give --base-url; {}",
            known(policies)
        )));
    }
    let provider = Provider::open(name, &config.provider, &config.folder)?;
    let is_priced = provider.has_price();
    Ok(Opened { model: Arc::new(provider), is_priced })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::ALL;

    fn error(name: &str) -> String {
        match open(name, ALL, &ModelsConfig::standard()) {
            Err(ModelError::Unusable(text)) => text,
            other => panic!("{name}: {}", other.is_ok()),
        }
    }

    #[test]
    fn a_name_without_a_backend_is_answered_with_what_there_is() {
        for name in ["null", ""] {
            let text = error(name);
            assert!(text.contains("policy/null") && text.contains("--base-url"), "{text}");
        }
        assert!(error("antropic/claude").contains("did you mean \"anthropic\"?"));
        let opened = open("policy/null", ALL, &ModelsConfig::standard()).unwrap();
        assert_eq!((opened.model.name(), opened.is_priced), ("policy/null", true));
    }

    #[test]
    fn a_server_of_the_open_field_needs_no_key_and_has_no_price() {
        let mut config = ModelsConfig::standard();
        config.provider.base_url = Some("http://127.0.0.1:8000/v1".to_owned());
        let opened = open("org/model", ALL, &config).unwrap();
        assert_eq!(opened.model.name(), "org/model");
        assert!(!opened.is_priced);
    }
}
