//! A server that is told to stop while somebody plays.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use crate::scene::{Scene, boxes_work};
use crate::served::Server;

/// No step that is broken off holds a server up for so long; the step itself would take far longer.
const SOON: Duration = Duration::from_secs(20);

/// The step that is broken off.
const SLOW: &str = "sleep 300";

fn call(tool: &str, arguments: &Value) -> Value {
    json!({"type": "step", "data": {"type": "call_tool", "tool_name": tool, "arguments": arguments}})
}

/// Plays a short step over a socket, begins a long one, and comes back once the server has begun it; then `stop`.
async fn in_mid_step<T>(server: Server, stop: impl FnOnce(Server) -> T) -> T {
    let url = format!("{}/ws", server.url().replace("http", "ws"));
    let (mut socket, _) = connect_async(url).await.unwrap();
    for frame in [json!({"type": "reset", "data": {"episode_id": "mine"}}), call("list_files", &json!({}))] {
        socket.send(Message::text(frame.to_string())).await.unwrap();
        assert!(socket.next().await.unwrap().unwrap().is_text());
    }
    socket.send(Message::text(call("bash_exec", &json!({"command": SLOW})).to_string())).await.unwrap();
    // Frames are taken in order: who answers a ping has begun the step before it.
    socket.send(Message::Ping(vec![1].into())).await.unwrap();
    assert!(socket.next().await.unwrap().unwrap().is_pong());
    let told = tokio::task::block_in_place(|| stop(server));
    let last = socket.next().await.unwrap().unwrap().into_text().unwrap();
    assert!(last.contains("SESSION_ERROR") && last.contains("the server stops"), "{last}");
    told
}

/// The same in a session over plain HTTP; its answer is not waited for.
fn over_http(server: &Server) -> TcpStream {
    let rpc = |method: &str, params: Value| {
        json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string()
    };
    let session = server.ask("POST", "/mcp", "", &rpc("openenv/session/create", json!({}))).1;
    let session = &session["result"]["session_id"];
    let call = |tool: &str, arguments: Value| {
        rpc("tools/call", json!({"session_id": session, "name": tool, "arguments": arguments}))
    };
    server.ask("POST", "/mcp", "", &call("list_files", json!({})));
    server.request("POST", "/mcp", "", &call("bash_exec", json!({"command": SLOW})))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_told_to_stop_in_mid_step_seals_what_runs() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::with_task();
    let server = Server::start(&scene, "serve --port 0 --dataset cleaning");
    let asking = tokio::task::block_in_place(|| over_http(&server));
    let began = Instant::now();
    let log = in_mid_step(server, Server::stop).await;
    assert!(began.elapsed() < SOON, "it took {:?}", began.elapsed());
    let closed: Vec<Value> = log
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(|event: &Value| event["event"] == "episode closed")
        .collect();
    assert_eq!(closed.len(), 2, "{log}");
    assert!(closed.iter().any(|event| event["episode"] == "mine"), "{log}");
    assert!(
        closed.iter().all(|event| event["fault"]["detail"].as_str().unwrap().contains("stopped")),
        "{log}"
    );
    drop(asking);
    let shown = scene.json("runs show last --json");
    let episodes = shown["episodes"].as_array().unwrap();
    assert!(episodes.len() == 2 && episodes.iter().all(|one| one["end"] == "fault"), "{shown}");
    let record = scene.json("runs show last --episode 0 --json");
    assert_eq!(record["trajectory"]["turns"].as_array().unwrap().len(), 1, "the step before it is kept");
}
