//! Provider: a language model behind HTTP. Translates, retries, keeps to the rates, counts the cost.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use envy_core::{BoxFuture, Chat, ChatRequest, Message, Model, ModelError, Opening, Reply, Rng, Sampling};
use reqwest::Client;
use serde_json::Value;

use crate::dialects::{Ask, Dialect, OpenAiChat};
use crate::gate::{Gate, Rates};
use crate::keys::{self, Key};
use crate::names;
use crate::prices::{Price, Prices};
use crate::recorder::Recorder;
use crate::retry::{Failure, Patience};
use crate::text_protocol::{self, Protocol};
use crate::transport::{self, Timeouts};

/// How a provider is reached; everything that a user may set.
#[derive(Clone, Debug)]
pub struct ProviderConfig {
    /// Another server than the provider's own. A name without a known provider is then taken whole.
    pub base_url: Option<String>,
    /// Ask for server-sent events.
    pub stream: bool,
    /// How tool calls travel.
    pub protocol: Protocol,
    /// With the text protocol: hold every reply to the schema of an action.
    pub constrained: bool,
    /// Prices by model.
    pub prices: Prices,
    /// Traffic bounds.
    pub rates: Rates,
    /// Retries.
    pub patience: Patience,
    /// Time-outs of one try.
    pub timeouts: Timeouts,
    /// Keep every call's request and response with its reply.
    pub record: bool,
}

impl ProviderConfig {
    /// The provider's own server, not streamed, shipped prices, no rates, standard patience.
    pub fn standard() -> Self {
        Self {
            base_url: None,
            stream: false,
            protocol: Protocol::Auto,
            constrained: false,
            prices: Prices::shipped(),
            rates: Rates::default(),
            patience: Patience::standard(),
            timeouts: Timeouts::standard(),
            record: false,
        }
    }
}

/// A language model behind HTTP, shared by all episodes of a run.
pub struct Provider {
    inner: Arc<Inner>,
}

struct Inner {
    /// As on the command line.
    name: String,
    /// As the provider knows it.
    model: String,
    base: String,
    dialect: &'static dyn Dialect,
    key: Key,
    /// The server speaks chat completions and is none of the providers' own.
    is_open: bool,
    /// Token ids and log-probabilities are asked for; unset for good once the server refuses them.
    capture: AtomicBool,
    /// Set for good once the server says that it has no tools.
    as_text: AtomicBool,
    /// Some reply came already: a server that is away now was there before and may come back.
    reached: AtomicBool,
    price: Option<Price>,
    client: Client,
    gate: Gate,
    config: ProviderConfig,
    /// What a user may do about a wrong key.
    key_hint: String,
}

