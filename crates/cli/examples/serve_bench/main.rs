//! `cargo xtask bench serve`: a load client for `envy serve`, beside OpenEnv's own server where it is installed.
//!
//! A step is a call of a tool that there is not: the whole way of a step, from the socket through the episode and back,
//! without the tool. The client keeps to one text for all its frames and looks at answers without parsing them, so that
//! the server is what is measured; both share the machine's cores, and the processor time of each stands beside the rate.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod process;
mod remains;
mod servers;

use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use servers::Server;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How long each closed loop goes on.
const CLOSED: Duration = Duration::from_secs(4);

/// How long steps are offered at a fixed rate, and how many a second.
const OPEN: Duration = Duration::from_secs(10);
const OFFERED_PER_S: u32 = 5_000;

/// Steps of one episode: a trainer's are about as long.
const STEPS_PER_EPISODE: u32 = 200;

const RESET: &str = r#"{"type":"reset","data":{}}"#;
const STEP: &str = r#"{"type":"step","data":{"type":"call_tool","tool_name":"no_op","arguments":{}}}"#;

#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let home = std::env::temp_dir().join(format!("envy-serve-bench-{}", std::process::id()));
    let envy = servers::envy(&home);
    println!("envy serve: what sessions hold and leave behind");
    remains::measure(&envy).await;
    println!(
        "envy serve, closed loop                steps/s    p50 ms    p99 ms   us of server and client a step"
    );
    for sessions in [1, 64, 256, 1_000] {
        closed(&envy, sessions).await;
    }
    open(&envy).await;
    drop(envy);
    match servers::reference() {
        Some(reference) => {
            println!("OpenEnv's own server, closed loop");
            for sessions in [1, 64, 256] {
                closed(&reference, sessions).await;
            }
        }
        None => {
            println!("SKIPPED: needs openenv==0.10.0 in the cache, which `cargo xtask conformance` installs");
        }
    }
    // Best effort: it lies in the folder of temporary files.
    let _ = std::fs::remove_dir_all(&home);
}

/// A session in which nothing has begun.
async fn connect(address: &str) -> Socket {
    connect_async(format!("ws://{address}/ws")).await.expect("the server takes a socket").0
}

/// Asks, and looks whether the answer is an observation.
async fn ask(socket: &mut Socket, frame: &'static str) {
    socket.send(Message::text(frame)).await.expect("the server listens");
    loop {
        let answer = socket.next().await.expect("the server answers").expect("the answer is a frame");
        if let Message::Text(text) = answer {
            assert!(text.contains("\"observation\""), "{text}");
            return;
        }
    }
}

/// Sessions with an episode each.
async fn playing(server: &Server, count: usize) -> Vec<Socket> {
    let mut sockets = Vec::with_capacity(count);
    for _ in 0..count {
        let mut socket = connect(&server.address).await;
        ask(&mut socket, RESET).await;
        sockets.push(socket);
    }
    sockets
}

/// Processor time of a server and of this client.
struct Costs(Duration, Duration);

impl Costs {
    fn so_far(server: &Server) -> Self {
        Self(process::spent(server.process()), process::spent(std::process::id()))
    }
}

/// Every session asks again as soon as it has its answer.
async fn closed(server: &Server, sessions: usize) {
    let sockets = playing(server, sessions).await;
    let (costs, began) = (Costs::so_far(server), Instant::now());
    let mut loops = JoinSet::new();
    for mut socket in sockets {
        loops.spawn(async move {
            let (mut took, mut steps) = (Vec::new(), 0);
            while began.elapsed() < CLOSED {
                let asked = Instant::now();
                ask(&mut socket, STEP).await;
                took.push(asked.elapsed());
                steps += 1;
                if steps % STEPS_PER_EPISODE == 0 {
                    ask(&mut socket, RESET).await;
                }
            }
            (took, socket)
        });
    }
    let (took, sockets) = ended(loops).await;
    report(&format!("{sessions:5} sessions"), took, began.elapsed(), server, &costs);
    left(server, sockets).await;
}

/// A thousand sessions that ask at a fixed rate, whether or not they were answered in time: what is late counts from
/// when it was due.
async fn open(server: &Server) {
    let count = 1_000_u32;
    let sockets = playing(server, count as usize).await;
    let period = Duration::from_secs(1) * count / OFFERED_PER_S;
    let (costs, began) = (Costs::so_far(server), Instant::now());
    let mut loops = JoinSet::new();
    for (index, mut socket) in sockets.into_iter().enumerate() {
        loops.spawn(async move {
            let mut took = Vec::new();
            let mut due = began + period * index as u32 / count;
            while due < began + OPEN {
                tokio::time::sleep_until(due.into()).await;
                ask(&mut socket, STEP).await;
                took.push(due.elapsed());
                due += period;
            }
            (took, socket)
        });
    }
    let (took, sockets) = ended(loops).await;
    report(&format!(" 1000 sessions, {OFFERED_PER_S}/s offered"), took, began.elapsed(), server, &costs);
    left(server, sockets).await;
}

/// What all sessions took, and their sockets: one that leaves early would have its episode sealed while others are timed.
async fn ended(loops: JoinSet<(Vec<Duration>, Socket)>) -> (Vec<Duration>, Vec<Socket>) {
    let (took, sockets): (Vec<Vec<Duration>>, Vec<Socket>) = loops.join_all().await.into_iter().unzip();
    (took.concat(), sockets)
}

/// Lets the sessions go, and waits until the server has sealed what was played in them.
async fn left(server: &Server, sockets: Vec<Socket>) {
    drop(sockets);
    if server.has_figures {
        remains::cleared(server, 0, 0).await;
    }
}

fn report(name: &str, mut took: Vec<Duration>, whole: Duration, server: &Server, before: &Costs) {
    took.sort_unstable();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    let rate = took.len() as f64 / whole.as_secs_f64();
    let now = Costs::so_far(server);
    let each =
        |now: Duration, before: Duration| now.saturating_sub(before).as_secs_f64() * 1e6 / took.len() as f64;
    let (theirs, ours) = (each(now.0, before.0), each(now.1, before.1));
    println!("  {name:32}: {rate:8.0}  {:8.2}  {:8.2}   {theirs:8.1}  {ours:8.1}", at(0.5), at(0.99));
}
