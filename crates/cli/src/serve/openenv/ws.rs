//! The socket: one session, its frames answered in order, its pings at any time.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use envy_core::BoxFuture;
use serde_json::{Value, json};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};

use super::Shared;
use super::rpc;
use super::wire::{self, Action, Code};
use crate::serve::house::House;
use crate::serve::seat::{Leaving, Seat};

/// No frame of a client is larger, bytes. A larger one ends the session: the protocol cannot pass over a frame.
const FRAME_BYTES_MAX: usize = 32 << 20;

/// What is read from a socket at once, bytes. The library's own default would be most of an idle session's memory.
const READ_BYTES: usize = 8 << 10;

/// Frames of a client that wait for their turn while a step runs.
const WAITING_MAX: usize = 16;

/// A client that takes nothing for so long has gone, or for as long as a session may be idle if that is shorter.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);

/// The protocol's word for a frame that is too large.
const TOO_LARGE: u16 = 1009;

/// Opens a socket, on a session that was made over HTTP if the address names one.
pub(super) async fn open(
    State(shared): State<Shared>,
    RawQuery(query): RawQuery,
    upgrade: WebSocketUpgrade,
) -> Response {
    let upgrade = upgrade.max_message_size(FRAME_BYTES_MAX).max_frame_size(FRAME_BYTES_MAX);
    upgrade.read_buffer_size(READ_BYTES).on_upgrade(move |socket| async move {
        let mut line = Line { socket, patience: SEND_TIMEOUT.min(shared.house.idle) };
        // Our ids are plain hexadecimal digits: nothing in them is ever escaped.
        let query = query.unwrap_or_default();
        let named = query.split('&').find_map(|pair| pair.strip_prefix("session_id="));
        match enter(&shared, named) {
            Ok((seat, own)) => {
                let mut session =
                    Session { house: Arc::clone(&shared.house), seat, own, waiting: VecDeque::new() };
                session.attend(&mut line).await;
                if let Some(id) = named {
                    shared.sessions.detach(id);
                }
            }
            Err(frame) => drop(line.send(&frame).await),
        }
        // The client may have gone already.
        drop(line.put(Message::Close(None)).await);
    })
}

/// The seat that a socket speaks for, and whether it is the socket's own.
fn enter(shared: &Shared, named: Option<&str>) -> Result<(Arc<Mutex<Seat>>, bool), Value> {
    match named {
        None => {
            let seat =
                Seat::take(&shared.house, Leaving::Abandon).ok_or_else(|| wire::full(&shared.house))?;
            Ok((Arc::new(Mutex::new(seat)), true))
        }
        Some(id) => {
            let seat = shared.sessions.attach(id);
            seat.map(|seat| (seat, false)).map_err(|why| wire::error(Code::Session, &why))
        }
    }
}

/// A socket, and how long its client may take nothing.
struct Line {
    socket: WebSocket,
    patience: Duration,
}

impl Line {
    async fn send(&mut self, frame: &Value) -> Result<(), Done> {
        self.put(Message::Text(frame.to_string().into())).await
    }

    async fn put(&mut self, message: Message) -> Result<(), Done> {
        match timeout(self.patience, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Done),
        }
    }
}

/// A socket's session.
struct Session {
    house: Arc<House>,
    seat: Arc<Mutex<Seat>>,
    /// The session ends with the socket.
    own: bool,
    waiting: VecDeque<String>,
}

/// What a request comes to.
type Answered = BoxFuture<'static, Value>;

/// A request that runs.
type Running = JoinHandle<Value>;

/// The socket is done with.
struct Done;

impl Session {
    /// Answers frames until the client leaves, is idle for too long, or the server stops.
    async fn attend(&mut self, line: &mut Line) {
        let mut running: Option<Running> = None;
        let mut idle_at = Instant::now() + self.house.idle;
        loop {
            let house = Arc::clone(&self.house);
            // A stop comes first: it also ends what runs, and the answer of that is of no use to anybody.
            let next = tokio::select! {
                biased;
                () = house.stopped() => {
                    drop(line.send(&wire::error(Code::Session, "the server stops")).await);
                    Err(Done)
                }
                answer = finished(&mut running) => {
                    running = None;
                    idle_at = Instant::now() + self.house.idle;
                    Self::answered(line, answer).await
                }
                frame = line.socket.recv() => self.heard(line, frame).await,
                () = sleep_until(idle_at), if running.is_none() => {
                    let why = format!("no request for {} s", self.house.idle.as_secs());
                    drop(line.send(&wire::error(Code::Session, &why)).await);
                    Err(Done)
                }
            };
            let Ok(()) = next else { break };
            while running.is_none() {
                let Some(text) = self.waiting.pop_front() else { break };
                idle_at = Instant::now() + self.house.idle;
                match self.begin(&text) {
                    Begun::Answer(frame) => {
                        if line.send(&frame).await.is_err() {
                            return;
                        }
                    }
                    Begun::Running(task) => running = Some(task),
                    Begun::Close => return,
                }
            }
        }
        // A step that still runs is of no use to anybody: dropping it gives its box back.
        if let Some(task) = running.filter(|_| self.own) {
            task.abort();
        }
    }

