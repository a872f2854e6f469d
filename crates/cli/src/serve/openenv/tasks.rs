//! The task API: which tasks there are. A task is chosen by `reset(split=, index=)`; what is hidden of it stays hidden.

#![allow(clippy::result_large_err, reason = "a refusal is an answer too, one for each request")]

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::Shared;
use super::http::{detail, invalid, read};
use crate::serve::house::House;

/// `GET /list_environments`.
pub(super) async fn environments(State(shared): State<Shared>) -> Json<Value> {
    Json(json!([shared.house.name()]))
}

/// `GET /{environment}/splits`.
pub(super) async fn splits(State(shared): State<Shared>, Path(name): Path<String>) -> Response {
    if let Err(refused) = known(&shared.house, &name) {
        return refused;
    }
    let split = shared.house.split.name();
    Json(json!([{"name": split, "type": split}])).into_response()
}

/// `POST /{environment}/tasks`.
pub(super) async fn all(State(shared): State<Shared>, Path(name): Path<String>, body: Bytes) -> Response {
    answer(&shared.house, &name, &body, |house, _| {
        Ok(json!({"tasks": listed(house, 0, house.venue.tasks().len()), "env_name": house.name()}))
    })
}

/// `POST /{environment}/num_tasks`.
pub(super) async fn count(State(shared): State<Shared>, Path(name): Path<String>, body: Bytes) -> Response {
    answer(&shared.house, &name, &body, |house, _| Ok(json!({"num_tasks": house.venue.tasks().len()})))
}

/// `POST /{environment}/task`.
pub(super) async fn one(State(shared): State<Shared>, Path(name): Path<String>, body: Bytes) -> Response {
    answer(&shared.house, &name, &body, |house, body| {
        let count = house.venue.tasks().len();
        let index = body["index"].as_u64().filter(|index| *index < count as u64);
        let index = index.ok_or_else(|| bad_index(count))? as usize;
        Ok(json!({"task": task(house, index)}))
    })
}

/// `POST /{environment}/task_range`.
pub(super) async fn range(State(shared): State<Shared>, Path(name): Path<String>, body: Bytes) -> Response {
    answer(&shared.house, &name, &body, |house, body| {
        let count = house.venue.tasks().len();
        let place = |name: &str, absent: usize| match &body[name] {
            Value::Null => Ok(absent),
            value => value.as_u64().map(|place| place as usize).ok_or_else(|| bad_index(count)),
        };
        let (start, stop) = (place("start", 0)?, place("stop", count)?);
        if start > stop || stop > count {
            return Err(bad_index(count));
        }
        Ok(json!({"tasks": listed(house, start, stop)}))
    })
}

/// Answers a request for an environment and a split that there are.
fn answer(
    house: &House,
    name: &str,
    body: &Bytes,
    with: impl FnOnce(&House, &Value) -> Result<Value, Response>,
) -> Response {
    let answered = || {
        known(house, name)?;
        let body = read(body)?;
        let split = body["split"]
            .as_str()
            .map(str::to_owned)
            .or_else(|| body["split"]["name"].as_str().map(str::to_owned));
        match split {
            Some(split) if split == house.split.name() => with(house, &body),
            Some(split) => {
                let why =
                    format!("there is no split \"{split}\": the tasks are in \"{}\"", house.split.name());
                Err(detail(StatusCode::BAD_REQUEST, &why))
            }
            None => Err(invalid(&["body", "split"], "split is missing", &body["split"])),
        }
    };
    answered().map_or_else(|refused| refused, |value| Json(value).into_response())
}

fn known(house: &House, name: &str) -> Result<(), Response> {
    if name.eq_ignore_ascii_case(house.name()) {
        return Ok(());
    }
    let why = format!("there is no environment \"{name}\"; the one there is is {}", house.name());
    Err(detail(StatusCode::NOT_FOUND, &why))
}

fn bad_index(count: usize) -> Response {
    detail(StatusCode::BAD_REQUEST, &format!("the tasks are 0 to {}", count - 1))
}

fn listed(house: &House, start: usize, stop: usize) -> Vec<Value> {
    (start..stop).map(|index| task(house, index)).collect()
}

fn task(house: &House, index: usize) -> Value {
    let task = &house.venue.tasks()[index];
    json!({"index": index, "id": task.id(), "title": task.manifest().title, "digest": task.digest()})
}
