//! Measures what a box costs: `cargo run --release -p envy-sandbox --example box_bench [-- ROUNDS [RUNTIME]]`.
//!
//! Each figure is the median over ROUNDS (default 200) with the interquartile range, in milliseconds of wall clock.
#![expect(clippy::print_stdout, reason = "an example prints its figures")]

use std::time::Instant;

use envy_core::{BoxFile, BoxSpec, Exec, JobEnd, JobLimits, Sandbox, Workbox};
use envy_sandbox::{Native, NativeConfig, RuntimeTree};

fn exec(argv: &[&str]) -> Exec {
    let argv = argv.iter().map(|argument| (*argument).to_owned()).collect();
    Exec { argv, cwd: String::new(), wall_ms: 60_000, stream_bytes: 64 << 10 }
}

/// A small job as agents run it: a table through CSV, a cross-validation, a forest.
const JOB: &str = "import pandas as pd, numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
rng = np.random.default_rng(0)
frame = pd.DataFrame(rng.normal(size=(500, 4)), columns=list('abcd'))
frame['y'] = (frame.a + frame.b > 0).astype(int)
frame.to_csv('job.csv', index=False)
frame = pd.read_csv('job.csv')
x, y = frame[list('abcd')], frame.y
print(cross_val_score(LogisticRegression(), x, y, cv=3).mean())
print(RandomForestClassifier(20, random_state=0).fit(x, y).score(x, y))";

/// Rounds of what takes long.
const COLD_ROUNDS: usize = 20;

/// From the request to the first line of user code after the import, by the clock that both sides share.
async fn first_line(workbox: &mut Box<dyn Workbox>, import: &str) -> f64 {
    let text = format!("{import}\nimport time; print(time.clock_gettime_ns(time.CLOCK_MONOTONIC))");
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let result = workbox.exec(exec(&["python3", "-c", &text])).await.expect("the host works");
    let there: i128 = String::from_utf8_lossy(&result.stdout).trim().parse().expect("a clock");
    let here = i128::from(now.tv_sec) * 1_000_000_000 + i128::from(now.tv_nsec);
    (there - here) as f64 / 1e6
}

async fn probe(native: &Native, text: &str) -> bool {
    let result = open(native).await.exec(exec(&["python3", "-c", text])).await.expect("the host works");
    result.end == JobEnd::Exited(0)
}

async fn open(native: &Native) -> Box<dyn Workbox> {
    let files = vec![BoxFile::new("in.csv", "a,b\n1,2\n")];
    native.open(BoxSpec { files, limits: JobLimits::standard() }).await.expect("a box opens")
}

async fn run(workbox: &mut Box<dyn Workbox>, argv: &[&str]) {
    let result = workbox.exec(exec(argv)).await.expect("the host works");
    assert_eq!(result.end, JobEnd::Exited(0), "{}", String::from_utf8_lossy(&result.stderr));
}

fn report(what: &str, mut times_ms: Vec<f64>) {
    times_ms.sort_by(f64::total_cmp);
    let at = |share: f64| times_ms[((times_ms.len() - 1) as f64 * share) as usize];
    println!("{what:<46} {:8.2}   [{:.2}, {:.2}]", at(0.5), at(0.25), at(0.75));
}

fn since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

