//! The gate's yield and what a task costs: at the defaults and with one knob changed at a time, beside what the policies
//! that need no box come to on a draw that the gate never saw.
//!
//! ```text
//! nice cargo run --release -p envy-environments --example gate_bench -- [TASKS [KNOB=VALUE ...]]
//! nice cargo run --release -p envy-environments --example gate_bench -- TASKS --table FILE TARGET [--no-header N]
//! ```
//!
//! Without a knob the whole table of settings is measured, TASKS (default 5) for each; with the word `corners` every
//! corner of the ranges of the original's knobs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Instant;

use envy_core::{
    Digest, Environment, GenerateError, GenerateInput, Knobs, Rejection, Salt, TableSource, TaskSpec,
};
use envy_environments::cleaning::Cleaning;
use envy_environments::cleaning::ladder::{self, Rung};

const POLICIES: [&str; 8] =
    ["identity", "lazy", "types-only", "units-only", "dedupe", "drop-sources", "drop", "reference"];

/// Far from every other seed of this project, so that nothing was tuned on these tasks.
const FIRST_SEED: u64 = 910_000;

/// The settings that are measured when none is named: the defaults, and each knob towards both its ends.
const SETTINGS: &[&str] = &[
    "",
    "num-classes=2",
    "num-classes=6",
    "num-rows=500",
    "num-rows=2000",
    "num-cols=3",
    "num-cols=10",
    "used=0.4",
    "used=1.0",
    "corrupt=0.3",
    "corrupt=0.5",
    "skew=1",
    "skew=40",
    "faults=1",
    "faults=4",
    "faults-per-source=1",
    "faults-per-source=4",
    "complexity=300",
    "model=knn15",
    "evidence=hinted",
    "evidence=cross-source",
    "mechanism=column",
    "mechanism=value",
];

type Failed = Box<dyn std::error::Error>;

fn main() -> Result<(), Failed> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let tasks: u64 = words.first().map_or(Ok(5), |word| word.parse())?;
    if words.contains(&"corners") {
        return corners(tasks);
    }
    let own = words.iter().position(|word| *word == "--table");
    let settings: Vec<&str> = words.iter().copied().filter(|word| word.contains('=')).collect();
    if own.is_some() || !settings.is_empty() {
        let report = measure(&settings, tasks, own.map(|at| &words[at + 1..]))?;
        std::io::stdout().write_all(report.text().as_bytes())?;
        return Ok(());
    }
    for setting in SETTINGS {
        let settings: Vec<&str> = Some(*setting).filter(|setting| !setting.is_empty()).into_iter().collect();
        let report = measure(&settings, tasks, None)?;
        writeln!(std::io::stdout(), "{:22} {}", setting.replace('=', " "), report.line())?;
    }
    Ok(())
}

/// The ends of the ranges of the original's knobs.
const ENDS: [(&str, [&str; 2]); 5] = [
    ("complexity", ["150", "300"]),
    ("num-classes", ["5", "10"]),
    ("corrupt", ["0.1", "0.5"]),
    ("num-rows", ["500", "2000"]),
    ("num-cols", ["3", "10"]),
];

/// Measures every corner, with the original's `used` of 1, and says which of them needed another model or skew.
fn corners(tasks: u64) -> Result<(), Failed> {
    for corner in 0..1_usize << ENDS.len() {
        let at = |place: usize| (ENDS[place].0, ENDS[place].1[corner >> place & 1]);
        let settings: Vec<String> = (0..ENDS.len())
            .map(at)
            .chain([("used", "1.0")])
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let words: Vec<&str> = settings.iter().map(String::as_str).collect();
        let report = measure(&words, tasks, None)?;
        let otherwise: Vec<&str> = report
            .notes
            .iter()
            .filter_map(|note| note.split_once(": this task has "))
            .map(|(_, way)| way)
            .collect();
        writeln!(
            std::io::stdout(),
            "{}\n  {}\n  otherwise: {otherwise:?}",
            words[..5].join(" "),
            report.line()
        )?;
    }
    Ok(())
}

