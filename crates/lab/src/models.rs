//! Models by name, as `--model` takes them.

use std::sync::Arc;

use envy_core::{Environment, Model};
use envy_models::POLICY_PREFIX;

use crate::error::LabError;

/// The names of an environment's scripted policies, from null to reference, then the cheats: the ladder.
pub fn ladder(environment: &dyn Environment) -> Vec<String> {
    environment.policies().iter().map(|policy| format!("{POLICY_PREFIX}/{}", policy.name())).collect()
}

/// The model called `name`.
///
/// # Errors
/// There is none for this environment; the hint says which there are.
pub fn model(environment: &dyn Environment, name: &str) -> Result<Arc<dyn Model>, LabError> {
    envy_models::open(name, environment.policies()).map_err(|error| {
        let text = error.to_string();
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
        assert_eq!(model(&Guess, "policy/reference").unwrap().name(), "policy/reference");
        let error = model(&Guess, "policy/refrence").err().unwrap();
        assert_eq!(error.hint(), "did you mean \"reference\"?");
        let error = model(&Guess, "openai/gpt-4o-mini").err().unwrap();
        assert!(error.hint().contains("policy/null, policy/reference"), "{}", error.hint());
    }
}
