//! Nothing is left behind, at length: `cargo xtask bench remains`, or `cargo run --release -p envy-sandbox --example
//! box_remains [-- BOXES]`.
//!
//! Opens BOXES (default 10,000) boxes that end in every way there is, kills warm interpreters and whole supervisors with
//! SIGKILL on the way, and then counts processes, control groups, mounts, temporary folders and descriptors. It ends with
//! 1 if anything remains. A small version of it is among the tests.
#![expect(clippy::print_stdout, reason = "an example prints its figures")]

#[path = "../tests/it/remnants.rs"]
mod remnants;

use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use envy_core::{BoxSpec, Cell, Exec, JobLimits, Sandbox as _};
use envy_sandbox::{Native, NativeConfig, RuntimeTree};
use remnants::{children, family, groups_of, is_alive, jailer_of};
use rustix::process::{Pid, Signal, kill_process};

/// Boxes at once.
const AT_ONCE: usize = 8;
/// Boxes between two killed interpreters.
const BOXES_PER_KILL: usize = 2_000;
/// Supervisors that are killed.
const SUPERVISORS: usize = 10;
/// How long the kernel may take to clear away what was killed.
const PATIENCE: Duration = Duration::from_secs(30);

/// Set for a copy of this program that is going to be killed.
const VICTIM: &str = "ENVY_REMAINS_VICTIM";

fn exec(script: &str, wall_ms: u64) -> Exec {
    let argv = ["bash", "-c", script].map(str::to_owned).to_vec();
    Exec { argv, cwd: String::new(), wall_ms, stream_bytes: 1024 }
}

fn native() -> Native {
    Native::new(RuntimeTree::new("/"), NativeConfig::standard()).expect("the host isolates")
}

/// A box that ends in one of the ways there are. Whatever a killed interpreter takes with it is an error to be met here.
async fn one_box(native: &Native, number: usize) {
    let spec = BoxSpec { files: Vec::new(), limits: JobLimits::standard() };
    let Ok(mut workbox) = native.open(spec).await else { return };
    let cell = |code: &str| Cell { code: code.to_owned(), wall_ms: 20, stream_bytes: 1024 };
    match number % 6 {
        0 => drop(workbox.exec(exec("setsid sleep 600 & exit 3", 10_000)).await),
        1 => drop(workbox.exec(exec("trap '' TERM INT; sleep 600", 20)).await),
        2 => drop(workbox.cell(cell("import subprocess; subprocess.Popen(['sleep', '600'])")).await),
        // A deaf one has a second of grace before it is killed, so it is rarer.
        3 if number % 60 == 3 => {
            drop(
                workbox
                    .cell(cell("import signal, time; signal.signal(2, signal.SIG_IGN); time.sleep(600)"))
                    .await,
            );
        }
        4 => {
            // Whoever waits gives up in the middle.
            let running = workbox.exec(exec("sleep 600", 10_000));
            drop(tokio::time::timeout(Duration::from_millis(5), running).await);
        }
        _ => drop(workbox.exec(exec("for i in $(seq 20); do sleep 600 & done; kill -9 $$", 10_000)).await),
    }
}

/// The warm interpreters below this process: the jailer's children that were executed as one.
fn interpreters() -> Vec<i32> {
    let own = i32::try_from(std::process::id()).expect("a pid");
    let is_python = |pid: &i32| {
        std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.starts_with("python"))
    };
    children(jailer_of(own)).into_iter().filter(is_python).collect()
}

async fn be_the_victim() {
    let native = native();
    native.warm_up().await;
    println!("READY");
    for number in 0.. {
        one_box(&native, number).await;
    }
}

/// Starts a supervisor, lets it work for a moment and kills it; gives what must be gone soon.
fn kill_a_supervisor(moment: Duration) -> (i32, Vec<i32>) {
    #[expect(clippy::disallowed_methods, reason = "the program starts itself again, to be killed")]
    let mut victim = Command::new(std::env::current_exe().expect("a path"))
        .env(VICTIM, "1")
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    std::thread::sleep(moment);
    let pid = i32::try_from(victim.id()).expect("a pid");
    let tree = family(pid);
    victim.kill().and_then(|()| victim.wait()).expect("it is killed");
    (pid, tree)
}

/// What can be counted.
#[derive(Debug, PartialEq, Eq)]
struct Count {
    descriptors: usize,
    mounts: usize,
    temporary: usize,
}

fn count() -> Count {
    let entries = |folder: &str| std::fs::read_dir(folder).map_or(0, Iterator::count);
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default().lines().count();
    Count { descriptors: entries("/proc/self/fd"), mounts, temporary: entries("/tmp") }
}

#[tokio::main]
async fn main() -> ExitCode {
    if std::env::var_os(VICTIM).is_some() {
        be_the_victim().await;
    }
    let boxes: usize = std::env::args().nth(1).and_then(|boxes| boxes.parse().ok()).unwrap_or(10_000);
    let before = count();
    let start = Instant::now();
    let (killed, mut trees) = work(boxes).await;
    for number in 0..SUPERVISORS {
        trees.push(kill_a_supervisor(Duration::from_millis(200 + 150 * number as u64)));
    }
    println!(
        "{boxes} boxes, {killed} interpreters and {SUPERVISORS} supervisors killed in {:.0} s",
        start.elapsed().as_secs_f64()
    );
    let clean = settle(&before, &trees).await;
    if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Opens the boxes, several at once, and kills an interpreter now and then. The backend ends with this.
async fn work(boxes: usize) -> (usize, Vec<(i32, Vec<i32>)>) {
    let native = Arc::new(native());
    native.warm_up().await;
    let mut killed = 0;
    for round in 0..boxes.div_ceil(AT_ONCE) {
        let running: Vec<_> = (0..AT_ONCE)
            .map(|index| {
                let native = Arc::clone(&native);
                tokio::spawn(async move { one_box(&native, round * AT_ONCE + index).await })
            })
            .collect();
        if round % (BOXES_PER_KILL / AT_ONCE) == 1 {
            for pid in interpreters() {
                killed += usize::from(
                    Pid::from_raw(pid).is_some_and(|pid| kill_process(pid, Signal::KILL).is_ok()),
                );
            }
        }
        for task in running {
            task.await.expect("no panic");
        }
    }
    let own = i32::try_from(std::process::id()).expect("a pid");
    let tree = family(own).into_iter().filter(|pid| *pid != own).collect();
    (killed, vec![(own, tree)])
}

/// Waits until everything is gone, and says what is not.
async fn settle(before: &Count, trees: &[(i32, Vec<i32>)]) -> bool {
    let start = Instant::now();
    loop {
        let processes = trees.iter().flat_map(|(_, tree)| tree).filter(|pid| is_alive(**pid)).count();
        let groups: usize = trees.iter().map(|(pid, _)| groups_of(*pid).len()).sum();
        let now = count();
        // The runtime of this program keeps a few descriptors once it has waited for anything.
        let descriptors = now.descriptors.saturating_sub(before.descriptors);
        let mounts = now.mounts.saturating_sub(before.mounts);
        let temporary = now.temporary.saturating_sub(before.temporary);
        let remains = processes + groups + mounts;
        if remains == 0 && descriptors <= 4 || start.elapsed() > PATIENCE {
            println!(
                "left: {processes} processes, {groups} control groups, {mounts} mounts, {temporary} temporary folders, \
                 {descriptors} descriptors, after {:.1} s",
                start.elapsed().as_secs_f64()
            );
            return remains == 0 && descriptors <= 4;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
