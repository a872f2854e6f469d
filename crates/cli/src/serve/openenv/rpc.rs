//! OpenEnv's JSON-RPC: tools over `POST /mcp` or a socket's `mcp` frames, with sessions that outlive a request. It is
//! not the Model Context Protocol proper: there is no handshake.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex as Lock, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::Shared;
use super::wire::{self, asked};
use crate::serve::house::{House, secret};
use crate::serve::seat::{Answer, Asked, Leaving, Refusal, Seat};

/// How often idle sessions are looked for.
const REAP_EVERY: Duration = Duration::from_secs(5);

const PARSE: i64 = -32_700;
const INVALID_REQUEST: i64 = -32_600;
const NO_METHOD: i64 = -32_601;
const INVALID_PARAMS: i64 = -32_602;
const SERVER: i64 = -32_000;

/// The sessions that were made over HTTP.
#[derive(Default)]
pub(super) struct Sessions {
    open: Lock<BTreeMap<String, Held>>,
}

struct Held {
    seat: Arc<Mutex<Seat>>,
    used: Instant,
    /// A socket speaks for it.
    attached: bool,
}

impl Sessions {
    fn create(&self, seat: Seat) -> String {
        let id = secret();
        let held = Held { seat: Arc::new(Mutex::new(seat)), used: Instant::now(), attached: false };
        self.lock().insert(id.clone(), held);
        id
    }

    /// The session, for one request.
    fn find(&self, id: &str) -> Result<Arc<Mutex<Seat>>, String> {
        let mut open = self.lock();
        let held = open.get_mut(id).ok_or_else(|| format!("there is no session {id}"))?;
        held.used = Instant::now();
        Ok(Arc::clone(&held.seat))
    }

    /// The session for a socket, which has it until it is detached; requests beside it take turns with it.
    ///
    /// # Errors
    /// There is none, or another socket speaks for it.
    pub(super) fn attach(&self, id: &str) -> Result<Arc<Mutex<Seat>>, String> {
        let mut open = self.lock();
        let held = open.get_mut(id).ok_or_else(|| format!("there is no session {id}"))?;
        if std::mem::replace(&mut held.attached, true) {
            return Err(format!("another socket speaks for session {id}"));
        }
        Ok(Arc::clone(&held.seat))
    }

    /// The socket has gone; the session stays.
    pub(super) fn detach(&self, id: &str) {
        if let Some(held) = self.lock().get_mut(id) {
            held.attached = false;
            held.used = Instant::now();
        }
    }

    fn close(&self, id: &str) -> Result<(), String> {
        self.lock().remove(id).map(drop).ok_or_else(|| format!("there is no session {id}"))
    }

