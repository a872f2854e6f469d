//! OpenEnv's pages about the server: what it is, the schemas, the paths, the manifest.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::Shared;
use crate::serve::house::House;

/// `GET /metadata`.
pub(super) async fn metadata(State(shared): State<Shared>) -> Json<Value> {
    let info = shared.house.venue.environment().info();
    Json(json!({"name": info.name, "description": info.doc, "version": info.version}))
}

/// `GET /schema`.
pub(super) async fn schema() -> Json<Value> {
    let reward = json!({"type": ["number", "null"]});
    Json(json!({
        "action": action(),
        "observation": {
            "title": "CallToolObservation",
            "type": "object",
            "properties": {
                "tool_name": {"type": "string"},
                "result": {"type": ["string", "null"]},
                "error": {"type": ["object", "null"], "properties": {
                    "error_type": {"type": "string", "enum": ["execution_error", "tool_not_found"]},
                    "message": {"type": "string"},
                }},
                "end": {"type": "string", "description": "Why the episode is over, in its last observation."},
                "passed": {"type": "boolean", "description": "In the last observation."},
                "reward": reward, "done": {"type": "boolean"},
            },
        },
        "state": {
            "title": "State",
            "type": "object",
            "properties": {
                "episode_id": {"type": ["string", "null"]},
                "step_count": {"type": "integer", "minimum": 0},
            },
        },
        "reset_observation": {
            "title": "ResetObservation",
            "type": "object",
            "properties": {
                "prompt": {"type": "string"},
                "system_prompt": {"type": "string"},
                "messages": {"type": "array", "items": {"type": "object"}},
            },
        },
    }))
}

/// The title tells generic clients that the tools can be listed.
fn action() -> Value {
    json!({
        "title": "CallToolAction",
        "type": "object",
        "properties": {
            "type": {"type": "string", "enum": ["call_tool", "list_tools"], "default": "call_tool"},
            "tool_name": {"type": "string"},
            "arguments": {"type": "object"},
        },
        "required": ["tool_name"],
    })
}

/// `GET /openapi.json`.
pub(super) async fn openapi(State(shared): State<Shared>) -> Json<Value> {
    let get = |summary: &str| json!({"get": operation(summary)});
    let post = |summary: &str| json!({"post": operation(summary)});
    Json(json!({
        "openapi": "3.1.0",
        "info": {
            "title": format!("envy: {}", shared.house.name()),
            "version": format!("1.{}", env!("CARGO_PKG_VERSION")),
        },
        "paths": {
            "/health": get("Whether the server takes requests"),
            "/metrics": get("Counters for Prometheus"),
            "/metadata": get("What the environment is"),
            "/schema": get("Schemas of actions, observations and states"),
            "/reset": post("What an episode would begin with; play over /ws"),
            "/step": post("list_tools; play over /ws"),
            "/state": get("The state of no episode; play over /ws"),
            "/mcp": post("JSON-RPC: sessions and tools of OpenEnv"),
            "/openenv.yaml": get("The manifest of the environment"),
            "/run": post("Play a task with a model, and answer with its result"),
            "/run-sync": post("Play a task with a model, and answer with the whole job"),
            "/run-async": post("Queue a job; a webhook may tell of its end"),
            "/jobs/{id}": get("A job"),
            "/list_environments": get("The environments"),
            "/{environment}/splits": get("The splits"),
            "/{environment}/tasks": post("The tasks of a split"),
            "/{environment}/num_tasks": post("How many tasks a split has"),
            "/{environment}/task": post("One task"),
            "/{environment}/task_range": post("Some tasks"),
        },
    }))
}

fn operation(summary: &str) -> Value {
    json!({"summary": summary, "responses": {"200": {"description": "As asked."}}})
}

/// `GET /openenv.yaml`: for a repository that packages this server.
pub(super) async fn manifest(State(shared): State<Shared>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/yaml")], yaml(&shared.house))
}

/// Half a point either way of the best and of the least reward is noise of the machine, none of the task's.
const TOLERANCE: f64 = 0.005;

fn yaml(house: &House) -> String {
    let (info, limits) = (house.venue.environment().info(), &house.venue.spec().limits);
    let tools = info.tools.join(", ");
    format!(
        "spec_version: 1\nname: envy-{name}\nversion: \"{version}\"\ntype: space\nruntime: fastapi\n\
         app: server.app:app\nport: 8000\n\
         validation:\n  reward:\n    range: [0, 1]\n    oracle_tolerance: {TOLERANCE}\n    floor_margin: {TOLERANCE}\n\
         \x20 resources:\n    cpu: 2\n    memory_mb: 4096\n    disk_mb: 4096\n    episode_timeout_s: {wall}\n\
         \x20 capabilities:\n    verifier:\n      kind: reward_channel\n    declared_tools: [{tools}]\n\
         \x20   declared_task_count:\n      {split}: {count}\n    llm_judged: false\n    task_api: true\n\
         \x20 network:\n    mode: none\n    allowed_hosts: []\n  types:\n    tags: [{name}, tools]\n\
         \x20 execution:\n    kind: openenv_ws\n    probe_path: validation/runtime.json\n    dockerfile: Dockerfile\n",
        name = info.name,
        version = info.version,
        wall = limits.wall_s,
        split = house.split.name(),
        count = house.venue.tasks().len(),
    )
}
