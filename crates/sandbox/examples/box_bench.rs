//! Measures what a box costs: `cargo xtask bench sandbox`, or `cargo run --release -p envy-sandbox --example box_bench
//! [-- ROUNDS [RUNTIME]]`.
//!
//! Latencies are medians over ROUNDS (default 100) with their quartiles, in milliseconds of wall clock; what is compared
//! is interleaved, so that a slow moment of the machine falls on all of it. Processor time is counted by a control group
//! over everything that a call touches, the supervisor included.
#![expect(clippy::print_stdout, reason = "an example prints its figures")]

#[path = "../tests/it/remnants.rs"]
#[expect(dead_code, reason = "this program needs a part of it")]
mod remnants;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use envy_core::{BoxSpec, Cell, Exec, JobEnd, JobLimits, Sandbox, Workbox};
use envy_sandbox::{Native, NativeBox, NativeConfig, RuntimeTree};
use remnants::{family, is_alive};

/// What an agent's script begins with.
const IMPORT: &str = "import pandas, sklearn.ensemble, sklearn.linear_model";
/// A snippet that costs nothing of its own.
const TRIVIAL: &str = "print(sum(i * i for i in range(1000)))";
/// A snippet with a little of pandas and scikit-learn.
const SKLEARN: &str = "import numpy as np, pandas as pd
from sklearn.linear_model import LogisticRegression
rng = np.random.default_rng(1)
df = pd.DataFrame(rng.normal(size=(500, 8)))
y = (df[0] + df[1] > 0).astype(int)
print(round(LogisticRegression().fit(df, y).score(df, y), 3))";
/// A session with 800 MB of frames.
const FRAMES: &str = "import numpy as np, pandas as pd
frames = [pd.DataFrame(np.random.default_rng(i).normal(size=(1_000_000, 10))) for i in range(10)]
int(sum(frame.memory_usage().sum() for frame in frames)) // 1_000_000";

/// Rounds of what takes long.
const SLOW_ROUNDS: usize = 10;
/// Boxes at once.
const MANY: usize = 1_000;
/// Whole lives in a measure of throughput.
const LIVES: usize = 300;
/// How long the kernel may take to clear away what was killed.
const PATIENCE: Duration = Duration::from_secs(90);
/// Time for what is made in the background.
const SETTLE: Duration = Duration::from_millis(25);

fn exec(argv: &[&str]) -> Exec {
    let argv = argv.iter().map(|argument| (*argument).to_owned()).collect();
    Exec { argv, cwd: String::new(), wall_ms: 60_000, stream_bytes: 64 << 10 }
}

fn spec() -> BoxSpec {
    BoxSpec { files: Vec::new(), limits: JobLimits { memory_bytes: 4 << 30, ..JobLimits::standard() } }
}

async fn open(native: &Native) -> Box<dyn Workbox> {
    native.open(spec()).await.expect("a box opens")
}

async fn run(workbox: &mut Box<dyn Workbox>, argv: &[&str]) -> String {
    let result = workbox.exec(exec(argv)).await.expect("the host works");
    assert_eq!(result.end, JobEnd::Exited(0), "{}", String::from_utf8_lossy(&result.stderr));
    String::from_utf8_lossy(&result.stdout).trim().to_owned()
}

async fn cell(workbox: &mut (impl Workbox + ?Sized), code: &str) -> String {
    let cell = Cell { code: code.to_owned(), wall_ms: 60_000, stream_bytes: 4096 };
    let result = workbox.cell(cell).await.expect("the host works").run;
    assert_eq!(result.end, JobEnd::Exited(0), "{}", String::from_utf8_lossy(&result.stderr));
    String::from_utf8_lossy(&result.stdout).trim().to_owned()
}

