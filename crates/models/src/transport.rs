//! One request and its answer over HTTP, whole or streamed, within bounds.

use std::time::{Duration, SystemTime};

use envy_core::causes;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Response};
use serde_json::Value;

use crate::dialects::{Address, Dialect};
use crate::keys::Key;
use crate::retry::{Failure, excerpt, retry_after};
use crate::sse::Events;

/// A reply may not be larger.
const BODY_BYTES_MAX: usize = 64 << 20;

/// Time-outs of one try.
#[derive(Clone, Debug)]
pub struct Timeouts {
    /// Until the connection stands.
    pub connect: Duration,
    /// Between two pieces of the answer (the whole wait, where the server does not stream).
    pub idle: Duration,
    /// Until the answer is complete.
    pub whole: Duration,
}

impl Timeouts {
    /// 15 s to connect, 5 minutes between two pieces, 20 minutes in all.
    pub fn standard() -> Self {
        Self {
            connect: Duration::from_secs(15),
            idle: Duration::from_mins(5),
            whole: Duration::from_mins(20),
        }
    }
}

/// A client shared by all conversations with a provider.
pub(crate) fn client(timeouts: &Timeouts) -> Result<Client, String> {
    // Installing it twice is no mistake: the second call only finds the first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .connect_timeout(timeouts.connect)
        .read_timeout(timeouts.idle)
        .timeout(timeouts.whole)
        .user_agent(concat!("envy/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| format!("cannot set up HTTP: {}", causes(&error)))
}

/// Sends a body and returns the whole answer, put together if it was streamed.
pub(crate) async fn send(
    client: &Client,
    base: &str,
    address: Address,
    body: Vec<u8>,
    dialect: &dyn Dialect,
    key: &Key,
) -> Result<Value, Failure> {
    let url = format!("{}/{}", base.trim_end_matches('/'), address.path);
    let mut request = client.post(&url).header(CONTENT_TYPE, "application/json").body(body);
    for (name, value) in address.headers {
        request = request.header(name, value);
    }
    let response = request.send().await.map_err(|error| unreachable(&error, key))?;
    let status = response.status();
    if !status.is_success() {
        let wait = wished_wait(response.headers());
        let text = String::from_utf8_lossy(&whole(response, key).await.unwrap_or_default()).into_owned();
        return Err(Failure::from_status(status.as_u16(), wait, &key.redact(&text)));
    }
    let kind = content_type(response.headers());
    if kind.starts_with("text/event-stream") {
        return streamed(response, dialect, key).await;
    }
    let bytes = whole(response, key).await?;
    serde_json::from_slice(&bytes).map_err(|_| {
        let start = excerpt(&key.redact(&String::from_utf8_lossy(&bytes)));
        let what = format!("{url} answered {kind:?} instead of JSON: {start}");
        // A page of HTML is a wrong address; broken JSON may be a passing fault.
        if kind.starts_with("text/html") { Failure::Final(what) } else { Failure::passing(what) }
    })
}

/// Folds a stream of events into the whole body.
async fn streamed(mut response: Response, dialect: &dyn Dialect, key: &Key) -> Result<Value, Failure> {
    let mut events = Events::default();
    let mut body = Value::Null;
    let mut bytes = 0;
    while let Some(piece) = response.chunk().await.map_err(|error| unreachable(&error, key))? {
        bytes += piece.len();
        if bytes > BODY_BYTES_MAX {
            return Err(Failure::Final(format!("the stream is longer than {BODY_BYTES_MAX} bytes")));
        }
        for event in events.push(&piece).map_err(Failure::passing)? {
            if event == "[DONE]" {
                return Ok(body);
            }
            let event: Value = serde_json::from_str(&event)
                .map_err(|_| Failure::passing(format!("an event is not JSON: {}", excerpt(&event))))?;
            if dialect.fold(&mut body, &event).map_err(|what| Failure::passing(key.redact(&what)))? {
                return Ok(body);
            }
        }
    }
    if finished(&body) { Ok(body) } else { Err(Failure::passing("the stream ended before the reply did")) }
}

/// Servers of some dialects simply stop after the last event, which names a reason to finish.
fn finished(body: &Value) -> bool {
    ["/choices/0/finish_reason", "/candidates/0/finishReason"]
        .iter()
        .any(|pointer| body.pointer(pointer).is_some_and(Value::is_string))
}

async fn whole(mut response: Response, key: &Key) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| unreachable(&error, key))? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > BODY_BYTES_MAX {
            return Err(Failure::Final(format!("the reply is longer than {BODY_BYTES_MAX} bytes")));
        }
    }
    Ok(bytes)
}

fn unreachable(error: &reqwest::Error, key: &Key) -> Failure {
    let what = key.redact(&causes(error));
    match error {
        error if error.is_builder() => Failure::Final(what),
        error if error.is_connect() => Failure::Unreachable(what),
        _ => Failure::passing(what),
    }
}

fn wished_wait(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    #[allow(clippy::disallowed_methods, reason = "a server may name the time of day at which to come back")]
    let now = SystemTime::now();
    retry_after(text("retry-after"), text("retry-after-ms"), now)
}

fn content_type(headers: &HeaderMap) -> String {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("no type").to_owned()
}
