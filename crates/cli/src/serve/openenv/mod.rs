//! OpenEnv 0.10: a WebSocket for each session, and pages over HTTP. Each socket is a session with an environment of
//! its own; rewards are 0 until the end.

mod http;
mod pages;
mod rpc;
mod tasks;
mod wire;
mod ws;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::house::House;
use rpc::Sessions;

/// What the handlers share.
#[derive(Clone)]
struct Shared {
    house: Arc<House>,
    sessions: Arc<Sessions>,
}

/// The routes of OpenEnv.
pub(crate) fn routes(house: &Arc<House>) -> Router {
    let shared = Shared { house: Arc::clone(house), sessions: Arc::new(Sessions::default()) };
    tokio::spawn(rpc::reap(Arc::clone(house), Arc::clone(&shared.sessions)));
    Router::new()
        .route("/ws", get(ws::open))
        .route("/reset", post(http::reset))
        .route("/step", post(http::step))
        .route("/state", get(http::state))
        .route("/mcp", post(rpc::over_http))
        .route("/metadata", get(pages::metadata))
        .route("/schema", get(pages::schema))
        .route("/openapi.json", get(pages::openapi))
        .route("/openenv.yaml", get(pages::manifest))
        .route("/list_environments", get(tasks::environments))
        .route("/{environment}/splits", get(tasks::splits))
        .route("/{environment}/tasks", post(tasks::all))
        .route("/{environment}/num_tasks", post(tasks::count))
        .route("/{environment}/task", post(tasks::one))
        .route("/{environment}/task_range", post(tasks::range))
        .with_state(shared)
}
