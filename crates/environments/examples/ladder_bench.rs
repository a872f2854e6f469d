//! Climbs the ladder on many seeds and prints the gate's yield and what each policy comes to on a draw that the gate
//! never saw.
//!
//! ```text
//! nice cargo run --release -p envy-environments --example ladder_bench -- [TASKS] [FIRST_SEED] [KNOB=VALUE ...]
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Instant;

use envy_core::{Environment, GenerateError, Knobs, Salt, TaskSpec};
use envy_environments::cleaning::Cleaning;
use envy_environments::cleaning::ladder::{self, Rung, Rungs};

const POLICIES: [&str; 4] = ["identity", "lazy", "drop", "reference"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (settings, numbers): (Vec<&str>, Vec<&str>) =
        words.iter().map(String::as_str).partition(|word| word.contains('='));
    let tasks: u64 = numbers.first().map_or(Ok(20), |word| word.parse())?;
    let first: u64 = numbers.get(1).map_or(Ok(0), |word| word.parse())?;
    let pairs: Vec<(&str, &str)> = settings.iter().filter_map(|word| word.split_once('=')).collect();
    let knobs = Knobs::resolve("cleaning", Cleaning.info().knobs, pairs)?;
    let mut report = Report::default();
    for seed in first..first + tasks {
        let spec = TaskSpec::new("cleaning", seed, knobs.clone(), &Salt::public());
        let (before, start) = (cpu_seconds(), Instant::now());
        let climbed = ladder::climb(&spec, &Salt::public());
        let wall = start.elapsed().as_secs_f64();
        report.seconds += cpu_seconds().zip(before).map_or(wall, |(after, before)| after - before);
        report.add(climbed);
    }
    std::io::stdout().write_all(report.text().as_bytes())?;
    Ok(())
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
    exhausted: usize,
    seconds: f64,
    headroom: f64,
    rejections: BTreeMap<String, usize>,
    operators: BTreeMap<String, usize>,
    rungs: BTreeMap<&'static str, Vec<Rung>>,
}

impl Report {
    fn add(&mut self, climbed: Result<Rungs, GenerateError>) {
        let rejections = match climbed {
            Ok(rungs) => {
                self.accepted += 1;
                self.headroom += rungs.headroom;
                rungs
                    .operators
                    .into_iter()
                    .for_each(|operator| *self.operators.entry(operator).or_default() += 1);
                rungs
                    .policies
                    .into_iter()
                    .for_each(|(name, rung)| self.rungs.entry(name).or_default().push(rung));
                rungs.rejections
            }
            Err(GenerateError::Exhausted { rejections }) => {
                self.exhausted += 1;
                rejections
            }
            Err(GenerateError::Input { .. }) => Vec::new(),
        };
        for rejection in rejections {
            *self.rejections.entry(rejection.condition).or_default() += 1;
        }
    }

    fn text(&self) -> String {
        let rejected: usize = self.rejections.values().sum();
        let mut text = String::new();
        let mean = |sum: f64, count: usize| sum / count.max(1) as f64;
        let _ = writeln!(
            text,
            "{} tasks of {} candidates (yield {:.2}), {} seeds exhausted, {:.2} s of CPU a task with its ladder",
            self.accepted,
            self.accepted + rejected,
            mean(self.accepted as f64, self.accepted + rejected),
            self.exhausted,
            mean(self.seconds, self.accepted),
        );
        let _ = writeln!(text, "rejected: {:?}", self.rejections);
        let _ = writeln!(text, "operators of the tasks: {:?}", self.operators);
        let _ = writeln!(text, "mean headroom on the third draw: {:.3}", mean(self.headroom, self.accepted));
        let _ = writeln!(text, "policy      passed  recovery (least, most)  repair F1  damage  reward");
        for name in POLICIES {
            let rungs = self.rungs.get(name).map_or(&[][..], Vec::as_slice);
            let average = |figure: &dyn Fn(&Rung) -> f64| mean(rungs.iter().map(figure).sum(), rungs.len());
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
