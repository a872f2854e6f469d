//! The scripted server: five tool calls and a last one that submits, at once or after a wait, some calls refused.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::{Router, routing::post};

/// Tool calls before the submission.
pub(crate) const CALLS: usize = 5;

/// Tokens read and written that each reply reports.
pub(crate) const TOKENS: (u64, u64) = (1_000, 20);

/// How long a slow server thinks.
pub(crate) const SLOW: Duration = Duration::from_secs(20);

/// Of so many calls a faulty server refuses one.
const FAULTY_EVERY: u64 = 10;

/// Serves on a free port of this machine and prints it, until the process is killed.
pub(crate) async fn serve() {
    let app = Router::new().route("/{kind}/v1/chat/completions", post(answer));
    let listener =
        tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port is free");
    println!("{}", listener.local_addr().expect("it is bound").port());
    axum::serve(listener, app).await.expect("the server runs until it is killed");
}

async fn answer(Path(kind): Path<String>, body: Bytes) -> Response {
    static CALL: AtomicU64 = AtomicU64::new(1);
    match kind.as_str() {
        "faulty" if CALL.fetch_add(1, Ordering::Relaxed).is_multiple_of(FAULTY_EVERY) => {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
        "slow" => tokio::time::sleep(SLOW).await,
        _ => {}
    }
    let said = body.windows(ASSISTANT.len()).filter(|window| *window == ASSISTANT).count();
    ([(header::CONTENT_TYPE, "application/json")], reply(said)).into_response()
}

const ASSISTANT: &[u8] = br#""role":"assistant""#;

fn reply(turn: usize) -> String {
    let name = if turn < CALLS { "list_files" } else { "submit_answer" };
    let (read, written) = TOKENS;
    format!(
        r#"{{"id":"c{turn}","object":"chat.completion","created":0,"model":"m","choices":[{{"index":0,"finish_reason":"tool_calls","message":{{"role":"assistant","content":"Next.","tool_calls":[{{"id":"t{turn}","type":"function","function":{{"name":"{name}","arguments":"{{}}"}}}}]}}}}],"usage":{{"prompt_tokens":{read},"completion_tokens":{written},"total_tokens":{}}}}}"#,
        read + written
    )
}