#[tokio::main]
async fn main() {
    let rounds: usize = std::env::args().nth(1).and_then(|rounds| rounds.parse().ok()).unwrap_or(200);
    let tree = || RuntimeTree::new(std::env::args().nth(2).unwrap_or_else(|| "/".to_owned()));
    let ready = Native::new(tree(), NativeConfig::standard()).expect("the host isolates");
    let on_demand = NativeConfig { pool: 0, preload: None, ..NativeConfig::standard() };
    let on_demand = Native::new(tree(), on_demand).expect("the host isolates");
    assert!(ready.warm_up().await, "the runtime has no python3");
    let import = if probe(&ready, "import pandas, sklearn.ensemble, sklearn.linear_model").await {
        "import pandas, sklearn.ensemble, sklearn.linear_model"
    } else {
        "import argparse, subprocess, multiprocessing"
    };
    println!("the import: {import}");
    println!("{}: milliseconds, median [quartiles] of {rounds}", ready.name());

    let (mut first, mut whole, mut made, mut later, mut python, mut plain) =
        (vec![], vec![], vec![], vec![], vec![], vec![]);
    let (mut warm, mut warm_import, mut cold_import, mut line) = (vec![], vec![], vec![], vec![]);
    for _ in 0..rounds {
        // Interleaved, so that a slow moment of the machine falls on all of them.
        let start = Instant::now();
        let mut workbox = open(&ready).await;
        run(&mut workbox, &["true"]).await;
        first.push(since(start));
        drop(workbox);
        whole.push(since(start));

        let mut workbox = open(&ready).await;
        run(&mut workbox, &["true"]).await;
        let start = Instant::now();
        run(&mut workbox, &["python3", "-c", "pass"]).await;
        warm.push(since(start));
        let start = Instant::now();
        run(&mut workbox, &["python3", "-c", import]).await;
        warm_import.push(since(start));
        line.push(first_line(&mut workbox, import).await);

        let start = Instant::now();
        let mut workbox = open(&on_demand).await;
        run(&mut workbox, &["true"]).await;
        made.push(since(start));

        let start = Instant::now();
        run(&mut workbox, &["true"]).await;
        later.push(since(start));

        let start = Instant::now();
        run(&mut workbox, &["python3", "-c", "pass"]).await;
        python.push(since(start));
        if cold_import.len() < COLD_ROUNDS {
            let start = Instant::now();
            run(&mut workbox, &["python3", "-c", import]).await;
            cold_import.push(since(start));
        }

        let start = Instant::now();
        #[expect(clippy::disallowed_methods, reason = "the baseline: a program without any box")]
        let status = std::process::Command::new("/usr/bin/true").status().expect("true runs");
        assert!(status.success());
        plain.push(since(start));
    }
    report("plain fork and exec of `true`, no box", plain);
    report("open a ready box, run `true`", first);
    report("the same and drop it", whole);
    report("open a box made on demand, run `true`", made);
    report("next `true` in the same box", later);
    report("cold `python3 -c pass` in the same box", python);
    report("warm `python3 -c pass` in an open box", warm);
    report("cold `python3` with the import", cold_import);
    report("warm `python3` with the import", warm_import);
    report("  request to its first line of user code", line);
    if probe(&ready, JOB).await {
        report("cold small scikit-learn job", jobs(&on_demand, COLD_ROUNDS / 2).await);
        report("warm small scikit-learn job", jobs(&ready, COLD_ROUNDS).await);
    }
    many(&ready, rounds).await;
}

/// The small job, each time in a fresh box.
async fn jobs(native: &Native, rounds: usize) -> Vec<f64> {
    let mut times_ms = Vec::new();
    for _ in 0..rounds {
        let mut workbox = open(native).await;
        let start = Instant::now();
        run(&mut workbox, &["python3", "-c", JOB]).await;
        times_ms.push(since(start));
    }
    times_ms
}

/// Throughput of whole lives, and what boxes cost that stay open.
async fn many(native: &Native, rounds: usize) {
    let start = Instant::now();
    for _ in 0..rounds {
        run(&mut open(native).await, &["true"]).await;
    }
    println!(
        "whole lives one after another: {:.0} per second",
        rounds as f64 / start.elapsed().as_secs_f64()
    );
    let before = available_kb();
    let start = Instant::now();
    let mut open_boxes = Vec::new();
    for _ in 0..rounds {
        let mut workbox = open(native).await;
        run(&mut workbox, &["true"]).await;
        open_boxes.push(workbox);
    }
    let used = before.saturating_sub(available_kb()) as f64 / 1024.0 / rounds as f64;
    println!("{rounds} open boxes: {:.2} s to open, {used:.2} MB each", start.elapsed().as_secs_f64());
    let start = Instant::now();
    drop(open_boxes);
    println!("{rounds} boxes dropped in {:.1} ms", since(start));
}

fn available_kb() -> u64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
