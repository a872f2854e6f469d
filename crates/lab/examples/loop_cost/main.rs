//! What the agent loop costs against a server with near-zero latency, HTTP and the sealed records included: CPU of an
//! episode of five tool calls and a submission, episodes a second, the memory of 2,000 episodes that wait on a slow
//! server, and the same work with every tenth call refused. The server is a process of its own, whose CPU is not counted.
//!
//! `cargo xtask bench models` (Linux: it reads `/proc/self`)

#![allow(clippy::print_stdout, reason = "its figures are its output")]

mod idle;
mod server;
#[path = "../../../rollout/examples/usage/mod.rs"]
mod usage;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use envy_core::EpisodeSpec;
use envy_lab::dataset::{self, TaskRef};
use envy_lab::models::ModelSettings;
use envy_lab::run::{Ready, Watch, plan};
use envy_lab::store::{Cell, Outcome, Plan, Store};
use envy_lab::{Bench, Cancel, Observer};
use idle::{Idle, NoBoxes};
use server::{CALLS, SLOW, TOKENS};
use usage::{cpu_seconds, memory_mb};

/// Episodes of one CPU measurement.
const EPISODES: u32 = 4_000;

/// Episodes that wait at once.
const WAITING: u32 = 2_000;

struct Unwatched;

impl Watch for Unwatched {
    fn sealed(&self, _cell: &Cell, _outcome: &Outcome) {}

    fn observer(&self, _cell: &Cell) -> Option<Arc<dyn Observer>> {
        None
    }
}

/// The server's process, which ends with this value.
struct Server {
    process: Child,
    port: u16,
}

impl Server {
    fn start() -> Self {
        let program = std::env::current_exe().expect("this program has a path");
        #[allow(clippy::disallowed_methods, reason = "a server of its own keeps its CPU out of the figures")]
        let mut command = std::process::Command::new(program);
        let mut process =
            command.arg("serve").stdout(Stdio::piped()).spawn().expect("this program can be started again");
        let mut line = String::new();
        let output = process.stdout.take().expect("it was asked for");
        BufReader::new(output).read_line(&mut line).expect("the server prints its port");
        Self { process, port: line.trim().parse().expect("a port is a number") }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _reaped = self.process.wait();
    }
}

/// Plays episodes against a kind of server; every one must be graded once, with all its turns and tokens.
async fn play(home: &tempfile::TempDir, port: u16, kind: &str, episodes: u32, concurrency: usize) {
    let task: TaskRef =
        dataset::write(&idle::task(), &home.path().join(kind)).expect("the disk takes a task");
    let store = Arc::new(Store::open(&home.path().join(format!("{kind}.sqlite"))).expect("a store opens"));
    let reach = ModelSettings {
        base_url: Some(format!("http://127.0.0.1:{port}/{kind}/v1")),
        ..ModelSettings::default()
    };
    let sources = reach.sources(home.path()).expect("there is no price file");
    let planned = plan(&Idle, &[task], vec!["m".to_owned()], episodes, EpisodeSpec::new(""));
    let run = Ready::check(&Idle, Plan { reach, ..planned }, &sources).expect("the task is right");
    let run = run.begin(&store).expect("the store takes a run");
    let watch: Arc<dyn Watch> = Arc::new(Unwatched);
    let bench = Bench::of(Arc::new(NoBoxes));
    let ran =
        run.play(&bench, &store, concurrency, Cancel::new(), &watch).await.expect("the store takes records");
    assert_eq!((ran.sealed as u32, ran.left), (episodes, 0));
    let tallies = store.reader().and_then(|reader| reader.tallies(run.id())).expect("the store is read");
    assert_eq!(tallies.len() as u32, episodes);
    let turns = CALLS + 1;
    for tally in &tallies {
        let outcome = &tally.outcome;
        assert_eq!((outcome.reward, outcome.turns), (Some(1.0), turns), "{outcome:?}");
        assert_eq!(
            (outcome.tokens.read, outcome.tokens.written),
            (TOKENS.0 * turns as u64, TOKENS.1 * turns as u64)
        );
    }
}

async fn measure(home: &tempfile::TempDir, server: &Server, kind: &str, concurrency: usize) {
    let (cpu, wall) = (cpu_seconds(), Instant::now());
    play(home, server.port, kind, EPISODES, concurrency).await;
    let (cpu, wall) = (cpu_seconds() - cpu, wall.elapsed().as_secs_f64());
    println!(
        "{kind} server, {concurrency} at once: {:.3} ms CPU an episode, {:.0} episodes/s; each graded once, none lost",
        cpu * 1e3 / f64::from(EPISODES),
        f64::from(EPISODES) / wall
    );
}

async fn wait(home: &tempfile::TempDir, server: &Server) {
    let before = memory_mb("VmRSS");
    // A timer that should fire every 10 ms tells how responsive the process stays.
    let worst = tokio::spawn(async {
        let (mut worst, begun) = (Duration::ZERO, Instant::now());
        while begun.elapsed() < SLOW {
            let asked = Instant::now();
            tokio::time::sleep(Duration::from_millis(10)).await;
            worst = worst.max(asked.elapsed().saturating_sub(Duration::from_millis(10)));
        }
        worst
    });
    let half = tokio::spawn(async {
        tokio::time::sleep(SLOW / 2).await;
        memory_mb("VmRSS")
    });
    play(home, server.port, "slow", WAITING, WAITING as usize).await;
    println!(
        "{WAITING} waiting episodes: {:.0} MB while they wait, peak {:.0} MB, {before:.0} MB before; a timer was at most {} ms late",
        half.await.unwrap_or(f64::NAN),
        memory_mb("VmHWM"),
        worst.await.unwrap_or_default().as_millis()
    );
}

#[tokio::main]
async fn main() {
    if std::env::args().nth(1).as_deref() == Some("serve") {
        return server::serve().await;
    }
    let home = tempfile::tempdir().expect("there is a temporary folder");
    let server = Server::start();
    wait(&home, &server).await;
    for (kind, concurrency) in [("fast", 64), ("faulty", 256)] {
        measure(&home, &server, kind, concurrency).await;
    }
}
