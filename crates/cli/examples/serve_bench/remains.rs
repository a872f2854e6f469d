//! What a session holds that does nothing, and what sessions leave behind that go without a word.

use std::time::{Duration, Instant};

use super::process::{descendants, open_files, resident_kib};
use super::servers::Server;
use super::{RESET, Socket, ask, connect};

/// Sessions at once.
const SESSIONS: usize = 1_000;

/// Sessions with a box each: a shell command was run in them.
const BOXES: usize = 50;

/// How long the server has to clear up.
const PATIENCE: Duration = Duration::from_secs(30);

const SHELL: &str =
    r#"{"type":"step","data":{"type":"call_tool","tool_name":"bash_exec","arguments":{"command":"true"}}}"#;

/// Prints the figures of a server that has served nobody yet.
pub(super) async fn measure(server: &Server) {
    let process = server.process();
    // What the first sessions cost once (buffers, threads) is no session's.
    drop(idle(server, 10).await);
    cleared(server, 0, 0).await;
    let (before, files) = (resident_kib(process), open_files(process));
    let each = |kib: u64| (kib - before.min(kib)) as f64 / SESSIONS as f64;
    let mut held = idle(server, SESSIONS).await;
    println!("  {SESSIONS} idle sessions: {:.1} KiB each", each(resident_kib(process)));
    for socket in &mut held {
        ask(socket, RESET).await;
    }
    println!("  {SESSIONS} sessions with an episode each: {:.1} KiB each", each(resident_kib(process)));
    // The streams are dropped, not closed: as a killed client leaves them.
    drop(held);
    let (took, left) = cleared(server, files, 0).await;
    println!("  {SESSIONS} dropped without a word: {left}, after {:.2} s", took.as_secs_f64());
    // The first box starts interpreters that wait for the next ones.
    drop(boxed(server, 1).await);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (files, processes) = (open_files(process), descendants(process));
    let held = boxed(server, BOXES).await;
    let most = descendants(process);
    drop(held);
    let (took, left) = cleared(server, files, processes).await;
    println!(
        "  {BOXES} dropped with a box each ({} processes): {left}, after {:.2} s",
        most - processes.min(most),
        took.as_secs_f64()
    );
}

async fn idle(server: &Server, count: usize) -> Vec<Socket> {
    let mut sockets = Vec::with_capacity(count);
    for _ in 0..count {
        sockets.push(connect(&server.address).await);
    }
    sockets
}

async fn boxed(server: &Server, count: usize) -> Vec<Socket> {
    let mut sockets = idle(server, count).await;
    for socket in &mut sockets {
        ask(socket, RESET).await;
        ask(socket, SHELL).await;
    }
    sockets
}

/// How long it took until everything was given back, or what was not. No bound of 0 is waited for.
pub(super) async fn cleared(server: &Server, files: usize, processes: usize) -> (Duration, String) {
    let (process, began) = (server.process(), Instant::now());
    loop {
        let open = metric(&server.address, "envy_sessions_open").await;
        let more_files = if files == 0 { 0 } else { open_files(process).saturating_sub(files) };
        let more = if processes == 0 { 0 } else { descendants(process).saturating_sub(processes) };
        if (open, more_files, more) == (0, 0, 0) {
            return (began.elapsed(), "nothing left".to_owned());
        }
        if began.elapsed() > PATIENCE {
            return (began.elapsed(), format!("{open} sessions, {more_files} files, {more} processes left"));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A figure of the server's own.
async fn metric(address: &str, name: &str) -> u64 {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let mut stream = tokio::net::TcpStream::connect(address).await.expect("the server listens");
    let request = "GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.expect("the server listens");
    let mut page = String::new();
    stream.read_to_string(&mut page).await.expect("the server answers");
    let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|value| value.trim().parse().ok()).expect("the page has the figure")
}