impl Provider {
    /// The model that a user wrote as `written`; its key comes from the environment or the `.env` of `folder`.
    ///
    /// # Errors
    /// [`ModelError::Unusable`]: an unknown provider, or no key (the message names the variables).
    pub fn open(written: &str, config: &ProviderConfig, folder: &Path) -> Result<Self, ModelError> {
        let own = names::find(written);
        let (model, base, dialect, variables) = match (&config.base_url, own) {
            // `openai/...` is a common start of the names that such servers serve, so it is not cut off there.
            (Some(base), Ok((service, model))) if written.contains('/') && service.name != "openai" => {
                (model, base.clone(), service.dialect, service.keys)
            }
            // Servers of the open field take any key; a user may still have one.
            (Some(base), _) => (written, base.clone(), &OpenAiChat as &dyn Dialect, OPEN_KEYS),
            (None, own) => {
                let (service, model) = own?;
                (model, service.base_url.to_owned(), service.dialect, service.keys)
            }
        };
        check_base(&base)?;
        let key = keys::find(variables, folder);
        if key.is_none() && config.base_url.is_none() {
            return Err(no_key(written, variables));
        }
        let is_open = config.base_url.is_some() && dialect.name() == OpenAiChat.name();
        let inner = Inner {
            name: written.to_owned(),
            model: model.to_owned(),
            base,
            dialect,
            key: key.unwrap_or_else(|| Key::new("")),
            is_open,
            capture: AtomicBool::new(is_open),
            as_text: AtomicBool::new(config.protocol == Protocol::Text),
            reached: AtomicBool::new(false),
            price: config.prices.of(model),
            client: transport::client(&config.timeouts).map_err(ModelError::Unusable)?,
            gate: Gate::new(&config.rates),
            config: config.clone(),
            key_hint: format!("check the key in {}", variables.join(" or ")),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Whether a price is known, so that a run can say when it counts no cost.
    pub fn has_price(&self) -> bool {
        self.inner.price.is_some()
    }
}

/// Where the key of a server of the open field may stand: most take any key, some none.
const OPEN_KEYS: &[&str] = &["ENVY_API_KEY"];

fn no_key(written: &str, variables: &[&str]) -> ModelError {
    let variables = variables.join(" or ");
    ModelError::Unusable(format!(
        "{written} needs a key; set {variables} in the environment or in a .env file"
    ))
}

/// A base URL is stored with the run, so it may hold no password.
fn check_base(base: &str) -> Result<(), ModelError> {
    let Some(rest) = base.strip_prefix("http://").or_else(|| base.strip_prefix("https://")) else {
        return Err(ModelError::Unusable(format!(
            "the base URL \"{base}\" does not start with http:// or https://; \
             write it in full, such as http://127.0.0.1:8000/v1"
        )));
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(ModelError::Unusable(
            "the base URL holds a user or a password, and it would be stored; put the key in ENVY_API_KEY instead"
                .to_owned(),
        ));
    }
    Ok(())
}

impl Model for Provider {
    fn name(&self) -> &str {
        &self.inner.name
    }

    fn open(&self, opening: &Opening<'_>) -> Result<Box<dyn Chat>, ModelError> {
        Ok(Box::new(Conversation {
            provider: Arc::clone(&self.inner),
            sampling: opening.episode.sampling.clone(),
            rng: opening.seed.derive("retry/jitter").rng(),
            recorder: self.inner.config.record.then(Recorder::default),
        }))
    }
}

/// One episode's conversation.
struct Conversation {
    provider: Arc<Inner>,
    sampling: Sampling,
    rng: Rng,
    recorder: Option<Recorder>,
}

impl Chat for Conversation {
    fn reply<'a>(&'a mut self, request: ChatRequest<'a>) -> BoxFuture<'a, Result<Reply, ModelError>> {
        Box::pin(async move {
            let mut tried = 1;
            loop {
                let manner = self.provider.manner();
                let once = self.provider.once(&request, manner, &self.sampling, &mut self.recorder);
                let failure = match once.await {
                    Ok(reply) => return Ok(reply),
                    Err(failure) => failure,
                };
                let (what, asked) = match failure {
                    Failure::Final(what) if self.provider.adapts(manner, &what) => continue,
                    Failure::Final(what) => return Err(ModelError::Unusable(self.provider.advice(what))),
                    Failure::ContextFull(what) => return Err(ModelError::ContextFull(what)),
                    Failure::Unreachable(what) if !self.provider.reached.load(Ordering::Relaxed) => {
                        return Err(ModelError::Unusable(self.provider.is_not_there(&what)));
                    }
                    Failure::Unreachable(what) => (what, None),
                    Failure::Passing { what, wait, .. } => (what, wait),
                };
                if tried >= self.provider.config.patience.tries_max {
                    return Err(ModelError::Service(format!("{what} (tried {tried} times)")));
                }
                tokio::time::sleep(self.provider.config.patience.wait(tried, asked, &mut self.rng)).await;
                tried += 1;
            }
        })
    }
}

/// What a server was found to be able to do when a request was written.
#[derive(Clone, Copy)]
struct Manner {
    as_text: bool,
    capture: bool,
}

impl Inner {
    fn manner(&self) -> Manner {
        Manner {
            as_text: self.as_text.load(Ordering::Relaxed),
            capture: self.capture.load(Ordering::Relaxed),
        }
    }

    /// The body of a request.
    fn write(&self, request: &ChatRequest<'_>, manner: Manner, sampling: &Sampling) -> Value {
        let Manner { as_text, capture } = manner;
        let plain = as_text.then(|| text_protocol::encode(request.messages, request.tools));
        let schema =
            (as_text && self.config.constrained).then(|| text_protocol::action_schema(request.tools));
        self.dialect.body(&Ask {
            model: &self.model,
            messages: plain.as_deref().unwrap_or(request.messages),
            tools: if as_text { &[] } else { request.tools },
            schema: schema.as_ref(),
            tokens_max: request.tokens_max,
            sampling,
            stream: self.config.stream,
            is_open: self.is_open,
            capture,
        })
    }

    /// One try.
    async fn once(
        &self,
        request: &ChatRequest<'_>,
        manner: Manner,
        sampling: &Sampling,
        recorder: &mut Option<Recorder>,
    ) -> Result<Reply, Failure> {
        let written = self.write(request, manner, sampling);
        // Thousands of conversations may wait here: none keeps more than the bytes that it sent, unless it is recorded.
        let bytes = serde_json::to_vec(&written).expect("a body is plain data");
        let written = recorder.is_some().then_some(written);
        let address = self.dialect.address(&self.model, self.key.expose(), self.config.stream);
        let place = self.gate.enter().await;
        let answer = transport::send(&self.client, &self.base, address, bytes, self.dialect, &self.key).await;
        drop(place);
        if let Err(Failure::Passing { crowded: true, .. }) = &answer {
            self.gate.crowded();
        }
        if !matches!(answer, Err(Failure::Unreachable(_))) {
            self.reached.store(true, Ordering::Relaxed);
        }
        let answer = answer?;
        let kept = written.map(|written| (written, answer.clone()));
        let mut reply = self.dialect.read(answer).map_err(|what| Failure::passing(self.key.redact(&what)))?;
        if let (Some(recorder), Some((written, answer))) = (recorder, kept) {
            reply.exchange = Some(Box::new(recorder.exchange(written, answer)));
        }
        if let Some(tokens) = &mut reply.tokens {
            tokens.sampling = sampling.clone();
            tokens.tokens_max = request.tokens_max;
        }
        self.gate.succeeded(reply.usage.prompt_tokens + reply.usage.completion_tokens);
        reply.usage.cost = self.price.map(|price| price.cost(&reply.usage));
        let turn = request.messages.iter().filter(|message| matches!(message, Message::Assistant(_))).count();
        if manner.as_text {
            text_protocol::decode(&mut reply, request.tools, turn);
        }
        number_calls(&mut reply, turn);
        Ok(reply)
    }

    fn is_not_there(&self, what: &str) -> String {
        let hint = if self.config.base_url.is_some() {
            "is the server running? check --base-url"
        } else {
            "check the network, and the proxy's variables if there is one"
        };
        format!("{} cannot be reached: {what}; {hint}", self.base)
    }

    /// What went wrong, and what a user may do about it.
    fn advice(&self, what: String) -> String {
        let hint = match what.split([':', ' ']).nth(1) {
            Some("401" | "403") => self.key_hint.as_str(),
            Some("404") => "check the model's name, and --base-url if you gave one (it mostly ends in /v1)",
            _ if what.contains("text/html") => {
                "check --base-url: that is a page for people (mostly it ends in /v1)"
            }
            _ => return what,
        };
        format!("{what}; {hint}")
    }

    /// Whether a refusal means that the server cannot do something which can be left out, in which case all further
    /// requests leave it out. A request that is on its way meanwhile is refused too, and is sent again in the same way.
    fn adapts(&self, sent: Manner, refusal: &str) -> bool {
        const NO_TOOLS: [&str; 5] = [
            "does not support tools",
            "tools are not supported",
            "tool choice requires",
            "tool use is not supported",
            "requires --jinja",
        ];
        const NO_CAPTURE: [&str; 2] = ["logprobs", "return_token_ids"];
        let refusal = refusal.to_lowercase();
        let says = |signs: &[&str]| signs.iter().any(|sign| refusal.contains(sign));
        if !sent.as_text && self.config.protocol == Protocol::Auto && says(&NO_TOOLS) {
            self.as_text.store(true, Ordering::Relaxed);
            return true;
        }
        if sent.capture && says(&NO_CAPTURE) {
            self.capture.store(false, Ordering::Relaxed);
            return true;
        }
        false
    }
}

/// Calls without an id get one that is unique in the conversation, so that observations find them.
fn number_calls(reply: &mut Reply, turn: usize) {
    for (place, call) in reply.calls.iter_mut().enumerate().filter(|(_, call)| call.id.is_empty()) {
        call.id = format!("call-{turn}-{place}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_key_names_its_variables() {
        let (service, _) = names::find("gemini-2.5-pro").unwrap();
        let text = no_key("gemini-2.5-pro", service.keys).to_string();
        assert!(text.contains("; set GEMINI_API_KEY or GOOGLE_API_KEY"), "{text}");
    }

    #[test]
    fn a_base_url_holds_no_password() {
        assert!(check_base("https://user:word@host/v1").unwrap_err().to_string().contains("ENVY_API_KEY"));
        assert!(check_base("http://127.0.0.1:8000/v1/a@b").is_ok());
    }
}
