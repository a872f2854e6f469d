//! Models: sources of replies behind core's `Model` trait.
//!
//! One file per backend. [`PolicyModel`] plays an environment's scripted policies as `policy/NAME`. A provider of
//! language models is one more file beside it: it translates core's messages to its dialect and back, keeps the
//! reply's own JSON in `Reply::raw`, retries what is worth it, and joins the match in [`open`]. What a provider
//! cannot do becomes a `ModelError`; whether that ends or voids an episode is the rollout's decision, not its own.

pub mod dialects;
mod gate;
mod keys;
mod names;
mod policy;
mod prices;
mod provider;
mod replay;
mod retry;
mod sse;
mod text_protocol;
mod transport;

use std::sync::Arc;

use envy_core::{Model, ModelError, Policy};

pub use gate::Rates;
pub use policy::{POLICY_PREFIX, PolicyModel};
pub use prices::{Price, Prices};
pub use provider::{Provider, ProviderConfig};
pub use replay::{REPLAY_PREFIX, Replay};
pub use retry::Patience;
pub use text_protocol::Protocol;
pub use transport::Timeouts;

/// The model called `name`, which may be one of the environment's `policies`.
///
/// # Errors
/// [`ModelError::Unusable`]: nothing has that name; the message holds the nearest one that is known.
pub fn open(name: &str, policies: &'static [&'static dyn Policy]) -> Result<Arc<dyn Model>, ModelError> {
    match name.split_once('/') {
        Some((POLICY_PREFIX, policy)) => Ok(Arc::new(PolicyModel::find(policy, policies)?)),
        _ => Err(ModelError::Unusable(format!("there is no model \"{name}\"; {}", policy::known(policies)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_a_backend_is_answered_with_what_there_is() {
        for name in ["null", "gpt-5", "nobody/gpt-5", ""] {
            let error = open(name, policy::tests::ALL).err().unwrap();
            assert!(matches!(error, ModelError::Unusable(_)));
            let text = error.to_string();
            assert!(text.contains("policy/null") && text.contains("policy/reference"), "{text}");
        }
        assert_eq!(open("policy/null", policy::tests::ALL).unwrap().name(), "policy/null");
    }
}
