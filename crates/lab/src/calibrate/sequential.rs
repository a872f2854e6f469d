//! Sequential placement: which episodes are still worth playing once some are over.

use std::collections::{BTreeMap, BTreeSet};

use super::band::{BATCH, Band, Place};
use crate::store::{Cell, Tally};

/// Of the cells that are `left`, those of the next batch: for each task and model whose pass rate is not yet placed, as
/// many as fill up a batch of graded episodes. Cells in `tried` came out void in this process; they wait for the next one.
pub(crate) fn next_batch(
    band: Band,
    cells: impl Iterator<Item = Cell>,
    left: &BTreeMap<u32, u32>,
    tallies: &[Tally],
    tried: &BTreeSet<u32>,
) -> Vec<(Cell, u32)> {
    let graded: BTreeMap<u32, bool> = tallies
        .iter()
        .filter(|tally| tally.outcome.counted().is_some())
        .map(|tally| (tally.number, tally.outcome.passed))
        .collect();
    let mut pairs: BTreeMap<(usize, usize), Pair> = BTreeMap::new();
    for cell in cells {
        let pair = pairs.entry((cell.model, cell.task)).or_default();
        match (graded.get(&cell.number), left.get(&cell.number)) {
            (Some(passed), _) => {
                pair.episodes += 1;
                pair.passed += u64::from(*passed);
            }
            (None, Some(attempt)) if !tried.contains(&cell.number) => pair.waiting.push((cell, *attempt)),
            _ => {}
        }
    }
    let open =
        pairs.into_values().filter(|pair| band.place(pair.passed, pair.episodes).place == Place::Undecided);
    open.flat_map(|pair| {
        let wanted = BATCH - pair.episodes % BATCH;
        pair.waiting.into_iter().take(wanted as usize)
    })
    .collect()
}

/// One task with one model.
#[derive(Default)]
struct Pair {
    episodes: u64,
    passed: u64,
    waiting: Vec<(Cell, u32)>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Outcome;
    use crate::testing;

    /// Plays batches until there are none: the episodes of each of two tasks, one solved always, one a fifth of the time.
    #[test]
    fn a_task_is_played_until_it_is_placed_and_no_further() {
        let mut plan = testing::plan();
        plan.rollouts = 64;
        plan.models.truncate(1);
        plan.tasks.push(plan.tasks[0].clone());
        plan.tasks.truncate(2);
        let mut tallies: Vec<Tally> = Vec::new();
        let mut batches = 0;
        loop {
            let done: BTreeSet<u32> = tallies.iter().map(|tally| tally.number).collect();
            let left = plan.cells().filter(|cell| !done.contains(&cell.number)).map(|cell| (cell.number, 0));
            let batch =
                next_batch(Band::standard(), plan.cells(), &left.collect(), &tallies, &BTreeSet::new());
            if batch.is_empty() {
                break;
            }
            batches += 1;
            for (cell, _) in batch {
                let mut outcome = Outcome::of(&testing::record(cell.number, 0, Some(0.0)));
                outcome.passed = cell.task == 0 || cell.rollout % 5 == 0;
                tallies.push(Tally { number: cell.number, attempt: 0, outcome });
            }
        }
        let of_task = |task: usize| {
            let numbers: BTreeSet<u32> =
                plan.cells().filter(|cell| cell.task == task).map(|cell| cell.number).collect();
            tallies.iter().filter(|tally| numbers.contains(&tally.number)).count() as u64
        };
        assert_eq!(of_task(0), 4);
        assert!((20..64).contains(&of_task(1)) && of_task(1) % BATCH == 0, "{}", of_task(1));
        assert_eq!(batches as u64, of_task(1) / BATCH);
    }

    #[test]
    fn a_void_episode_does_not_hold_the_run_up() {
        let mut plan = testing::plan();
        plan.rollouts = 64;
        let left: BTreeMap<u32, u32> = plan.cells().map(|cell| (cell.number, 0)).collect();
        let first = next_batch(Band::standard(), plan.cells(), &left, &[], &BTreeSet::new());
        let tried: BTreeSet<u32> = first.iter().map(|(cell, _)| cell.number).collect();
        let second = next_batch(Band::standard(), plan.cells(), &left, &[], &tried);
        assert_eq!(first.len(), second.len());
        assert!(second.iter().all(|(cell, _)| !tried.contains(&cell.number)));
    }
}