/// From the request to the first line of user code after the import, by the clock that both sides share.
async fn first_line(workbox: &mut Box<dyn Workbox>) -> f64 {
    let text = format!("{IMPORT}\nimport time; print(time.clock_gettime_ns(time.CLOCK_MONOTONIC))");
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let there: i128 = run(workbox, &["python3", "-c", &text]).await.parse().expect("a clock");
    let here = i128::from(now.tv_sec) * 1_000_000_000 + i128::from(now.tv_nsec);
    (there - here) as f64 / 1e6
}

/// A program without any box of ours.
fn plain(argv: &[&str]) {
    #[expect(clippy::disallowed_methods, reason = "the baselines: programs without a box of ours")]
    let output = std::process::Command::new(argv[0]).args(&argv[1..]).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn report(what: &str, mut times_ms: Vec<f64>) {
    times_ms.sort_by(f64::total_cmp);
    let at = |share: f64| times_ms[((times_ms.len() - 1) as f64 * share) as usize];
    println!("{what:<62} {:8.2}   [{:.2}, {:.2}]", at(0.5), at(0.25), at(0.75));
}

fn since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

/// The backends that are compared.
struct Backends {
    /// As it is used: children wait for code.
    standard: Native,
    /// Everything on demand, from a warm interpreter.
    demand: Native,
    /// The same with an interpreter that has imported nothing.
    python_only: Native,
    /// No warm interpreter.
    cold: Native,
    /// The runtime's own folder.
    root: PathBuf,
}

impl Backends {
    async fn start(root: PathBuf) -> Self {
        let make = |config| Native::new(RuntimeTree::new(&root), config).expect("the host isolates");
        let standard = NativeConfig::standard();
        let demand = NativeConfig { waiting: 0, ..standard };
        let this = Self {
            standard: make(standard),
            demand: make(demand),
            python_only: make(NativeConfig { preload: Some(&[]), ..demand }),
            cold: make(NativeConfig { preload: None, ..demand }),
            root,
        };
        for native in [&this.standard, &this.demand, &this.python_only] {
            assert!(native.warm_up().await, "the runtime has no python3");
            // The first one orders those that wait.
            cell(open(native).await.as_mut(), "1").await;
        }
        this
    }
}

#[tokio::main]
async fn main() {
    let rounds: usize = std::env::args().nth(1).and_then(|rounds| rounds.parse().ok()).unwrap_or(100);
    let root = std::env::args().nth(2).map(PathBuf::from).or_else(built_runtime);
    let Some(root) = root else {
        println!("SKIPPED: needs a runtime; `envy build` makes one");
        return;
    };
    // Before the first child, so that all of them are in it.
    let counter = Counter::join();
    let backends = Backends::start(root).await;
    println!("{}; wall clock in ms, median [quartiles] of {rounds}", backends.standard.name());
    latencies(&backends, rounds).await;
    if let Some(counter) = counter {
        processor_time(&backends, &counter, rounds).await;
    } else {
        println!("SKIPPED: processor time: needs a cpuacct control group that this process may enter");
    }
    throughput(&backends).await;
    snapshots(&backends.standard).await;
    many(&backends.standard).await;
}

/// The runtime that `envy build` has made.
fn built_runtime() -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))?;
    let mut trees: Vec<PathBuf> =
        std::fs::read_dir(cache.join("envy/runtimes")).ok()?.flatten().map(|entry| entry.path()).collect();
    trees.sort();
    trees.into_iter().find(|tree| tree.join("usr/bin/python3").exists())
}

fn bubblewrap() -> bool {
    Path::new("/usr/bin/bwrap").exists()
}