    /// Closes what nobody has used for `idle`, or everything.
    fn sweep(&self, idle: Duration, all: bool) {
        let now = Instant::now();
        self.lock().retain(|_, held| {
            // Somebody else holds it: it is in use.
            let busy = Arc::strong_count(&held.seat) > 1;
            if busy {
                held.used = now;
            }
            !all && now.duration_since(held.used) < idle
        });
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Held>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes idle sessions until the house stops, then all.
pub(super) async fn reap(house: Arc<House>, sessions: Arc<Sessions>) {
    while tokio::time::timeout(REAP_EVERY, house.stopped()).await.is_err() {
        sessions.sweep(house.idle, false);
    }
    sessions.sweep(house.idle, true);
}

/// `POST /mcp`.
pub(super) async fn over_http(State(shared): State<Shared>, body: Bytes) -> Json<Value> {
    let Ok(request) = serde_json::from_slice::<Value>(&body) else {
        return Json(failed(&Value::Null, PARSE, "the body is not JSON"));
    };
    let (id, params) = (request["id"].clone(), &request["params"]);
    let named = params["session_id"].as_str();
    let answer = match (request["method"].as_str(), named) {
        (Some("openenv/session/create"), _) => create(&shared, &id),
        (Some("openenv/session/close"), Some(session)) => match shared.sessions.close(session) {
            Ok(()) => done(&id, &json!({"session_id": session, "closed": true})),
            Err(why) => failed(&id, INVALID_PARAMS, &why),
        },
        (Some("openenv/session/close"), None) => failed(&id, INVALID_PARAMS, "session_id is missing"),
        (_, Some(session)) => match shared.sessions.find(session) {
            Err(why) => failed(&id, INVALID_PARAMS, &why),
            Ok(seat) => {
                // The call goes on if its client hangs up, so that no episode is lost half-way.
                let playing = tokio::spawn(async move {
                    let mut seat = seat.lock_owned().await;
                    answer(&shared.house, Some(&mut seat), &request).await
                });
                playing.await.unwrap_or_else(|_| failed(&id, SERVER, "the server failed; its log says why"))
            }
        },
        (_, None) => answer(&shared.house, None, &request).await,
    };
    Json(answer)
}

fn create(shared: &Shared, id: &Value) -> Value {
    match Seat::take(&shared.house, Leaving::Abandon) {
        Some(seat) => done(id, &json!({"session_id": shared.sessions.create(seat)})),
        None => failed(id, SERVER, wire::full(&shared.house)["data"]["message"].as_str().unwrap_or_default()),
    }
}

/// Answers a request of a session, or one without.
pub(super) async fn answer(house: &House, seat: Option<&mut Seat>, request: &Value) -> Value {
    let (id, params) = (request["id"].clone(), &request["params"]);
    if request["jsonrpc"] != "2.0" {
        return failed(&id, INVALID_REQUEST, "a request says \"jsonrpc\": \"2.0\"");
    }
    match (request["method"].as_str(), seat) {
        (None, _) => failed(&id, INVALID_REQUEST, "a request names a method"),
        (Some("tools/list"), _) => done(&id, &wire::tools(house.venue.tools(), "inputSchema")),
        (Some("tools/call"), Some(seat)) => call(seat, &id, params).await,
        (Some("tools/call"), None) => {
            failed(&id, INVALID_PARAMS, "a call needs a session_id: openenv/session/create gives one")
        }
        (Some("openenv/session/create" | "openenv/session/close"), _) => {
            failed(&id, INVALID_REQUEST, "a socket is a session of its own")
        }
        (Some(other), _) => failed(&id, NO_METHOD, &format!("there is no method {other}")),
    }
}

async fn call(seat: &mut Seat, id: &Value, params: &Value) -> Value {
    let Some(name) = params["name"].as_str() else {
        return failed(id, INVALID_PARAMS, "the tool's name is missing");
    };
    let arguments = if params["arguments"].is_null() { json!({}) } else { params["arguments"].clone() };
    // This protocol has no reset: the first call starts the episode.
    if seat.episode().is_none() {
        let asked = asked(params).unwrap_or_else(|_| Asked::default());
        if let Err(refusal) = seat.reset(asked) {
            return refused(id, &refusal);
        }
    }
    match seat.call(name, arguments).await {
        Err(refusal) => refused(id, &refusal),
        Ok(Answer { called, .. }) if called.is_error && !called.known => {
            failed(id, INVALID_PARAMS, &called.text)
        }
        Ok(Answer { called, over }) => {
            let mut result =
                json!({"content": [{"type": "text", "text": called.text}], "isError": called.is_error});
            if !called.is_error {
                result["data"] = called.text.into();
            }
            if let Some(over) = over {
                result["done"] = true.into();
                result["reward"] = json!(over.reward);
            }
            done(id, &result)
        }
    }
}

fn refused(id: &Value, refusal: &Refusal) -> Value {
    match refusal {
        Refusal::Invalid(why) => failed(id, INVALID_PARAMS, why),
        Refusal::NotNow(why) => failed(id, SERVER, why),
    }
}

fn done(id: &Value, result: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "result": result})
}

fn failed(id: &Value, code: i64, message: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}})
}
