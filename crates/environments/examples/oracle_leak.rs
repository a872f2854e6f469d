//! What the answers of `eval_model` give away to an attacker who climbs on them.
//!
//! ```text
//! nice cargo run --release -p envy-environments --example oracle_leak -- [TASKS [CLIMBS [MODEL]]]
//! ```
//!
//! The attacker repairs nothing. It returns a part of the export's rows, and at every call exchanges a tenth of them; what
//! the oracle calls better is kept. It climbs twice: on the answers as an agent gets them (rounded, and only where they
//! clearly beat the best so far), and on the bare accuracy of the same rows, which no agent gets. Shown are, in
//! percentage points over climbs: by how much more than at the first call the oracle's figure for what is kept lies above
//! its accuracy on the final rows (what was learned of the oracle's rows alone: the leak); how much accuracy on the final
//! rows the calls bought; and what that is worth in reward, beside what the calls cost.

#![allow(clippy::print_stdout, reason = "its figures are its output")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use envy_core::{
    BoxFile, Environment, EpisodeSpec, GenerateInput, GradeInput, Grader, Job, JobEnd, JobResult, Knobs,
    Output, ProbeInput, ProbeReply, Salt, Seed, Submission, TaskSpec, drive,
};
use envy_environments::cleaning::Cleaning;
use serde_json::Value;

/// Far from every other seed of this project, so that nothing was tuned on these tasks.
const FIRST_SEED: u64 = 920_000;

/// The numbers of calls that are reported.
const CALLS: [usize; 4] = [1, 5, 10, 20];

/// The share of the rows that the attacker begins with.
const KEPT: f64 = 0.8;

/// The share of the rows that a step exchanges.
const STEP: f64 = 0.1;

/// What a recovery of 1 is worth of the reward: its own weight, and that of a repair without damage.
const RECOVERY_WORTH: f64 = 0.7;

/// What each call costs of the reward.
const COST: f64 = 0.01;

type Failed = Box<dyn std::error::Error>;

/// A task and what is needed to attack it.
struct Target {
    grader: Box<dyn Grader>,
    header: String,
    rows: Vec<String>,
    floor: f64,
    golden: f64,
    answers: Vec<Duration>,
}

/// A climb's state after some calls: which rows are kept, and what the oracle said of them.
struct Climbed {
    kept: Vec<bool>,
    told: f64,
}

/// What a climb has come to.
#[derive(Clone, Copy)]
struct Gap {
    /// By how much more than at its first call the oracle told too much, percentage points.
    leak: f64,
    /// Accuracy on the final rows beyond that of the first ones, percentage points.
    bought: f64,
    /// The reward that a repaired table would get more for that.
    worth: f64,
}

fn main() -> Result<(), Failed> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let tasks: u64 = words.first().map_or(Ok(24), |word| word.parse())?;
    let climbs: usize = words.get(1).map_or(Ok(3), |word| word.parse())?;
    let model = words.get(2).map_or("knn15", String::as_str);
    let mut gaps: BTreeMap<(&str, usize), Vec<Gap>> = BTreeMap::new();
    let mut answers = Vec::new();
    for task in 0..tasks {
        let mut target = Target::new(FIRST_SEED + task, model)?;
        for climb in 0..climbs {
            for (kind, bare) in [("as agents get it", false), ("bare", true)] {
                let seed = Seed::named("oracle-leak").derive(&format!("{task}/{climb}"));
                for (calls, gap) in target.climb(&seed, bare) {
                    gaps.entry((kind, calls)).or_default().push(gap);
                }
            }
        }
        answers.append(&mut target.answers);
    }
    println!("{tasks} tasks, {climbs} climbs each; percentage points\n");
    println!("oracle             calls   leak: mean, 95 %   a call   bought   worth in reward   cost");
    for ((kind, calls), gaps) in &gaps {
        let mean = |of: fn(&Gap) -> f64| gaps.iter().map(of).sum::<f64>() / gaps.len() as f64;
        let mut leaks: Vec<f64> = gaps.iter().map(|gap| gap.leak).collect();
        leaks.sort_unstable_by(f64::total_cmp);
        let high = leaks[(leaks.len() * 95 / 100).min(leaks.len() - 1)];
        let (leak, bought, worth) = (mean(|gap| gap.leak), mean(|gap| gap.bought), mean(|gap| gap.worth));
        println!(
            "{kind:18} {calls:5}   {leak:10.2} {high:5.2}   {:6.3}   {bought:6.2}   {worth:+15.3}   {:.2}",
            leak / *calls as f64,
            COST * *calls as f64
        );
    }
    answers.sort_unstable();
    let ms = |share: usize| answers[(answers.len() * share / 100).min(answers.len() - 1)].as_millis();
    println!(
        "\n{} answers computed in {} ms, 95 % in {} ms, the last in {} ms",
        answers.len(),
        ms(50),
        ms(95),
        ms(100)
    );
    Ok(())
}

