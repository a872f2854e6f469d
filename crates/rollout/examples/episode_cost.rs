//! What an episode costs apart from its model and its box: CPU of a null policy, CPU of five tool calls, and the
//! memory of many episodes that wait at once. Everything around the episode is in memory.
//!
//! `cargo run --release -p envy-rollout --example episode_cost` (Linux: it reads `/proc/self`)

#![allow(clippy::print_stdout, reason = "its figures are its output")]

#[path = "../tests/it/fakes/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the world of the tests, of which this needs a part")]
mod fakes;
mod usage;

use std::fs;
use std::sync::Arc;
use std::time::Instant;

use envy_core::BoxFile;
use envy_rollout::{Cancel, Launch, Schedule};
use fakes::{Line, Scripted, World, call, submit};
use serde_json::json;
use usage::{cpu_seconds, memory_mb};

/// Episodes of one CPU measurement.
const EPISODES: usize = 20_000;

async fn play(world: &World, lines: Vec<Line>, episodes: usize, concurrency: usize) {
    let world = world.clone();
    let model = Arc::new(Scripted::new(lines));
    let start = move |_: &usize| Ok(Launch { start: world.start(), model: Arc::clone(&model) as _ });
    let tally = Schedule::new(concurrency, Cancel::new()).run(0..episodes, start, drop).await;
    assert_eq!(tally.graded, episodes);
}

async fn measure(name: &str, lines: Vec<Line>, concurrency: usize) {
    let (cpu, wall) = (cpu_seconds(), Instant::now());
    play(&World::new(), lines, EPISODES, concurrency).await;
    let (cpu, wall) = (cpu_seconds() - cpu, wall.elapsed().as_secs_f64());
    let each_ms = cpu * 1e3 / EPISODES as f64;
    println!(
        "{name}, {concurrency} at once: {each_ms:.3} ms CPU an episode, {:.0} episodes/s",
        EPISODES as f64 / wall
    );
}

/// Episodes that each hold `held` observations of `bytes` bytes and wait for their model, all at once.
async fn waiting(episodes: usize, held: usize, bytes: usize) {
    let world = World::with_files(vec![BoxFile::new("train.csv", "x".repeat(bytes))]);
    let mut lines = vec![call("read_file", json!({"path": "train.csv"})); held];
    lines.push(Line::Thinks(3_000));
    lines.push(submit("good"));
    // Forget the peak of what ran before.
    fs::write("/proc/self/clear_refs", "5").expect("this runs on Linux");
    let before = memory_mb("VmRSS");
    play(&world, lines, episodes, episodes).await;
    println!(
        "{episodes} waiting episodes, {held} observations of {bytes} bytes each: peak {:.0} MB resident, {before:.0} MB before",
        memory_mb("VmHWM")
    );
}

#[tokio::main]
async fn main() {
    for (episodes, held, bytes) in [(200, 10, 10_000), (2_000, 5, 100), (2_000, 10, 10_000)] {
        waiting(episodes, held, bytes).await;
    }
    let list = call("list_files", json!({}));
    let five = [vec![list; 5], vec![submit("good")]].concat();
    for concurrency in [1, 200] {
        measure("null policy, no box", Vec::new(), concurrency).await;
        measure("five tool calls, an answer and two jobs", five.clone(), concurrency).await;
    }
}
