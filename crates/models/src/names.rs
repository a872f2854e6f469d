//! Names of models: `provider/name`, or a bare name whose provider is known.

use envy_core::ModelError;
use envy_core::near;

use crate::dialects::{Anthropic, Dialect, Google, OpenAiChat, OpenAiResponses};

/// A provider: where it is, how it speaks, and which variables hold its key.
pub(crate) struct Service {
    pub(crate) name: &'static str,
    pub(crate) base_url: &'static str,
    pub(crate) dialect: &'static dyn Dialect,
    pub(crate) keys: &'static [&'static str],
    /// Bare names that start so belong to it.
    pub(crate) prefixes: &'static [&'static str],
}

/// Every provider that needs no `--base-url`, in the order of their names.
pub(crate) const SERVICES: &[Service] = &[
    Service {
        name: "anthropic",
        base_url: "https://api.anthropic.com/v1",
        dialect: &Anthropic,
        keys: &["ANTHROPIC_API_KEY"],
        prefixes: &["claude-"],
    },
    Service {
        name: "google",
        base_url: "https://generativelanguage.googleapis.com/v1beta",
        dialect: &Google,
        keys: &["GEMINI_API_KEY", "GOOGLE_API_KEY"],
        prefixes: &["gemini-"],
    },
    Service {
        name: "openai",
        base_url: "https://api.openai.com/v1",
        dialect: &OpenAiResponses,
        keys: &["OPENAI_API_KEY"],
        prefixes: &["gpt-", "o1", "o3", "o4"],
    },
    Service {
        name: "openai-chat",
        base_url: "https://api.openai.com/v1",
        dialect: &OpenAiChat,
        keys: &["OPENAI_API_KEY"],
        prefixes: &[],
    },
    Service {
        name: "openai-responses",
        base_url: "https://api.openai.com/v1",
        dialect: &OpenAiResponses,
        keys: &["OPENAI_API_KEY"],
        prefixes: &[],
    },
];

/// The service and the exact model name of what a user wrote. Nothing is ever cut off a model's name.
pub(crate) fn find(written: &str) -> Result<(&'static Service, &str), ModelError> {
    if let Some((provider, model)) = written.split_once('/') {
        let service = SERVICES.iter().find(|service| service.name == provider);
        return service.map(|service| (service, model)).ok_or_else(|| {
            let known = SERVICES.iter().map(|service| service.name);
            let near = near::suggestion(provider, known);
            ModelError::Unusable(format!(
                "there is no provider \"{provider}\"; {near} (any other server: --base-url)"
            ))
        });
    }
    let service =
        SERVICES.iter().find(|service| service.prefixes.iter().any(|start| written.starts_with(start)));
    service.map(|service| (service, written)).ok_or_else(|| {
        ModelError::Unusable(format!(
            "no provider is known for \"{written}\"; write provider/name, or give --base-url"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_find_their_provider_and_stay_whole() {
        let found = |written| find(written).map(|(service, model)| (service.name, model)).unwrap();
        assert_eq!(found("claude-haiku-4-5"), ("anthropic", "claude-haiku-4-5"));
        assert_eq!(found("openai/gpt-4o-mini"), ("openai", "gpt-4o-mini"));
        assert_eq!(found("openai-chat/org/model-high"), ("openai-chat", "org/model-high"));
        assert_eq!(found("gemini-2.5-pro"), ("google", "gemini-2.5-pro"));
    }

    #[test]
    fn unknown_names_are_answered_with_what_is_near() {
        let error = |written| find(written).err().unwrap().to_string();
        assert!(error("antropic/claude").contains("did you mean \"anthropic\"?"));
        assert!(error("llama-3").contains("--base-url"));
    }
}