async fn latencies(backends: &Backends, rounds: usize) {
    let mut times: Vec<(&str, Vec<f64>)> = [
        "plain fork and exec of `true`",
        "bubblewrap --unshare-all, `true`",
        "open a ready box, run `true`",
        "first line with pandas and scikit-learn: cold interpreter in a box",
        "first line with pandas and scikit-learn: on demand",
        "first line with pandas and scikit-learn: a child that waits",
        "first line, on demand, interpreter without imports",
        "next cell of a live session, there and back",
    ]
    .map(|what| (what, Vec::new()))
    .to_vec();
    let mut session = open(&backends.standard).await;
    cell(session.as_mut(), "1").await;
    for round in 0..rounds {
        let start = Instant::now();
        plain(&["/usr/bin/true"]);
        times[0].1.push(since(start));
        if bubblewrap() {
            let start = Instant::now();
            plain(&["/usr/bin/bwrap", "--ro-bind", "/", "/", "--unshare-all", "--proc", "/proc", "true"]);
            times[1].1.push(since(start));
        }
        let start = Instant::now();
        run(&mut open(&backends.demand).await, &["true"]).await;
        times[2].1.push(since(start));
        if round < SLOW_ROUNDS {
            times[3].1.push(first_line(&mut open(&backends.cold).await).await);
        }
        times[4].1.push(first_line(&mut open(&backends.demand).await).await);
        times[5].1.push(first_line(&mut open(&backends.standard).await).await);
        let mut small = open(&backends.python_only).await;
        let text = "import time; print(time.clock_gettime_ns(time.CLOCK_MONOTONIC))";
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        let there: i128 = run(&mut small, &["python3", "-c", text]).await.parse().expect("a clock");
        times[6]
            .1
            .push((there - i128::from(now.tv_sec) * 1_000_000_000 - i128::from(now.tv_nsec)) as f64 / 1e6);
        let start = Instant::now();
        cell(session.as_mut(), "None").await;
        times[7].1.push(since(start));
        tokio::time::sleep(SETTLE).await;
    }
    for (what, times) in times {
        if times.is_empty() {
            println!("{what}: SKIPPED: needs bubblewrap");
        } else {
            report(what, times);
        }
    }
}

/// Processor time of this process and all that it starts.
struct Counter {
    folder: PathBuf,
}

impl Counter {
    /// Moves this process into a group of its own.
    fn join() -> Option<Self> {
        let folder = PathBuf::from(format!("/sys/fs/cgroup/cpuacct/envy-bench-{}", std::process::id()));
        std::fs::create_dir(&folder).ok()?;
        std::fs::write(folder.join("cgroup.procs"), std::process::id().to_string()).ok()?;
        Some(Self { folder })
    }

    fn ms(&self) -> f64 {
        let text = std::fs::read_to_string(self.folder.join("cpuacct.usage")).unwrap_or_default();
        text.trim().parse::<f64>().unwrap_or(0.0) / 1e6
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        let _ = std::fs::write("/sys/fs/cgroup/cpuacct/cgroup.procs", std::process::id().to_string());
        let _ = std::fs::remove_dir(&self.folder);
    }
}

