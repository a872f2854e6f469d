//! The servers under test, each a process of its own.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// OpenEnv's own server over an environment that does nothing.
const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/reference_server.py");

/// How long a server has until it listens.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server and where it listens.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    /// It tells of its sessions at `/metrics`.
    pub(crate) has_figures: bool,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It is only ours, and the figures are printed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }
}

#[allow(clippy::disallowed_methods, reason = "the servers under test are programs")]
fn command(program: &Path) -> Command {
    Command::new(program)
}

/// The envy beside this example, with a task of its own in `home`.
pub(crate) fn envy(home: &Path) -> Server {
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
    Server { child, address, has_figures: true }
}

/// OpenEnv's own server, if its package is in the cache.
pub(crate) fn reference() -> Option<Server> {
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
    let server = Server { child, address: line.trim().to_owned(), has_figures: false };
    let until = Instant::now() + PATIENCE;
    while std::net::TcpStream::connect(&server.address).is_err() {
        assert!(Instant::now() < until, "the reference server does not listen at {}", server.address);
        std::thread::sleep(Duration::from_millis(100));
    }
    Some(server)
}
