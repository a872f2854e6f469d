//! Report: what each model earned in a run. The JSON of it is an interface: `docs/OUTPUT.md`.

use std::collections::{BTreeMap, BTreeSet};

use envy_core::{End, EnvironmentInfo, FaultKind, RunId, Seed};
use envy_learn::intervals::{BootstrapConfig, bootstrap_rows, wilson};
use serde::Serialize;

use crate::calibrate::band::{Band, Placement};
use crate::calibrate::dials::{Turn, turn};
use crate::calibrate::tasks::{self, TaskRow};
use crate::store::{Outcome, Plan, Tally};

/// The confidence of every interval in a report.
const CONFIDENCE: f64 = 0.95;

/// Resamples behind the interval of a mean reward.
const RESAMPLES: usize = 2_000;

/// What each model earned in one run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Always `envy.report/1`.
    pub schema: &'static str,
    /// The run.
    pub run: RunId,
    /// The environment's registry name.
    pub environment: String,
    /// Tasks of the run.
    pub tasks: usize,
    /// Of those, emitted without a certificate: a metric that cannot be measured on them is the mean of the others.
    pub uncertified: usize,
    /// Episodes that the run is to have.
    pub planned: usize,
    /// Episodes that are over, graded or void.
    pub finished: usize,
    /// One row for each model, in the order of the run.
    pub rows: Vec<Row>,
}

/// What one model earned. Figures cover graded episodes alone; voids are counted beside them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// `provider/name` or `policy/name`.
    pub model: String,
    /// Graded episodes.
    pub episodes: usize,
    /// Of those, passed.
    pub passed: usize,
    /// `passed / episodes`; null without episodes.
    pub pass_rate: Option<f64>,
    /// Wilson's 95 % interval of the pass rate; `[0, 1]` without episodes.
    pub pass_interval: [f64; 2],
    /// Mean reward; null without episodes.
    pub reward_mean: Option<f64>,
    /// Its 95 % bootstrap interval. Whole tasks are drawn, since episodes of one task are alike; with one task,
    /// episodes.
    pub reward_interval: Option<[f64; 2]>,
    /// Episodes without a score.
    pub voids: usize,
    /// Graded episodes that are left out of every figure for signs of cheating (`--integrity filter`).
    pub filtered: usize,
    /// Voids by whose fault they were.
    pub faults: BTreeMap<FaultKind, usize>,
    /// Mean of each metric of the environment over the episodes that have it.
    pub metrics: BTreeMap<String, f64>,
    /// Mean score of the environment's own model after an episode, as a share of the expert's; null if no task has one.
    pub expert_share: Option<f64>,
    /// Episodes with each flag of the grader or of integrity, those left out included.
    pub flags: BTreeMap<String, usize>,
    /// Graded episodes by how they ended.
    pub ends: BTreeMap<End, usize>,
    /// Mean model turns.
    pub turns_mean: Option<f64>,
    /// Mean uses of `eval_model`.
    pub probes_mean: Option<f64>,
    /// Mean wall clock of an episode with its grading, seconds.
    pub wall_s_mean: Option<f64>,
    /// Tokens read in all, voids included.
    pub tokens_read: u64,
    /// Of those, tokens from the provider's cache.
    pub tokens_cached: u64,
    /// Tokens written in all, voids included.
    pub tokens_written: u64,
    /// US dollars in all, voids included; null if a price is not known.
    pub cost: Option<f64>,
    /// US dollars of an episode in the mean, voids included; null if a price is not known.
    pub cost_mean: Option<f64>,
    /// What happened in the voids, each once, for the operator; at most five.
    pub fault_details: Vec<String>,
    /// Where the pass rate lies to the band of the run, or to 10-40 %.
    pub placement: Placement,
    /// The knob to turn, if the pass rate lies outside the band.
    pub turn: Option<Turn>,
    /// Mean over tasks of the chance that at least one of k attempts passes (pass@k).
    pub pass_at: BTreeMap<u64, f64>,
    /// Mean over tasks of the chance that all of k attempts pass (pass^k).
    pub pass_all: BTreeMap<u64, f64>,
    /// Each task by itself, in the order of the run.
    pub by_task: Vec<TaskRow>,
}

