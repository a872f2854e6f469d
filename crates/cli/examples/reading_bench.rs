//! `cargo xtask bench reading`: the page of a run of 1,000 and of 10,000 episodes, and the list of a store of 200,000 records.
//!
//! The ladder of cleaning is played once; its records, sealed again and again, make the large runs, so that transcripts and
//! tables have the size they have. What is measured is the program as its users meet it: a process from start to end.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use envy_core::{Record, RunId};
use envy_lab::store::{Plan, Reader, Store};

/// Episodes of the runs that become pages.
const PAGES: [u32; 2] = [1_000, 10_000];

/// Runs of the store that is listed, and episodes of each.
const RUNS: u32 = 1_000;
const EPISODES: u32 = 200;

/// Threads that seal: many share one commit.
const SEALERS: usize = 64;

/// How often the list is measured; the median is told.
const ROUNDS: usize = 9;

type Failed = Box<dyn std::error::Error>;

fn main() -> Result<(), Failed> {
    let home = tempfile::tempdir()?;
    played(home.path())?;
    let file = home.path().join("runs.sqlite");
    let (plan, records) = records(&file)?;
    let store = Store::open(&file)?;
    println!("the page of a run: episodes, seconds, MB");
    for episodes in PAGES {
        let run = large(&store, &plan, &records, episodes)?;
        let out = home.path().join("run.html");
        let began = Instant::now();
        let told = envy(home.path()).args(["runs", "report", &run.0, "--out"]).arg(&out).output()?;
        let took = began.elapsed();
        if !told.status.success() {
            return Err(String::from_utf8_lossy(&told.stderr).into());
        }
        let size = std::fs::metadata(&out)?.len();
        println!("{episodes:8} {:8.2} {:8.1}", took.as_secs_f64(), size as f64 / 1e6);
    }
    let listed = tempfile::tempdir()?;
    let store = Store::open(&listed.path().join("runs.sqlite"))?;
    let smallest = records.iter().min_by_key(|record| record.trajectory.turns.len()).cloned();
    let smallest: Vec<Record> = smallest.into_iter().collect();
    for _ in 0..RUNS {
        large(&store, &plan, &smallest, EPISODES)?;
    }
    drop(store);
    println!("the list of {} records in {RUNS} runs: milliseconds, MB at its peak", RUNS * EPISODES);
    let mut times: Vec<Duration> = (0..ROUNDS).map(|_| list(listed.path())).collect::<Result<_, _>>()?;
    times.sort_unstable();
    println!("{:8.1} {:8.1}", times[ROUNDS / 2].as_secs_f64() * 1e3, peak(listed.path())?);
    Ok(())
}

/// The program that was built beside this one.
#[allow(clippy::disallowed_methods, reason = "what is measured is a program")]
fn envy(home: &Path) -> Command {
    let beside = |own: PathBuf| Some(own.parent()?.parent()?.join("envy"));
    let program = std::env::current_exe().ok().and_then(beside).unwrap_or_else(|| "envy".into());
    let mut command = Command::new(program);
    command.env("ENVY_HOME", home);
    command
}

fn played(home: &Path) -> Result<(), Failed> {
    let eval = ["eval", "--env", "cleaning", "--count", "2"];
    let told = envy(home).args(eval).stdout(Stdio::null()).output()?;
    if told.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&told.stderr).into()) }
}

fn records(file: &Path) -> Result<(Plan, Vec<Record>), Failed> {
    let reader = Reader::open(file)?;
    let run = reader.find("last")?;
    let numbers = reader.tallies(&run)?.into_iter().map(|tally| tally.number);
    let records =
        numbers.map(|number| Ok(reader.record(&run, number)?.record)).collect::<Result<_, Failed>>()?;
    Ok((reader.plan(&run)?, records))
}

/// A run of so many episodes, each one of `records`, in their order.
fn large(store: &Store, plan: &Plan, records: &[Record], episodes: u32) -> Result<RunId, Failed> {
    let each = episodes.div_ceil((plan.tasks.len() * plan.models.len()) as u32);
    let run = store.begin(&Plan { rollouts: each, ..plan.clone() })?;
    let next = AtomicU32::new(0);
    let seal = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= episodes {
                return Ok(());
            }
            let known = number as usize * records.len() / episodes as usize;
            store.seal(&run, number, &records[known]).map_err(|error| error.to_string())?;
        }
    };
    std::thread::scope(|scope| {
        let sealers: Vec<_> = (0..SEALERS).map(|_| scope.spawn(seal)).collect();
        sealers.into_iter().try_for_each(|sealer| sealer.join().unwrap_or_else(|_| Err("a panic".to_owned())))
    })?;
    Ok(run)
}

fn list(home: &Path) -> Result<Duration, Failed> {
    let began = Instant::now();
    let told = envy(home).args(["runs", "list"]).output()?;
    let took = began.elapsed();
    let lines = String::from_utf8(told.stdout)?.lines().count();
    if lines < RUNS as usize { Err(format!("{lines} lines are no list").into()) } else { Ok(took) }
}

/// Peak memory of a list. Its output does not fit into a pipe: with all of it made, the process waits for us to look.
fn peak(home: &Path) -> Result<f64, Failed> {
    let mut child = envy(home).args(["runs", "list"]).stdout(Stdio::piped()).spawn()?;
    std::thread::sleep(Duration::from_secs(1));
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("the list was over")?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    child.stdout.take().map(|mut out| out.read_to_end(&mut Vec::new())).transpose()?;
    child.wait()?;
    Ok(kilobytes / 1e3)
}
