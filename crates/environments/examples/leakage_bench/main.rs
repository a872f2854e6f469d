//! Generates many leakage tasks of a preset, lets every policy play each, and prints the gate's yield and what the policies
//! come to. Without a Python that has scikit-learn and pandas (`ENVY_TEST_PYTHON`) only the gate is measured.
//!
//! ```text
//! nice cargo run --release -p envy-environments --example leakage_bench -- PRESET [TASKS] [FIRST_SEED] [KNOB=VALUE ...]
//! ```

mod local;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Instant;

use envy_core::{Environment, GenerateError, GenerateInput, Knobs, Next, Salt, Task, TaskSpec};
use envy_environments::leakage::Leakage;
use local::Local;

/// What one policy came to on each task.
#[derive(Default)]
struct Played {
    metrics: BTreeMap<&'static str, Vec<f64>>,
    passed: usize,
    tasks: usize,
    reward: f64,
    failed: BTreeMap<String, usize>,
}

/// The metrics of the table.
const SHOWN: [&str; 5] = ["public_auroc", "deployed_auroc", "expected_auroc", "ece", "named_f1"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (settings, plain): (Vec<&str>, Vec<&str>) =
        words.iter().map(String::as_str).partition(|word| word.contains('='));
    let name = plain.first().copied().unwrap_or("medium");
    let preset = Leakage.info().presets.iter().find(|preset| preset.name == name).ok_or("no such preset")?;
    let tasks: u64 = plain.get(1).map_or(Ok(20), |word| word.parse())?;
    let first: u64 = plain.get(2).map_or(Ok(0), |word| word.parse())?;
    let pairs = preset.knobs.iter().copied().chain(settings.iter().filter_map(|word| word.split_once('=')));
    let knobs = Knobs::resolve("leakage", Leakage.info().knobs, pairs)?;
    let (mut figures, mut rejected): (BTreeMap<String, Vec<f64>>, BTreeMap<String, usize>) =
        Default::default();
    let mut local = Local::start();
    let mut played: BTreeMap<&'static str, Played> = BTreeMap::new();
    let (mut accepted, start) = (0, Instant::now());
    for seed in first..first + tasks {
        let spec = TaskSpec::new("leakage", seed, knobs.clone(), &Salt::public());
        let input = GenerateInput { spec, salt: Salt::public(), table: None };
        let Next::Done(generated) = Leakage.generate(input).advance(Vec::new()) else { continue };
        let rejections = match generated {
            Ok(generated) => {
                accepted += 1;
                for (name, value) in &generated.task.certificate.figures {
                    figures.entry(name.clone()).or_default().push(*value);
                }
                if let Some(local) = &mut local {
                    play(local, &generated.task, &mut played)?;
                }
                generated.rejections
            }
            Err(GenerateError::Exhausted { rejections }) => rejections,
            Err(error) => return Err(error.into()),
        };
        for rejection in rejections {
            *rejected.entry(rejection.condition).or_default() += 1;
        }
    }
    let mut text = format!(
        "{name}: {accepted} of {tasks} tasks, {:.2} s each; rejected {rejected:?}\n",
        start.elapsed().as_secs_f64() / tasks as f64
    );
    for (name, mut values) in figures {
        values.sort_unstable_by(f64::total_cmp);
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let _ = writeln!(text, "{name:24} {mean:8.4}  ({:.4} to {:.4})", values[0], values[values.len() - 1]);
    }
    table(&mut text, &played);
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

/// Every policy on one task.
fn play(
    local: &mut Local,
    task: &Task,
    played: &mut BTreeMap<&'static str, Played>,
) -> Result<(), Box<dyn std::error::Error>> {
    let grader = Leakage.grader(&task.brief, &task.hidden)?;
    for policy in Leakage.policies() {
        let submission = local.play(*policy, &task.brief).ok_or("Python ended")?;
        let score = local.grade(&*grader, submission, "pipeline").ok_or("Python ended")?;
        let row = played.entry(policy.name()).or_default();
        row.tasks += 1;
        row.passed += usize::from(score.passed);
        row.reward += score.reward;
        for name in SHOWN {
            row.metrics.entry(name).or_default().extend(score.metrics.get(name));
        }
        for criterion in score.criteria.iter().filter(|criterion| !criterion.met) {
            let word = criterion.name.split(' ').next().unwrap_or_default();
            *row.failed.entry(word.to_owned()).or_default() += 1;
        }
    }
    Ok(())
}

fn table(text: &mut String, played: &BTreeMap<&'static str, Played>) {
    let _ = writeln!(
        text,
        "{:24} passed   reward  {}  failed",
        "policy",
        SHOWN.map(|name| format!("{name:>14}")).join(" ")
    );
    for policy in Leakage.policies() {
        let Some(row) = played.get(policy.name()) else { continue };
        let mean = |values: &Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
        let shown =
            SHOWN.map(|name| format!("{:>14.4}", row.metrics.get(name).map_or(f64::NAN, mean))).join(" ");
        let share = row.reward / row.tasks as f64;
        let _ = writeln!(
            text,
            "{:24} {:>3}/{:<4} {share:.3}  {shown}  {:?}",
            policy.name(),
            row.passed,
            row.tasks,
            row.failed
        );
    }
}