/// The report of a run from the last attempt of each of its sealed episodes.
pub fn report(run: &RunId, plan: &Plan, info: &EnvironmentInfo, tallies: &[Tally]) -> Report {
    let rows = plan.models.iter().map(|model| {
        let of_model = tallies.iter().map(|tally| &tally.outcome).filter(|outcome| outcome.model == *model);
        row(model, info, plan, &of_model.collect::<Vec<_>>())
    });
    Report {
        schema: "envy.report/1",
        run: run.clone(),
        environment: plan.environment.clone(),
        tasks: plan.tasks.len(),
        uncertified: plan.tasks.iter().filter(|task| task.uncertified).count(),
        planned: plan.episodes().unwrap_or(tallies.len()),
        finished: tallies.len(),
        rows: rows.collect(),
    }
}

fn row(model: &str, info: &EnvironmentInfo, plan: &Plan, outcomes: &[&Outcome]) -> Row {
    let graded: Vec<(&Outcome, f64)> =
        outcomes.iter().filter_map(|outcome| Some((*outcome, outcome.counted()?))).collect();
    let passed = graded.iter().filter(|(outcome, _)| outcome.passed).count();
    let rewards: Vec<f64> = graded.iter().map(|(_, reward)| *reward).collect();
    let mean_of = |figure: fn(&Outcome) -> f64| mean(graded.iter().map(|(outcome, _)| figure(outcome)));
    let interval = wilson(passed as u64, graded.len() as u64, CONFIDENCE);
    let is_priced = outcomes.iter().all(|outcome| outcome.tokens.unpriced == 0);
    let cost = is_priced.then(|| outcomes.iter().map(|outcome| outcome.tokens.cost).sum::<f64>());
    let band = plan.until_placed.unwrap_or_else(Band::standard);
    let by_task = tasks::rows(plan, info, &graded, band);
    let (pass_at, pass_all) = tasks::attempts(&by_task);
    let placement = band.place(passed as u64, graded.len() as u64);
    let mut metrics = BTreeMap::new();
    for name in info.metrics {
        let values = graded.iter().filter_map(|(outcome, _)| outcome.metrics.get(*name).copied());
        metrics.extend(mean(values).map(|mean| ((*name).to_owned(), mean)));
    }
    Row {
        model: model.to_owned(),
        episodes: graded.len(),
        passed,
        pass_rate: mean(graded.iter().map(|(outcome, _)| f64::from(u8::from(outcome.passed)))),
        pass_interval: [interval.low, interval.high],
        reward_mean: mean(rewards.iter().copied()),
        reward_interval: reward_interval(model, &graded),
        voids: outcomes.iter().filter(|outcome| outcome.reward.is_none()).count(),
        filtered: outcomes.iter().filter(|outcome| outcome.filtered).count(),
        faults: counts(outcomes.iter().filter_map(|outcome| outcome.fault)),
        metrics,
        expert_share: expert_share(plan, &graded),
        // A flag that an episode has twice, on two draws for one, is one flagged episode.
        flags: counts(
            outcomes.iter().flat_map(|outcome| outcome.flags.iter().cloned().collect::<BTreeSet<_>>()),
        ),
        ends: counts(graded.iter().map(|(outcome, _)| outcome.end)),
        turns_mean: mean_of(|outcome| outcome.turns as f64),
        probes_mean: mean_of(|outcome| f64::from(outcome.probes)),
        wall_s_mean: mean_of(|outcome| outcome.wall_ms as f64 / 1_000.0),
        tokens_read: outcomes.iter().map(|outcome| outcome.tokens.read).sum(),
        tokens_cached: outcomes.iter().map(|outcome| outcome.tokens.cached).sum(),
        tokens_written: outcomes.iter().map(|outcome| outcome.tokens.written).sum(),
        cost,
        cost_mean: cost.filter(|_| !outcomes.is_empty()).map(|cost| cost / outcomes.len() as f64),
        fault_details: fault_details(outcomes),
        placement,
        turn: turn(info, placement.place),
        pass_at,
        pass_all,
        by_task,
    }
}

/// How close the graded episodes came to the expert's score.
fn expert_share(plan: &Plan, graded: &[(&Outcome, f64)]) -> Option<f64> {
    let experts: BTreeMap<_, _> =
        plan.tasks.iter().filter_map(|task| Some((&task.id, task.expert.as_ref()?))).collect();
    mean(graded.iter().filter_map(|(outcome, _)| experts.get(&outcome.task)?.share(&outcome.metrics)))
}

