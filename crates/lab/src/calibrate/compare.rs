//! Compare: two runs on the same tasks, task by task, so that what makes a task hard cancels.

use std::collections::BTreeMap;

use envy_core::special::normal_quantile;
use envy_core::{RunId, Seed, TaskId};
use envy_learn::intervals::{BootstrapConfig, bootstrap_mean};
use serde::Serialize;

use crate::error::LabError;
use crate::store::Tally;

/// The confidence of every interval.
const CONFIDENCE: f64 = 0.95;

/// Resamples behind every interval.
const RESAMPLES: usize = 2_000;

/// One side of a comparison.
pub struct Side<'a> {
    /// The run.
    pub run: &'a RunId,
    /// Its episodes.
    pub tallies: &'a [Tally],
}

/// Two models on the tasks that both played.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The first run's model.
    pub model_a: String,
    /// The second run's.
    pub model_b: String,
    /// Tasks with a graded episode on both sides.
    pub tasks: usize,
    /// Graded episodes of the first on those tasks.
    pub episodes_a: usize,
    /// Of the second.
    pub episodes_b: usize,
    /// The first minus the second: mean over tasks of the difference of pass rates.
    pub pass: Difference,
    /// The same of rewards.
    pub reward: Difference,
    /// Tasks in all, with as many rollouts each, at which a difference of this size would stand clear of 0; nothing if it
    /// does already or if there is none.
    pub tasks_to_settle: Option<u64>,
}

/// A difference with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The first side's mean over tasks.
    pub a: f64,
    /// The second side's.
    pub b: f64,
    /// The first minus the second.
    pub difference: f64,
    /// Its 95 % interval, drawing whole tasks; nothing with one task.
    pub interval: Option<[f64; 2]>,
}

impl Difference {
    /// The interval excludes 0.
    pub fn is_settled(&self) -> bool {
        self.interval.is_some_and(|[low, high]| low > 0.0 || high < 0.0)
    }
}

/// Sums of one model's graded episodes on one task.
#[derive(Clone, Copy, Default)]
struct Sums {
    episodes: usize,
    passed: f64,
    reward: f64,
}

/// Compares two runs: every model that both have, or, where each has a single one, these two.
///
/// # Errors
/// They share no task with a graded episode on both sides, or no model.
pub fn compare(a: &Side<'_>, b: &Side<'_>) -> Result<Vec<Comparison>, LabError> {
    let (of_a, of_b) = (by_model(a.tallies), by_model(b.tallies));
    let mut pairs: Vec<(&String, &String)> =
        of_a.keys().filter(|model| of_b.contains_key(*model)).map(|model| (model, model)).collect();
    if pairs.is_empty() && of_a.len() == 1 && of_b.len() == 1 {
        pairs.extend(of_a.keys().zip(of_b.keys()));
    }
    if pairs.is_empty() {
        return Err(LabError::usage(
            format!("{} and {} have no model in common", a.run, b.run),
            "compare runs of the same models, or two runs of a single model each",
        ));
    }
    let compared: Vec<Comparison> =
        pairs.into_iter().filter_map(|(left, right)| one(left, &of_a[left], right, &of_b[right])).collect();
    if compared.is_empty() {
        return Err(LabError::usage(
            format!("{} and {} have no graded task in common", a.run, b.run),
            "play the second model on the first run's tasks: --dataset takes their ids",
        ));
    }
    Ok(compared)
}

fn by_model(tallies: &[Tally]) -> BTreeMap<String, BTreeMap<TaskId, Sums>> {
    let mut models: BTreeMap<String, BTreeMap<TaskId, Sums>> = BTreeMap::new();
    for outcome in tallies.iter().map(|tally| &tally.outcome) {
        let tasks = models.entry(outcome.model.clone()).or_default();
        let Some(reward) = outcome.counted() else { continue };
        let sums = tasks.entry(outcome.task.clone()).or_default();
        sums.episodes += 1;
        sums.passed += f64::from(u8::from(outcome.passed));
        sums.reward += reward;
    }
    models
}

fn one(
    model_a: &str,
    of_a: &BTreeMap<TaskId, Sums>,
    model_b: &str,
    of_b: &BTreeMap<TaskId, Sums>,
) -> Option<Comparison> {
    let shared: Vec<(Sums, Sums)> =
        of_a.iter().filter_map(|(task, sums)| Some((*sums, *of_b.get(task)?))).collect();
    if shared.is_empty() {
        return None;
    }
    let seed = Seed::named("compare").derive(&format!("{model_a}/{model_b}"));
    let difference = |name: &str, of: fn(&Sums) -> f64| {
        let mean = |sums: &Sums| of(sums) / sums.episodes as f64;
        let sides: Vec<(f64, f64)> = shared.iter().map(|(a, b)| (mean(a), mean(b))).collect();
        differ(&sides, seed.derive(name))
    };
    let pass = difference("pass", |sums| sums.passed);
    let gaps: Vec<f64> =
        shared.iter().map(|(a, b)| a.passed / a.episodes as f64 - b.passed / b.episodes as f64).collect();
    Some(Comparison {
        model_a: model_a.to_owned(),
        model_b: model_b.to_owned(),
        tasks: shared.len(),
        episodes_a: shared.iter().map(|(a, _)| a.episodes).sum(),
        episodes_b: shared.iter().map(|(_, b)| b.episodes).sum(),
        reward: difference("reward", |sums| sums.reward),
        tasks_to_settle: if pass.is_settled() { None } else { to_settle(&gaps) },
        pass,
    })
}

