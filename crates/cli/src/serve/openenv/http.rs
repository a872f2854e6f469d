//! OpenEnv's plain requests. Each stands alone, as in the reference server: an episode needs a socket.

#![allow(clippy::result_large_err, reason = "a refusal is an answer too, one for each request")]

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::Shared;
use super::wire::{self, Action};
use crate::serve::seat::{Leaving, Refusal, Seat};

/// `POST /reset`: what an episode would begin with. It is not kept.
pub(super) async fn reset(State(shared): State<Shared>, body: Bytes) -> Response {
    let body = if body.is_empty() { Ok(json!({})) } else { read(&body) };
    let asked = match body.map(|body| wire::asked(&body).map_err(|(name, why)| (name, why, body.clone()))) {
        Err(refused) => return refused,
        Ok(Err((name, why, body))) => return invalid(&["body", name], &why, &body[name]),
        Ok(Ok(asked)) => asked,
    };
    let Some(mut seat) = Seat::take(&shared.house, Leaving::Abandon) else {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"detail": wire::full(&shared.house)["data"]})))
            .into_response();
    };
    match seat.reset(asked) {
        Ok(attempt) => Json(wire::opened(&attempt.prompt())).into_response(),
        Err(Refusal::Invalid(why)) => invalid(&["body"], &why, &Value::Null),
        Err(Refusal::NotNow(why)) => detail(StatusCode::INTERNAL_SERVER_ERROR, &why),
    }
}

/// `POST /step`: only what needs no episode.
pub(super) async fn step(State(shared): State<Shared>, body: Bytes) -> Response {
    let body = match read(&body) {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    match wire::action(&body["action"]) {
        Ok(Action::ListTools) => Json(wire::listed(shared.house.venue.tools())).into_response(),
        Ok(Action::CallTool { .. }) => detail(
            StatusCode::CONFLICT,
            "a request stands alone and has no episode: play over the socket at /ws",
        ),
        Err(why) => invalid(&["body", "action"], &why, &body["action"]),
    }
}

/// `GET /state`: that of no episode.
pub(super) async fn state() -> Json<Value> {
    Json(wire::state(None, 0))
}

/// A body that is a JSON object.
pub(super) fn read(body: &Bytes) -> Result<Value, Response> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| invalid(&["body"], &format!("the body is not JSON: {error}"), &Value::Null))?;
    if value.is_object() { Ok(value) } else { Err(invalid(&["body"], "the body is a JSON object", &value)) }
}

/// A request that makes no sense: 422 in the form that OpenEnv's clients know.
pub(super) fn invalid(place: &[&str], why: &str, input: &Value) -> Response {
    let detail = json!([{"type": "value_error", "loc": place, "msg": why, "input": input}]);
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({"detail": detail}))).into_response()
}

/// An error with its one sentence.
pub(super) fn detail(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({"detail": why}))).into_response()
}