/// How many different faults a report tells.
const FAULTS_TOLD: usize = 5;

/// What happened in the voids, each once.
fn fault_details(outcomes: &[&Outcome]) -> Vec<String> {
    let details = outcomes.iter().filter_map(|outcome| outcome.fault_detail.clone());
    details.collect::<BTreeSet<_>>().into_iter().take(FAULTS_TOLD).collect()
}

/// Bounds of the mean reward, drawing whole tasks where there are several.
fn reward_interval(model: &str, graded: &[(&Outcome, f64)]) -> Option<[f64; 2]> {
    let mut by_task: BTreeMap<_, Vec<f64>> = BTreeMap::new();
    for (outcome, reward) in graded {
        by_task.entry(&outcome.task).or_default().push(*reward);
    }
    let groups: Vec<Vec<f64>> = match by_task.len() {
        0 => return None,
        1 => graded.iter().map(|(_, reward)| vec![*reward]).collect(),
        _ => by_task.into_values().collect(),
    };
    let config = BootstrapConfig {
        resamples: RESAMPLES,
        confidence: CONFIDENCE,
        seed: Seed::named("report/reward").derive(model),
    };
    let drawn = bootstrap_rows(groups.len(), &config, |rows| {
        let rewards = rows.iter().flat_map(|row| &groups[*row as usize]);
        mean(rewards.copied()).unwrap_or_default()
    });
    Some([drawn.interval.low, drawn.interval.high])
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_usize), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f64)
}

fn counts<T: Ord>(items: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    for item in items {
        *counts.entry(item).or_insert(0) += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, Guess};
    use envy_core::Environment as _;

    fn reported(rewards: &[Option<f64>]) -> Report {
        let outcome = |(number, reward): (usize, &Option<f64>)| {
            Outcome::of(&testing::record(number as u32, 0, *reward))
        };
        reported_of(rewards.iter().enumerate().map(outcome))
    }

    fn reported_of(outcomes: impl Iterator<Item = Outcome>) -> Report {
        let tally = |(number, outcome)| Tally { number: number as u32, attempt: 0, outcome };
        let tallies: Vec<Tally> = outcomes.enumerate().map(tally).collect();
        let mut plan = testing::plan();
        plan.tasks[0].id = testing::record(0, 0, None).task;
        report(&RunId("run-1".to_owned()), &plan, Guess.info(), &tallies)
    }

    #[test]
    fn voids_are_counted_and_never_averaged_in() {
        let report = reported(&[Some(1.0), None, Some(0.5)]);
        let row = &report.rows[0];
        assert_eq!((row.episodes, row.passed, row.voids), (2, 1, 1));
        assert_eq!((row.pass_rate, row.reward_mean), (Some(0.5), Some(0.75)));
        assert_eq!(row.faults[&FaultKind::Sandbox], 1);
        assert_eq!(row.metrics["closeness"], 0.75);
        // Three quarters of the way from 0.4 to 0.8.
        assert_eq!(row.expert_share, Some((0.4 + 0.75 * 0.4) / 0.8));
        let [low, high] = row.reward_interval.unwrap();
        assert!((0.5..=0.75).contains(&low) && (0.75..=1.0).contains(&high));
        assert_eq!((report.planned, report.finished), (4, 3));
    }

    #[test]
    fn a_flag_that_an_episode_has_twice_is_one_flagged_episode() {
        let flagged = |flags: &[&str]| Outcome {
            flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
            ..Outcome::of(&testing::record(0, 0, Some(0.0)))
        };
        let report = reported_of([flagged(&["twice", "twice", "once"]), flagged(&["twice"])].into_iter());
        let flags = &report.rows[0].flags;
        assert_eq!((flags["twice"], flags["once"]), (2, 1));
    }

    #[test]
    fn the_documented_keys_are_there_also_without_an_episode() {
        let value = serde_json::to_value(reported(&[])).unwrap();
        assert_eq!((&value["run"], &value["environment"]), (&"run-1".into(), &"guess".into()));
        let row = &value["rows"][0];
        for key in
            ["model", "episodes", "passed", "pass_rate", "pass_interval", "reward_mean", "voids", "metrics"]
        {
            assert!(row.get(key).is_some(), "{key}");
        }
        assert_eq!(row["pass_interval"], serde_json::json!([0.0, 1.0]));
        assert!(row["reward_mean"].is_null());
    }
}
