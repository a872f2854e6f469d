//! Plays the scripted policies of the leakage environment on many tasks of each preset, without boxes, and prints what
//! they come to; see `leakage::twin`.
//!
//! ```text
//! nice cargo run --release -p envy-environments --example leakage_bench -- [TASKS] [PRESET ...] [KNOB=VALUE ...]
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Instant;

use envy_core::{Environment, GenerateError, Knobs, Preset, Salt, Seed, TaskSpec};
use envy_environments::leakage::{Leakage, twin};

/// Tasks of a preset, if nobody says how many.
const TASKS: usize = 100;
/// Tasks on which a threshold is tuned; the rest show what it gives.
const TUNED_ON: usize = 40;
/// The quantile that it is tuned to.
const QUANTILE: f64 = 0.8;
/// The metrics of the table.
const SHOWN: [&str; 4] = ["public_auroc", "deployed_auroc", "ece", "neutral_shift"];

/// What one policy came to.
#[derive(Default)]
struct Row {
    metrics: BTreeMap<&'static str, Vec<f64>>,
    passed: usize,
    predictions: usize,
    tasks: usize,
    failed: BTreeMap<String, usize>,
    /// Place, greatest place that is asked for, and whether all else held.
    places: Vec<(f64, f64, bool)>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (settings, plain): (Vec<&str>, Vec<&str>) =
        words.iter().map(String::as_str).partition(|word| word.contains('='));
    let tasks = plain.first().map_or(Ok(TASKS), |word| word.parse())?;
    let settings: Vec<(&str, &str)> = settings.into_iter().filter_map(|word| word.split_once('=')).collect();
    let wanted = plain.get(1..).unwrap_or_default();
    for preset in Leakage.info().presets {
        if wanted.is_empty() || wanted.contains(&preset.name) {
            measure(preset, &settings, tasks)?;
        }
    }
    Ok(())
}

fn measure(
    preset: &Preset,
    settings: &[(&str, &str)],
    tasks: usize,
) -> Result<(), Box<dyn std::error::Error>> {
    let pairs = preset.knobs.iter().copied().chain(settings.iter().copied());
    let knobs = Knobs::resolve("leakage", Leakage.info().knobs, pairs)?;
    let (mut rows, mut order) = (BTreeMap::<&'static str, Row>::new(), Vec::new());
    let (mut made, begin) = (0, Instant::now());
    let seeds = Seed::named("leakage-bench").derive(preset.name);
    for number in 0..tasks {
        let seed = seeds.derive(&number.to_string()).rng().next_u64();
        let spec = TaskSpec::new("leakage", seed, knobs.clone(), &Salt::public());
        let outcomes = match twin::rehearse(&spec, &Salt::public()) {
            Err(GenerateError::Exhausted { .. }) => continue,
            outcomes => outcomes?,
        };
        made += 1;
        order = outcomes.iter().map(|outcome| outcome.policy).collect();
        for outcome in outcomes {
            rows.entry(outcome.policy).or_default().add(&outcome);
        }
    }
    let mut text = format!(
        "{}: {made} of {tasks} tasks, {:.2} s each\n| policy | passed | as predictions | {} | failed by |\n",
        preset.name,
        begin.elapsed().as_secs_f64() / tasks as f64,
        SHOWN.join(" | ")
    );
    for (name, row) in order.iter().filter_map(|name| Some((name, rows.get(name)?))) {
        row.write(name, &mut text);
    }
    for name in ["honest-logistic", "reference"] {
        rows.get(name).into_iter().for_each(|row| row.write_tuned(name, &mut text));
    }
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

impl Row {
    fn add(&mut self, outcome: &twin::Outcome) {
        self.tasks += 1;
        self.passed += usize::from(outcome.score.passed);
        self.predictions += usize::from(outcome.predictions_pass);
        for name in SHOWN {
            self.metrics.entry(name).or_default().extend(outcome.score.metrics.get(name));
        }
        let metric = |name: &str| outcome.score.metrics.get(name).copied().unwrap_or(f64::NEG_INFINITY);
        self.places.push((metric("place"), metric("place_most"), metric("sound") > 0.5));
        for criterion in outcome.score.criteria.iter().filter(|criterion| !criterion.met) {
            let word = criterion.name.split(' ').next().unwrap_or_default();
            *self.failed.entry(word.to_owned()).or_default() += 1;
        }
    }

    fn write(&self, name: &str, text: &mut String) {
        let shown = SHOWN.map(|name| {
            let values = self.metrics.get(name).map_or(&[][..], Vec::as_slice);
            format!("{:.3}", values.iter().sum::<f64>() / values.len().max(1) as f64)
        });
        let failed: Vec<String> = self.failed.iter().map(|(name, count)| format!("{name} {count}")).collect();
        let _ = writeln!(
            text,
            "| {name} | {}/{} | {} | {} | {} |",
            self.passed,
            self.tasks,
            self.predictions,
            shown.join(" | "),
            failed.join(", ")
        );
    }

    /// What a threshold tuned on the first tasks promises, and what it gives on the others.
    fn write_tuned(&self, name: &str, text: &mut String) {
        if self.places.len() <= TUNED_ON {
            return;
        }
        let (tuned, fresh) = self.places.split_at(TUNED_ON);
        let mut places: Vec<f64> =
            tuned.iter().map(|(place, _, sound)| if *sound { *place } else { f64::NEG_INFINITY }).collect();
        places.sort_unstable_by(f64::total_cmp);
        let lambda = places[(QUANTILE * TUNED_ON as f64).ceil() as usize - 1].clamp(0.0, 1.0);
        let rate = |runs: &[(f64, f64, bool)]| {
            let passes = |run: &&(f64, f64, bool)| run.2 && run.0 >= lambda.min(run.1);
            runs.iter().filter(passes).count()
        };
        let _ = writeln!(
            text,
            "{name}: place {lambda:.3}, passes {} of {TUNED_ON} tuned on, {} of {} fresh",
            rate(tuned),
            rate(fresh),
            fresh.len()
        );
    }
}
