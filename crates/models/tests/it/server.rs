//! A model server on a free port that follows the script, or misbehaves as told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use serde_json::Value;

use crate::script;

/// One way to misbehave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    /// This status, with `retry-after` in seconds if given.
    Status(u16, Option<&'static str>),
    /// The server has no tools.
    NoTools,
    /// The server gives no log-probabilities.
    NoCapture,
    /// A long conversation is refused.
    TooLong,
    /// The body is not JSON.
    Garbage,
    /// A page instead of an answer.
    Html,
    /// Words of another type than was asked for.
    WrongType,
    /// The connection breaks in the middle of the answer.
    Reset,
    /// Pings without end.
    Endless,
    /// A reply of 10 MB.
    Huge,
    /// The provider reports an error with status 200.
    Reported,
}

/// A request as it came.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    /// The body as it came.
    pub(crate) bytes: Bytes,
}

struct Inner {
    dialect: &'static str,
    faults: Mutex<VecDeque<Fault>>,
    seen: Mutex<Vec<Seen>>,
}

/// A running server; it goes with the test's runtime.
pub(crate) struct Server {
    pub(crate) base_url: String,
    inner: Arc<Inner>,
}

impl Server {
    /// Answers in `dialect`; each of `faults` takes the place of one answer, in order.
    pub(crate) async fn start(dialect: &'static str, faults: &[Fault]) -> Self {
        let faults = Mutex::new(faults.iter().copied().collect());
        let inner = Arc::new(Inner { dialect, faults, seen: Mutex::default() });
        let app = Router::new().fallback(answer).with_state(Arc::clone(&inner));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { base_url, inner }
    }

    /// Every request so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.inner.seen.lock().unwrap().clone()
    }
}

/// A stream is sent in pieces of so many bytes, so that calls, events and characters are all cut somewhere.
const PIECE_BYTES: usize = 7;

async fn answer(State(inner): State<Arc<Inner>>, uri: Uri, headers: HeaderMap, bytes: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&bytes).unwrap();
    let streams = body["stream"] == true || uri.path().contains("stream");
    let turn = usize::from(body.to_string().contains("Looking."));
    let path = uri.path_and_query().unwrap().to_string();
    inner.seen.lock().unwrap().push(Seen { path, headers, body, bytes });
    let fault = inner.faults.lock().unwrap().pop_front();
    match fault {
        Some(fault) => misbehave(fault, inner.dialect, streams),
        None if streams => {
            let text: String = script::events(inner.dialect, turn).iter().map(|data| frame(data)).collect();
            let pieces =
                text.as_bytes().chunks(PIECE_BYTES).map(|piece| Ok::<_, std::io::Error>(piece.to_vec()));
            event_stream(Body::from_stream(stream::iter(pieces.collect::<Vec<_>>())))
        }
        None => axum::Json(script::whole(inner.dialect, turn)).into_response(),
    }
}

fn frame(data: &str) -> String {
    format!("data: {data}\n\n")
}

fn event_stream(body: Body) -> Response {
    ([("content-type", "text/event-stream; charset=utf-8")], body).into_response()
}

fn misbehave(fault: Fault, dialect: &str, streams: bool) -> Response {
    match fault {
        Fault::Status(code, retry) => {
            let headers: Vec<_> = retry.map(|seconds| ("retry-after", seconds)).into_iter().collect();
            let mut response =
                (StatusCode::from_u16(code).unwrap(), "{\"error\": \"no, sk-secret\"}").into_response();
            for (name, value) in headers {
                response.headers_mut().insert(name, value.parse().unwrap());
            }
            response
        }
        Fault::TooLong => (StatusCode::BAD_REQUEST, too_long(dialect)).into_response(),
        Fault::NoTools => refused("m does not support tools"),
        Fault::NoCapture => refused("logprobs is not supported with this model"),
        Fault::WrongType => ([("content-type", "text/plain")], "busy, come back later").into_response(),
        Fault::Garbage => ([("content-type", "application/json")], "{\"choices\": [").into_response(),
        Fault::Html => ([("content-type", "text/html")], "<html>Sign in</html>").into_response(),
        Fault::Reset => {
            let start = if streams { frame(&script::events(dialect, 0)[0]) } else { "{\"x\":".to_owned() };
            let broken = stream::iter([Ok(start), Err(std::io::Error::other("reset"))]);
            if streams {
                event_stream(Body::from_stream(broken))
            } else {
                Body::from_stream(broken).into_response()
            }
        }
        Fault::Endless => {
            let pings = stream::repeat(()).then(|()| async {
                tokio::time::sleep(Duration::from_millis(20)).await;
                Ok::<_, std::io::Error>(": ping\n\n")
            });
            event_stream(Body::from_stream(pings))
        }
        Fault::Huge => {
            let mut body = script::whole(dialect, 1).to_string();
            body = body.replace("Done.", &"x".repeat(10 << 20));
            ([("content-type", "application/json")], body).into_response()
        }
        Fault::Reported => {
            axum::Json(serde_json::json!({ "error": { "message": "overloaded" } })).into_response()
        }
    }
}

fn refused(why: &str) -> Response {
    let body = serde_json::json!({ "error": { "message": why } });
    (StatusCode::BAD_REQUEST, axum::Json(body)).into_response()
}

/// How each provider says that a conversation no longer fits.
fn too_long(dialect: &str) -> &'static str {
    match dialect {
        "anthropic" => {
            "{\"type\": \"error\", \"error\": {\"type\": \"invalid_request_error\", \
             \"message\": \"prompt is too long: 9 tokens > 8 maximum\"}}"
        }
        "google" => {
            "{\"error\": {\"code\": 400, \"message\": \"The input token count (9) exceeds the maximum number of \
             tokens allowed (8).\", \"status\": \"INVALID_ARGUMENT\"}}"
        }
        _ => {
            "{\"error\": {\"message\": \"This model's maximum context length is 8 tokens.\", \
             \"code\": \"context_length_exceeded\"}}"
        }
    }
}
