//! Tasks: what one model did on each task of a run.

use std::collections::BTreeMap;

use envy_core::{EnvironmentInfo, TaskId};
use envy_learn::trials::{pass_all, pass_at};
use envy_learn::{Attempts, Rasch, RaschConfig};
use serde::Serialize;

use super::band::{Band, Placement};
use super::dials::{Turn, turn};
use crate::store::{Outcome, Plan};

/// The numbers of attempts for which a report gives the chance that one, or all, of them pass.
const ATTEMPTS: &[u64] = &[1, 2, 4, 8, 16, 32];

/// One model on one task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskRow {
    /// The task.
    pub task: TaskId,
    /// Mean reward of the graded episodes; null without any.
    pub reward_mean: Option<f64>,
    /// Where its pass rate lies, by its own episodes.
    pub placement: Placement,
    /// The knob to turn, if it lies outside the band.
    pub turn: Option<Turn>,
    /// The chance of a pass when the tasks of the run are pooled: a task with few episodes borrows from the others
    /// (one-parameter logistic model).
    pub chance: f64,
    /// Difficulty in logits around the run's tasks, by the same model.
    pub difficulty: f64,
    /// Its standard error.
    pub difficulty_error: f64,
}

/// The rows of one model, in the order of the plan.
pub(crate) fn rows(
    plan: &Plan,
    info: &EnvironmentInfo,
    graded: &[(&Outcome, f64)],
    band: Band,
) -> Vec<TaskRow> {
    let mut sums: BTreeMap<&TaskId, (u64, u64, f64)> = BTreeMap::new();
    for (outcome, reward) in graded {
        let (passed, episodes, sum) = sums.entry(&outcome.task).or_default();
        *passed += u64::from(outcome.passed);
        *episodes += 1;
        *sum += reward;
    }
    let of = |task: &TaskId| sums.get(task).copied().unwrap_or_default();
    let seen: Vec<Attempts> = plan
        .tasks
        .iter()
        .enumerate()
        .map(|(task, planned)| {
            let (passed, episodes, _) = of(&planned.id);
            Attempts { agent: 0, task, passed: passed as f64, trials: episodes as f64 }
        })
        .collect();
    let pooled = Rasch::fit(1, plan.tasks.len(), &seen, &RaschConfig::standard());
    let row = |(index, task): (usize, &TaskId)| {
        let (passed, episodes, sum) = of(task);
        let placement = band.place(passed, episodes);
        TaskRow {
            turn: turn(info, placement.place),
            task: task.clone(),
            reward_mean: (episodes > 0).then(|| sum / episodes as f64),
            placement,
            chance: pooled.chance(0, index),
            difficulty: pooled.difficulties[index],
            difficulty_error: pooled.errors[index],
        }
    };
    plan.tasks.iter().map(|planned| &planned.id).enumerate().map(row).collect()
}

/// The mean over tasks of the chance that one (pass@k) and that all (pass^k) of k attempts pass, for each k that every task
/// with an episode has the episodes for.
pub(crate) fn attempts(rows: &[TaskRow]) -> (BTreeMap<u64, f64>, BTreeMap<u64, f64>) {
    let counts: Vec<(u64, u64)> = rows
        .iter()
        .map(|row| (row.placement.passed, row.placement.episodes))
        .filter(|(_, episodes)| *episodes > 0)
        .collect();
    let mean = |k: u64, of: fn(u64, u64, u64) -> Option<f64>| {
        let each: Option<Vec<f64>> =
            counts.iter().map(|(passed, episodes)| of(k, *passed, *episodes)).collect();
        each.filter(|each| !each.is_empty()).map(|each| (k, each.iter().sum::<f64>() / each.len() as f64))
    };
    let of = |of: fn(u64, u64, u64) -> Option<f64>| ATTEMPTS.iter().filter_map(|k| mean(*k, of)).collect();
    (of(pass_at), of(pass_all))
}

#[cfg(test)]
mod tests {
    use envy_core::Environment as _;

    use super::*;
    use crate::testing::{self, Guess};

    #[test]
    fn tasks_are_placed_one_by_one_and_pooled() {
        let mut plan = testing::plan();
        plan.tasks = vec![plan.tasks[0].clone(), plan.tasks[0].clone()];
        plan.tasks[1].id = testing::generated(5).task.id;
        let outcome = |task: usize, passed: bool| {
            let mut outcome = Outcome::of(&testing::record(0, 0, Some(f64::from(u8::from(passed)))));
            outcome.task = plan.tasks[task].id.clone();
            outcome.passed = passed;
            outcome
        };
        let outcomes: Vec<Outcome> = [true, true, true, true, false, false, true, false]
            .iter()
            .enumerate()
            .map(|(n, p)| outcome(n / 4, *p))
            .collect();
        let graded: Vec<(&Outcome, f64)> =
            outcomes.iter().map(|outcome| (outcome, outcome.reward.unwrap())).collect();
        let rows = rows(&plan, Guess.info(), &graded, Band::standard());
        assert_eq!((rows[0].placement.passed, rows[1].placement.passed), (4, 1));
        assert_eq!((rows[0].reward_mean, rows[1].reward_mean), (Some(1.0), Some(0.25)));
        assert!(rows[0].chance < 1.0 && rows[0].chance > rows[1].chance && rows[1].chance > 0.25);
        let (any, all) = attempts(&rows);
        assert_eq!((any[&1], all[&1]), (0.625, 0.625));
        assert_eq!((any[&4], all[&4]), (1.0, 0.5));
        assert!(!any.contains_key(&8));
    }
}