    /// Takes a frame in.
    async fn heard(
        &mut self,
        line: &mut Line,
        frame: Option<Result<Message, axum::Error>>,
    ) -> Result<(), Done> {
        match frame {
            Some(Ok(Message::Text(text))) if self.waiting.len() < WAITING_MAX => {
                self.waiting.push_back(text.as_str().to_owned());
                Ok(())
            }
            Some(Ok(Message::Text(_))) => {
                let why = format!("more than {WAITING_MAX} requests wait for an answer");
                line.send(&wire::error(Code::Session, &why)).await?;
                Err(Done)
            }
            Some(Ok(Message::Binary(_))) => {
                line.send(&wire::error(Code::InvalidJson, "a frame is JSON text")).await
            }
            // The library answers pings itself, as long as somebody listens.
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Close(_))) | None => Err(Done),
            Some(Err(_)) => {
                let reason = "a frame was too large or no WebSocket frame";
                drop(line.send(&wire::error(Code::Session, reason)).await);
                let close = CloseFrame { code: TOO_LARGE, reason: reason.into() };
                drop(line.put(Message::Close(Some(close))).await);
                Err(Done)
            }
        }
    }

    async fn answered(line: &mut Line, answer: Option<Value>) -> Result<(), Done> {
        if let Some(frame) = answer {
            return line.send(&frame).await;
        }
        drop(line.send(&wire::error(Code::Execution, "the server failed; its log says why")).await);
        Err(Done)
    }

    /// Answers a request, or starts what takes its time.
    fn begin(&self, text: &str) -> Begun {
        let Ok(mut frame) = serde_json::from_str::<Value>(text) else {
            return Begun::Answer(wire::error(Code::InvalidJson, "the frame is not JSON"));
        };
        let data = frame.get_mut("data").map(Value::take).unwrap_or_default();
        match frame.get("type").and_then(Value::as_str) {
            Some("reset") => self.run(move |mut seat| Box::pin(async move { reset(&mut seat, &data) })),
            Some("state") => self.run(|seat| {
                let state = wire::state(seat.episode(), seat.steps());
                Box::pin(async move { json!({"type": "state", "data": state}) })
            }),
            Some("step") => match wire::action(&data) {
                Err(why) => Begun::Answer(wire::error(Code::Validation, &why)),
                Ok(Action::ListTools) => Begun::Answer(observation(&wire::listed(self.house.venue.tools()))),
                Ok(Action::CallTool { tool, arguments }) => {
                    self.run(move |seat| Box::pin(step(seat, tool, arguments)))
                }
            },
            Some("mcp") => {
                let house = Arc::clone(&self.house);
                self.run(move |mut seat| {
                    Box::pin(async move {
                        json!({"type": "mcp", "data": rpc::answer(&house, Some(&mut seat), &data).await})
                    })
                })
            }
            Some("close") => Begun::Close,
            Some(other) => {
                let known = "the types are reset, step, state, mcp and close";
                let why = format!("there is no message type \"{other}\": {known}");
                Begun::Answer(wire::error(Code::UnknownType, &why))
            }
            None => Begun::Answer(wire::error(Code::Validation, "a message is an object with a type")),
        }
    }

    /// Runs `request` beside the socket, which goes on answering pings meanwhile.
    fn run(&self, request: impl FnOnce(OwnedMutexGuard<Seat>) -> Answered + Send + 'static) -> Begun {
        let seat = Arc::clone(&self.seat);
        Begun::Running(tokio::spawn(async move { request(seat.lock_owned().await).await }))
    }
}

/// What became of a request.
enum Begun {
    Answer(Value),
    Running(Running),
    Close,
}

/// What the running request answers; it waits for ever if none runs, and gives nothing if it broke.
async fn finished(running: &mut Option<Running>) -> Option<Value> {
    match running {
        Some(task) => task.await.ok(),
        None => std::future::pending().await,
    }
}

fn reset(seat: &mut Seat, data: &Value) -> Value {
    let asked = match wire::asked(data) {
        Ok(asked) => asked,
        Err((_, why)) => return wire::error(Code::Validation, &why),
    };
    match seat.reset(asked) {
        Ok(attempt) => observation(&wire::opened(&attempt.prompt())),
        Err(refusal) => wire::refused(&refusal),
    }
}

async fn step(mut seat: OwnedMutexGuard<Seat>, tool: String, arguments: Value) -> Value {
    match seat.call(&tool, arguments).await {
        Ok(answer) => observation(&wire::called(&tool, &answer)),
        Err(refusal) => wire::refused(&refusal),
    }
}

fn observation(data: &Value) -> Value {
    json!({"type": "observation", "data": data})
}
