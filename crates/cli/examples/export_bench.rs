//! `cargo xtask bench exports`: a run of 10,000 episodes of 20 turns each, written in every format by `envy runs export`.
//!
//! The episodes are those that two policies really played, their turns repeated up to the number and each with a rollout
//! number of its own. Beside the seconds stands the most memory that the program held; of the Inspect log, how long its own
//! package takes to read one sample.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use envy_core::{Record, Tokens, Turn};
use envy_lab::exports;
use envy_lab::store::Store;

/// Episodes of the run, unless the first word says otherwise.
const EPISODES: usize = 10_000;

/// Turns of an episode, about those of a model on a task of the default preset.
const TURNS: usize = 20;

/// Episodes of one model whose log has more members than the narrow fields of a zip archive can count.
const WIDE: usize = 66_000;

/// Tokens of a prompt and of a reply, for the traces: few, so that the disk holds the run.
const PROMPT_TOKENS: u32 = 200;
const REPLY_TOKENS: u32 = 50;

/// Threads that seal.
const SEALERS: usize = 32;

/// How often the program's memory is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Reads one sample, and all summaries, of an Inspect log.
const READ_ONE: &str = "
import sys, time
from inspect_ai.log import read_eval_log, read_eval_log_sample, read_eval_log_sample_summaries
def took(read):
    began = time.perf_counter()
    seen = read()
    return seen, (time.perf_counter() - began) * 1000
header, header_ms = took(lambda: read_eval_log(sys.argv[1], header_only=True))
summaries, summaries_ms = took(lambda: read_eval_log_sample_summaries(sys.argv[1]))
middle = summaries[len(summaries) // 2]
sample, sample_ms = took(lambda: read_eval_log_sample(sys.argv[1], id=middle.id, epoch=middle.epoch))
print(f'    read_eval_log of the header {header_ms:.0f} ms, all {len(summaries)} summaries {summaries_ms:.0f} ms, '
      f'read_eval_log_sample of one of {len(sample.messages)} messages {sample_ms:.0f} ms')
";

fn main() {
    let episodes =
        std::env::args().nth(1).map_or(EPISODES, |word| word.parse().expect("a number of episodes"));
    let home = std::env::temp_dir().join(format!("envy-export-bench-{}", std::process::id()));
    let envy = |words: &str| {
        let own = std::env::current_exe().expect("a program knows itself");
        let mut envy = command(&own.ancestors().nth(2).expect("an example lies in its folder").join("envy"));
        envy.args(words.split(' ')).env("ENVY_HOME", &home).stdin(Stdio::null()).stdout(Stdio::null());
        envy
    };
    for words in ["dataset generate", "eval --model policy/null --model policy/reference --num-runs 1"] {
        assert!(envy(words).stderr(Stdio::null()).status().expect("envy starts").success(), "{words}");
    }
    let bytes = multiply(&home.join("runs.sqlite"), &[0, 1], episodes, TURNS);
    println!(
        "{episodes} episodes of {TURNS} turns, {:.1} KiB of JSON each",
        bytes as f64 / 1024.0 / episodes as f64
    );
    let exported = |format: &str| {
        let out = home.join(format);
        let words = format!("runs export last --format {format} --out {}", out.display());
        let (took, peak, done) = watched(envy(&words).stderr(Stdio::null()));
        assert!(done, "{format} was not written");
        println!("  {format:14} {took:6.1} s  {:5} MiB at most  {:7.1} MiB written", peak >> 10, size(&out));
        if format == "inspect" {
            read_one(&out);
        }
        // Best effort, as below: the disk is smaller than all formats together may be.
        let _ = std::fs::remove_dir_all(&out);
    };
    for format in exports::ALL {
        exported(format.name());
    }
    // The null policy's, whose records are small.
    multiply(&home.join("runs.sqlite"), &[0], WIDE, 1);
    println!("{WIDE} episodes of one model: an archive with the wide fields of the format (zip64)");
    exported("inspect");
    let _ = std::fs::remove_dir_all(&home);
}

#[allow(clippy::disallowed_methods, reason = "the program under test is a program")]
fn command(program: &Path) -> Command {
    Command::new(program)
}

/// Writes a run of so many episodes of so many turns after `played` ones of the first run; the bytes of their records.
fn multiply(path: &Path, played: &[u32], episodes: usize, turns: usize) -> usize {
    let store = Store::open(path).expect("the store opens");
    let reader = store.reader().expect("the store opens");
    let first = reader.runs().expect("the store is read").swap_remove(0).id;
    let mut plan = reader.plan(&first).expect("a run has a plan");
    plan.models = played.iter().map(|number| plan.models[*number as usize].clone()).collect();
    let records: Vec<Record> = played
        .iter()
        .map(|number| {
            let mut record = reader.record(&first, *number).expect("it was sealed").record;
            let repeated = record.trajectory.turns.clone().into_iter().cycle().take(turns);
            record.trajectory.turns = repeated.map(with_tokens).collect();
            record
        })
        .collect();
    plan.rollouts = (episodes / records.len()) as u32;
    let run = &store.begin(&plan).expect("the store takes a run");
    let next = AtomicUsize::new(0);
    // Many share one commit.
    let seal = || {
        let mut bytes = 0;
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= episodes {
                return bytes;
            }
            let mut record = records[number * records.len() / episodes].clone();
            record.rollout = number as u32 % plan.rollouts;
            bytes += serde_json::to_vec(&record).expect("a record is plain data").len();
            store.seal(run, number as u32, &record).expect("the store takes a record");
        }
    };
    std::thread::scope(|scope| {
        let sealers: Vec<_> = (0..SEALERS).map(|_| scope.spawn(seal)).collect();
        sealers.into_iter().map(|sealer| sealer.join().expect("no sealer panics")).sum()
    })
}

/// The turn as an engine would leave it that gives its tokens; a policy has none.
fn with_tokens(mut turn: Turn) -> Turn {
    turn.reply.tokens = Some(Tokens {
        prompt_ids: (0..PROMPT_TOKENS).collect(),
        completion_ids: (0..REPLY_TOKENS).collect(),
        logprobs: (0..REPLY_TOKENS).map(|token| -1.0 / f64::from(token + 1)).collect(),
        ..Tokens::default()
    });
    turn
}

/// Seconds that a program took, the most memory it held in KiB, and whether it did what it was asked to.
fn watched(program: &mut Command) -> (f64, u64, bool) {
    let began = Instant::now();
    let mut child = program.spawn().expect("envy starts");
    let mut peak = 0;
    loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let held = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        peak = peak.max(held.unwrap_or(0));
        if let Some(status) = child.try_wait().expect("it is our child") {
            return (began.elapsed().as_secs_f64(), peak, status.success());
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// What lies in a folder, MiB.
fn size(folder: &Path) -> f64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let bytes: u64 = entries.filter_map(|entry| entry.metadata().ok()).map(|file| file.len()).sum();
    bytes as f64 / f64::from(1 << 20)
}

fn read_one(folder: &Path) {
    let cache = std::env::var_os("ENVY_CACHE_DIR").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache/envy")));
    let python = cache.unwrap_or_default().join("conformance/inspect-ai-0.3.285/bin/python");
    let mut logs: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    logs.sort();
    let read = logs.first().filter(|_| python.exists()).map(|log| {
        command(&python)
            .args(["-c", READ_ONE])
            .arg(log)
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|read| read.success())
    });
    match read {
        Some(true) => {}
        Some(false) => println!("    inspect-ai could not read it"),
        None => println!(
            "    SKIPPED: needs inspect-ai==0.3.285 in the cache, which `cargo xtask conformance` installs"
        ),
    }
}
