//! `cargo xtask bench serve`: a load client for `envy serve`, beside OpenEnv's own server where it is installed.
//!
//! A step is a call of a tool that there is not: the whole way of a step, from the socket through the episode and back,
//! without the tool. The client keeps to one text for all its frames and looks at answers without parsing them, so that
//! the server is what is measured; both share the machine's cores.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How long each closed loop goes on.
const CLOSED: Duration = Duration::from_secs(3);

/// How long steps are offered at a fixed rate, and how many a second.
const OPEN: Duration = Duration::from_secs(5);
const OFFERED_PER_S: u32 = 5_000;

/// Steps of one episode: a trainer's are about as long.
const STEPS_PER_EPISODE: u32 = 200;

const RESET: &str = r#"{"type":"reset","data":{}}"#;
const STEP: &str = r#"{"type":"step","data":{"type":"call_tool","tool_name":"no_op","arguments":{}}}"#;

/// OpenEnv's own server over an environment that does nothing.
const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/reference_server.py");

/// A server and where it listens.
struct Server {
    child: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It is only ours, and the figures are printed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let home = std::env::temp_dir().join(format!("envy-serve-bench-{}", std::process::id()));
    let envy = start_envy(&home);
    println!("envy serve, closed loop (steps/s, p50 ms, p99 ms)");
    for sessions in [1, 64, 256, 1_000] {
        closed(&envy, sessions).await;
    }
    open(&envy).await;
    idle(&envy).await;
    match start_reference() {
        Some(reference) => {
            println!("OpenEnv's own server, closed loop (steps/s, p50 ms, p99 ms)");
            for sessions in [1, 64, 256] {
                closed(&reference, sessions).await;
            }
        }
        None => {
            println!("SKIPPED: needs openenv==0.10.0 in the cache, which `cargo xtask conformance` installs");
        }
    }
    drop(envy);
    // Best effort: it lies in the folder of temporary files.
    let _ = std::fs::remove_dir_all(&home);
}

#[allow(clippy::disallowed_methods, reason = "the servers under test are programs")]
fn command(program: &Path) -> Command {
    Command::new(program)
}

/// The envy beside this example, with a task of its own.
fn start_envy(home: &Path) -> Server {
    let own = std::env::current_exe().expect("a program knows itself");
    let program = own.ancestors().nth(2).expect("an example lies in its folder").join("envy");
    let run = |words: &str| {
        let mut envy = command(&program);
        envy.args(words.split(' ')).env("ENVY_HOME", home).stdin(Stdio::null());
        envy
    };
    let made = run("dataset generate").output().expect("envy starts");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let words = "serve --port 0 --dataset cleaning --max-sessions 4000 --max-steps 4000000000";
    let mut child = run(words).stderr(Stdio::piped()).spawn().expect("envy starts");
    let mut lines = BufReader::new(child.stderr.take().expect("it was piped")).lines();
    let line = lines.by_ref().map_while(Result::ok).find(|line| line.contains("\"listening\""));
    let line = line.expect("envy says where it listens");
    let address = line.split("\"address\":\"").nth(1).and_then(|rest| rest.split('"').next());
    let address = address.expect("the line names the address").to_owned();
    // The log goes on; somebody has to read it.
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
    Server { child, address }
}

fn start_reference() -> Option<Server> {
    let cache = std::env::var_os("ENVY_CACHE_DIR").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache/envy")))?;
    let python = cache.join("conformance/openenv-0.10.0/bin/python");
    if !python.exists() {
        return None;
    }
    let mut child =
        command(&python).arg(REFERENCE).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take()?).read_line(&mut line).ok()?;
    let server = Server { child, address: line.trim().to_owned() };
    let until = Instant::now() + Duration::from_mins(1);
    while std::net::TcpStream::connect(&server.address).is_err() {
        assert!(Instant::now() < until, "the reference server does not listen at {}", server.address);
        std::thread::sleep(Duration::from_millis(100));
    }
    Some(server)
}

async fn connect(address: &str) -> Socket {
    let mut socket = connect_async(format!("ws://{address}/ws")).await.expect("the server takes a socket").0;
    ask(&mut socket, RESET).await;
    socket
}

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

async fn sockets(server: &Server, count: usize) -> Vec<Socket> {
    let mut sockets = Vec::with_capacity(count);
    for _ in 0..count {
        sockets.push(connect(&server.address).await);
    }
    sockets
}

/// Every session asks again as soon as it has its answer.
async fn closed(server: &Server, sessions: usize) {
    let sockets = sockets(server, sessions).await;
    let began = Instant::now();
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
            took
        });
    }
    let took: Vec<Duration> = loops.join_all().await.into_iter().flatten().collect();
    report(&format!("{sessions:5} sessions"), took, began.elapsed());
}

/// A thousand sessions that ask at a fixed rate, whether or not they were answered in time.
async fn open(server: &Server) {
    let count = 1_000_u32;
    let sockets = sockets(server, count as usize).await;
    let period = Duration::from_secs(1) * count / OFFERED_PER_S;
    let began = Instant::now();
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
            took
        });
    }
    let took: Vec<Duration> = loops.join_all().await.into_iter().flatten().collect();
    report(&format!(" 1000 sessions, {OFFERED_PER_S}/s offered"), took, began.elapsed());
}

fn report(name: &str, mut took: Vec<Duration>, whole: Duration) {
    took.sort_unstable();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    let rate = took.len() as f64 / whole.as_secs_f64();
    println!("  {name}: {rate:8.0}  {:8.2}  {:8.2}", at(0.5), at(0.99));
}

/// What a session holds that does nothing, and what a thousand leave behind that go without a word.
async fn idle(server: &Server) {
    let process = server.child.id();
    let (kib, files) = (resident_kib(process), open_files(process));
    let held = sockets(server, 1_000).await;
    let each = (resident_kib(process).saturating_sub(kib)) as f64 / 1_000.0;
    println!("  1000 sessions with an episode each: {each:.1} KiB of memory a session");
    // The streams are dropped, not closed: as a killed client leaves them.
    drop(held);
    let until = Instant::now() + Duration::from_secs(30);
    while open_files(process) > files && Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let left = open_files(process).saturating_sub(files);
    println!("  after they were dropped: {left} open files more than before");
}

fn resident_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn open_files(process: u32) -> usize {
    std::fs::read_dir(format!("/proc/{process}/fd")).map_or(0, Iterator::count)
}