/// Which way a snippet is run.
#[derive(Clone, Copy)]
enum Way<'a> {
    Bare(&'a str),
    Fresh(&'a Native),
    Session(&'a Native),
}

async fn processor_time(backends: &Backends, counter: &Counter, rounds: usize) {
    println!("processor time of a call in ms, everything included, mean");
    let python = backends.root.join("usr/bin/python3").to_string_lossy().into_owned();
    for (what, way, code, rounds) in [
        ("trivial: bare `python3 -c`, no isolation", Way::Bare(&python), TRIVIAL, rounds),
        ("trivial: live session", Way::Session(&backends.standard), TRIVIAL, rounds),
        (
            "trivial: fresh box, interpreter without imports",
            Way::Fresh(&backends.python_only),
            TRIVIAL,
            rounds,
        ),
        ("trivial: fresh box, on demand", Way::Fresh(&backends.demand), TRIVIAL, rounds),
        ("trivial: fresh box, a child that waits", Way::Fresh(&backends.standard), TRIVIAL, rounds),
        ("sklearn: bare `python3 -c`, no isolation", Way::Bare(&python), SKLEARN, SLOW_ROUNDS),
        ("sklearn: live session", Way::Session(&backends.standard), SKLEARN, rounds),
        ("sklearn: fresh box, on demand", Way::Fresh(&backends.demand), SKLEARN, rounds),
        ("sklearn: fresh box, a child that waits", Way::Fresh(&backends.standard), SKLEARN, rounds),
    ] {
        let mut session = None;
        if let Way::Session(native) = way {
            let mut workbox = open(native).await;
            cell(workbox.as_mut(), code).await;
            session = Some(workbox);
        }
        tokio::time::sleep(SETTLE).await;
        let before = counter.ms();
        for _ in 0..rounds {
            match (way, &mut session) {
                (Way::Bare(python), _) => plain(&[python, "-c", code]),
                (Way::Fresh(native), _) => drop(run(&mut open(native).await, &["python3", "-c", code]).await),
                (Way::Session(_), Some(workbox)) => drop(cell(workbox.as_mut(), code).await),
                (Way::Session(_), None) => {}
            }
        }
        // What dies and what is made again in the background belongs to the calls.
        tokio::time::sleep(4 * SETTLE).await;
        println!("{what:<62} {:8.2}", (counter.ms() - before) / rounds as f64);
    }
}

/// Whole lives: open, one cell, drop.
async fn throughput(backends: &Backends) {
    let lives = async |native: &Native, count: usize| {
        for _ in 0..count {
            cell(open(native).await.as_mut(), "1").await;
        }
    };
    let rate = |start: Instant| LIVES as f64 / start.elapsed().as_secs_f64();
    let start = Instant::now();
    lives(&backends.standard, LIVES).await;
    println!("whole lives with one cell, one after another: {:.0} per second", rate(start));
    let start = Instant::now();
    tokio::join!(lives(&backends.standard, LIVES / 2), lives(&backends.standard, LIVES / 2));
    println!("two at a time from one interpreter: {:.0} per second", rate(start));
    let start = Instant::now();
    tokio::join!(lives(&backends.standard, LIVES / 2), lives(&backends.demand, LIVES / 2));
    println!("two at a time from two interpreters: {:.0} per second", rate(start));
}

/// A session that holds 800 MB, copied and brought back.
async fn snapshots(native: &Native) {
    let mut workbox: NativeBox = native.open_box(spec()).expect("a box opens");
    let megabytes = cell(&mut workbox, FRAMES).await;
    let (mut taken, mut back) = (Vec::new(), Vec::new());
    for _ in 0..SLOW_ROUNDS {
        let start = Instant::now();
        let checkpoint = workbox.checkpoint().await.expect("one thread");
        taken.push(since(start));
        cell(&mut workbox, "frames[0].iloc[0, 0] = 7").await;
        let start = Instant::now();
        workbox.roll_back(checkpoint).await.expect("it is there");
        back.push(since(start));
    }
    report(&format!("snapshot of a session with {megabytes} MB of frames"), taken);
    report("the same brought back", back);
}

/// Boxes that stay open, each with an idle session.
async fn many(native: &Native) {
    let available_before = available_kb();
    let start = Instant::now();
    let mut boxes = Vec::new();
    for _ in 0..MANY {
        let mut workbox = open(native).await;
        cell(workbox.as_mut(), "x = 1").await;
        boxes.push(workbox);
    }
    let opened_s = start.elapsed().as_secs_f64();
    let used = available_before.saturating_sub(available_kb()) as f64 / 1024.0 / MANY as f64;
    println!("{MANY} boxes at once, each with a session: {opened_s:.1} s to start, {used:.2} MB each");
    let own = i32::try_from(std::process::id()).expect("a pid");
    let alive = || family(own).into_iter().filter(|pid| is_alive(*pid)).count();
    let before = alive();
    let start = Instant::now();
    drop(boxes);
    // Each was an init and its session; some stand ready again meanwhile.
    while alive() + MANY > before {
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert!(start.elapsed() < PATIENCE, "{} of {before} processes remain", alive());
    }
    println!("all of them gone after {:.1} s", start.elapsed().as_secs_f64());
}

fn available_kb() -> u64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