/// Generates so many tasks and climbs their ladders.
fn measure(settings: &[&str], tasks: u64, own: Option<&[&str]>) -> Result<Report, Failed> {
    let pairs = settings.iter().filter_map(|word| word.split_once('='));
    let knobs = Knobs::resolve("cleaning", Cleaning.info().knobs, pairs)?;
    let table = own.map(read).transpose()?;
    let mut report = Report::default();
    for seed in FIRST_SEED..FIRST_SEED + tasks {
        let mut spec = TaskSpec::new("cleaning", seed, knobs.clone(), &Salt::public());
        spec.table = table.as_ref().map(|(source, _)| source.clone());
        let bytes = table.as_ref().map(|(_, bytes)| bytes.clone());
        let (before, start) = (cpu_seconds(), Instant::now());
        let generated = ladder::unseen(&GenerateInput { spec, salt: Salt::public(), table: bytes });
        let wall = start.elapsed().as_secs_f64();
        report.seconds += cpu_seconds().zip(before).map_or(wall, |(after, before)| after - before);
        match generated {
            Ok(generated) => {
                report.reject(generated.rejections.clone());
                report.certified += usize::from(generated.task.certificate.certified);
                report.notes.extend(generated.notes.last().cloned());
                for (name, rung) in ladder::climb(&generated)? {
                    report.rungs.entry(name).or_default().push(rung);
                }
                report.accepted += 1;
            }
            Err(GenerateError::Exhausted { rejections }) => {
                report.exhausted += 1;
                report.reject(rejections);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(report)
}

/// The table of the words FILE TARGET [--no-header SKIPPED].
fn read(words: &[&str]) -> Result<(TableSource, Vec<u8>), Failed> {
    let [file, target, rest @ ..] = words else { return Err("--table takes a file and a target".into()) };
    let bytes = std::fs::read(file)?;
    let source = TableSource {
        digest: Digest::of(&bytes),
        name: (*file).to_owned(),
        target: (*target).to_owned(),
        header: rest.is_empty(),
        skip_lines: rest.get(1).map_or(Ok(0), |word| word.parse())?,
        time: None,
        group: None,
    };
    Ok((source, bytes))
}

/// Seconds that this thread has spent on a processor, where the system tells.
fn cpu_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = text.split(' ').next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}

#[derive(Default)]
struct Report {
    accepted: usize,
    certified: usize,
    exhausted: usize,
    seconds: f64,
    rejections: BTreeMap<String, usize>,
    notes: Vec<String>,
    rungs: BTreeMap<&'static str, Vec<Rung>>,
}

impl Report {
    fn reject(&mut self, rejections: Vec<Rejection>) {
        for rejection in rejections {
            *self.rejections.entry(rejection.condition).or_default() += 1;
        }
    }

    /// Yield, cost, and how often reference and drop pass.
    fn line(&self) -> String {
        let candidates = self.accepted + self.rejections.values().sum::<usize>();
        let passed = |name| self.rungs.get(name).into_iter().flatten().filter(|rung| rung.passed).count();
        format!(
            "yield {:.2} ({:>2} of {candidates:>3}, {} seeds without a task)  {:>5.2} s of CPU a task  reference {}/{}  drop {}  {:?}",
            self.accepted as f64 / candidates.max(1) as f64,
            self.accepted,
            self.exhausted,
            self.seconds / self.accepted.max(1) as f64,
            passed("reference"),
            self.accepted,
            passed("drop"),
            self.rejections,
        )
    }

    fn text(&self) -> String {
        let mut text = format!("{}\n{} of {} certified\n", self.line(), self.certified, self.accepted);
        for note in &self.notes {
            let _ = writeln!(text, "  {note}");
        }
        let _ = writeln!(text, "policy      passed  recovery (least, most)  repair F1  damage  reward");
        for name in POLICIES {
            let rungs = self.rungs.get(name).map_or(&[][..], Vec::as_slice);
            let average = |figure: &dyn Fn(&Rung) -> f64| {
                rungs.iter().map(figure).sum::<f64>() / rungs.len().max(1) as f64
            };
            let recoveries = || rungs.iter().map(|rung| rung.recovery);
            let _ = writeln!(
                text,
                "{name:10}  {:>3}/{:<3} {:>8.3} ({:.3}, {:.3}) {:>10.3} {:>8.4} {:>7.3}",
                rungs.iter().filter(|rung| rung.passed).count(),
                rungs.len(),
                average(&|rung| rung.recovery),
                recoveries().fold(f64::INFINITY, f64::min),
                recoveries().fold(f64::NEG_INFINITY, f64::max),
                average(&|rung| rung.repair_f1),
                average(&|rung| rung.damage),
                average(&|rung| rung.reward),
            );
        }
        text
    }
}
