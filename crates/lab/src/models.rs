//! Models by name, as `--model` takes them.

use std::path::Path;

use envy_core::Environment;
pub use envy_models::{ModelsConfig, Opened};
use envy_models::{POLICY_PREFIX, Prices};

use crate::error::LabError;

/// The names of an environment's scripted policies, from null to reference, then the cheats: the ladder.
pub fn ladder(environment: &dyn Environment) -> Vec<String> {
    environment.policies().iter().map(|policy| format!("{POLICY_PREFIX}/{}", policy.name())).collect()
}

/// How models are reached: the providers' own servers and the shipped prices, unless told otherwise.
///
/// # Errors
/// The file of prices cannot be read.
pub fn reach(base_url: Option<&str>, prices: Option<&Path>) -> Result<ModelsConfig, LabError> {
    let mut config = ModelsConfig::standard();
    config.provider.base_url = base_url.map(str::to_owned);
    if let Some(path) = prices {
        let hint = "it holds a table for each model, as the shipped one does";
        config.provider.prices = Prices::read(path).map_err(|what| LabError::usage(what, hint))?;
    }
    Ok(config)
}

/// The model called `name`.
///
/// # Errors
/// There is none, or it has no key; the hint says what to do.
pub fn open(environment: &dyn Environment, name: &str, config: &ModelsConfig) -> Result<Opened, LabError> {
    envy_models::open(name, environment.policies(), config).map_err(|error| {
        let text = error.to_string();
        // What comes after the first semicolon says what to do.
        let (what, hint) = text.split_once("; ").unwrap_or((&text, ""));
        LabError::usage(what, hint)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Guess;

    #[test]
    fn policies_are_found_and_the_rest_is_explained() {
        assert_eq!(ladder(&Guess), ["policy/null", "policy/reference"]);
        let config = reach(None, None).unwrap();
        assert_eq!(open(&Guess, "policy/reference", &config).unwrap().model.name(), "policy/reference");
        let error = open(&Guess, "policy/refrence", &config).err().unwrap();
        assert_eq!(error.hint(), "did you mean \"reference\"?");
        let error = open(&Guess, "reference", &config).err().unwrap();
        assert!(error.hint().contains("policy/null, policy/reference"), "{}", error.hint());
        assert!(reach(None, Some(Path::new("/no/prices"))).is_err());
    }
}