fn differ(sides: &[(f64, f64)], seed: Seed) -> Difference {
    let n = sides.len() as f64;
    let a = sides.iter().map(|(a, _)| a).sum::<f64>() / n;
    let b = sides.iter().map(|(_, b)| b).sum::<f64>() / n;
    let gaps: Vec<f64> = sides.iter().map(|(a, b)| a - b).collect();
    let config = BootstrapConfig { resamples: RESAMPLES, confidence: CONFIDENCE, seed };
    let drawn = (gaps.len() > 1).then(|| bootstrap_mean(&gaps, &config).interval);
    Difference { a, b, difference: a - b, interval: drawn.map(|interval| [interval.low, interval.high]) }
}

/// Tasks at which the mean gap would lie `z` standard errors from 0, if mean and spread stay.
fn to_settle(gaps: &[f64]) -> Option<u64> {
    let n = gaps.len() as f64;
    let mean = gaps.iter().sum::<f64>() / n;
    let variance = gaps.iter().map(|gap| (gap - mean) * (gap - mean)).sum::<f64>() / (n - 1.0);
    if gaps.len() < 2 || mean == 0.0 {
        return None;
    }
    let z = normal_quantile(0.5 + 0.5 * CONFIDENCE);
    Some(libm::ceil(z * z * variance / (mean * mean)).max(n + 1.0) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Outcome;
    use crate::testing;

    /// A run in which `model` earns `rewards[task][rollout]`.
    fn tallies(model: &str, rewards: &[&[f64]]) -> Vec<Tally> {
        let mut tallies = Vec::new();
        for (task, rewards) in rewards.iter().enumerate() {
            for reward in *rewards {
                let number = tallies.len() as u32;
                let mut outcome = Outcome::of(&testing::record(number, 0, Some(*reward)));
                outcome.task = testing::generated(task as u64).task.id;
                outcome.model = model.to_owned();
                outcome.passed = *reward >= 0.5;
                tallies.push(Tally { number, attempt: 0, outcome });
            }
        }
        tallies
    }

    fn compared(a: &[Tally], b: &[Tally]) -> Result<Vec<Comparison>, LabError> {
        let (first, second) = (RunId("a".to_owned()), RunId("b".to_owned()));
        compare(&Side { run: &first, tallies: a }, &Side { run: &second, tallies: b })
    }

    #[test]
    fn what_tasks_share_cancels() {
        // One task is hard for both, the other easy; the first model is better by a quarter on each.
        let better: Vec<&[f64]> = vec![&[1.0, 0.0, 0.0, 0.0], &[1.0, 1.0, 1.0, 1.0]];
        let worse: Vec<&[f64]> = vec![&[0.0, 0.0, 0.0, 0.0], &[1.0, 1.0, 1.0, 0.0]];
        let found = compared(&tallies("m", &better), &tallies("n", &worse)).unwrap().remove(0);
        assert_eq!((found.tasks, found.episodes_a, found.pass.difference), (2, 8, 0.25));
        assert_eq!(found.pass.interval, Some([0.25, 0.25]));
        assert!(found.pass.is_settled() && found.tasks_to_settle.is_none());
    }

    #[test]
    fn a_difference_in_the_noise_says_what_would_settle_it() {
        let left: Vec<&[f64]> = vec![&[1.0], &[0.0], &[1.0], &[0.0], &[1.0]];
        let right: Vec<&[f64]> = vec![&[0.0], &[1.0], &[0.0], &[0.0], &[1.0]];
        let found = compared(&tallies("m", &left), &tallies("m", &right)).unwrap().remove(0);
        assert!(!found.pass.is_settled());
        // Gaps 1, -1, 1, 0, 0: mean 0.2, variance 0.7; 1.96^2 * 0.7 / 0.04 = 67.2.
        assert_eq!(found.tasks_to_settle, Some(68));
        assert_eq!(compared(&tallies("m", &left), &tallies("m", &right)).unwrap().remove(0), found);
    }

    #[test]
    fn runs_without_a_common_task_or_model_are_refused() {
        let one = tallies("m", &[&[1.0]]);
        let mut other = one.clone();
        other[0].outcome.task = testing::generated(99).task.id;
        assert!(compared(&one, &other).unwrap_err().to_string().contains("no graded task in common"));
        let mut many = one.clone();
        many.extend(tallies("n", &[&[1.0]]));
        let strangers = tallies("o", &[&[1.0]]);
        assert!(compared(&many, &strangers).unwrap_err().to_string().contains("no model in common"));
    }
}