impl Target {
    fn new(seed: u64, model: &str) -> Result<Self, Failed> {
        let knobs = Knobs::resolve("cleaning", Cleaning.info().knobs, [("model", model)])?;
        let spec = TaskSpec::new("cleaning", seed, knobs, &Salt::public());
        let input = GenerateInput { spec, salt: Salt::public(), table: None };
        let no_box = |_: Vec<Job>| Err::<Vec<JobResult>, _>("generation needs no box");
        let task = drive(Cleaning.generate(input), no_box)??;
        let grader = Cleaning.grader(&task.task.brief, &task.task.hidden)?;
        let export = String::from_utf8(task.task.brief.file("train.csv").ok_or("no export")?.to_vec())?;
        let mut lines = export.lines().map(str::to_owned);
        let header = lines.next().ok_or("an empty export")?;
        let figure = |name: &str| task.task.certificate.figures.get(name).copied().ok_or("no figure");
        let (floor, golden) = (figure("accuracy_corrupted_given")?, figure("accuracy_golden_given")?);
        Ok(Self { rows: lines.collect(), header, floor, golden, grader, answers: Vec::new() })
    }

    /// Climbs to the last of [`CALLS`]; what it has come to at each of them.
    fn climb(&mut self, seed: &Seed, bare: bool) -> Vec<(usize, Gap)> {
        let mut rng = seed.rng();
        let kept: Vec<bool> = self.rows.iter().map(|_| rng.uniform() < KEPT).collect();
        let begun = self.truth(&kept);
        let mut best = Climbed { kept, told: f64::NEG_INFINITY };
        let (mut ladder, mut at, mut first) = (Value::Null, Vec::new(), None);
        for call in 1..=CALLS[CALLS.len() - 1] {
            let mut next = best.kept.clone();
            // The first call asks about the rows that it begins with.
            if call > 1 {
                for kept in &mut next {
                    *kept ^= rng.uniform() < STEP;
                }
            }
            let reply = self.ask(&next, if bare { Value::Null } else { ladder.clone() });
            let told = if bare { exact(&reply.ladder) } else { published(&reply.text) };
            if let Some(told) = told.filter(|told| *told > best.told) {
                best = Climbed { kept: next, told };
            }
            ladder = reply.ladder;
            if CALLS.contains(&call) {
                let truth = self.truth(&best.kept);
                let over = best.told - truth;
                let leak = 100.0 * (over - *first.get_or_insert(over));
                let worth = RECOVERY_WORTH * (truth - begun) / (self.golden - self.floor);
                at.push((call, Gap { leak, bought: 100.0 * (truth - begun), worth }));
            }
        }
        at
    }

    fn table(&self, kept: &[bool]) -> Vec<u8> {
        let rows = self.rows.iter().zip(kept).filter(|(_, kept)| **kept).map(|(row, _)| row.as_str());
        let lines: Vec<&str> = std::iter::once(self.header.as_str()).chain(rows).collect();
        (lines.join("\n") + "\n").into_bytes()
    }

    fn ask(&mut self, kept: &[bool], ladder: Value) -> ProbeReply {
        let table = self.table(kept);
        let input = ProbeInput { submission: program(), ladder, episode: EpisodeSpec::new("attacker") };
        let begun = Instant::now();
        let reply =
            drive(self.grader.probe(input), |jobs| Ok::<_, String>(left_by(&jobs, |_| table.clone())));
        self.answers.push(begun.elapsed());
        reply.expect("a probe of a table has an answer")
    }

    /// The accuracy on the final rows, from the recovery that a grade measures.
    fn truth(&self, kept: &[bool]) -> f64 {
        let table = self.table(kept);
        let input = GradeInput {
            submission: program(),
            episode: EpisodeSpec::new("attacker"),
            probes: 0,
            rulings: Vec::new(),
        };
        let left = |job: &Job| match job.name.as_str() {
            "clean/given" => table.clone(),
            _ => job
                .files
                .iter()
                .find(|file| file.path == "train.csv")
                .map_or(Vec::new(), |file| file.bytes.clone()),
        };
        let score = drive(self.grader.grade(input), |jobs| Ok::<_, String>(left_by(&jobs, left)))
            .expect("a table has a score");
        self.floor + score.metrics["recovery_given"] * (self.golden - self.floor)
    }
}

/// A program that is never run.
fn program() -> Submission {
    Submission { answer: Value::Null, files: vec![BoxFile::new("clean.py", "def clean_data(tables): ...")] }
}

/// The results of jobs whose boxes leave these tables.
fn left_by(jobs: &[Job], table: impl Fn(&Job) -> Vec<u8>) -> Vec<JobResult> {
    let result = |job: &Job| JobResult {
        end: JobEnd::Exited(0),
        outputs: job.outputs.iter().map(|one| (one.path.clone(), Output::Bytes(table(job)))).collect(),
        stderr_tail: String::new(),
    };
    jobs.iter().map(result).collect()
}

/// The accuracy in an answer, if it published one.
fn published(text: &str) -> Option<f64> {
    let figure = text.strip_prefix("accuracy of the fixed model on clean rows: ")?.strip_suffix(" %")?;
    figure.parse::<f64>().ok().map(|percent| percent / 100.0)
}

/// The bare accuracy behind a first answer: of five seeds, how many were right on each row.
fn exact(ladder: &Value) -> Option<f64> {
    let right = ladder["right"].as_str()?;
    let sum: u32 = right.bytes().map(|digit| u32::from(digit - b'0')).sum();
    Some(f64::from(sum) / (5.0 * right.len() as f64))
}
