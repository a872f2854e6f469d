//! Replays: the episodes of a recorded run once more, with the replies that lie in the store and without a network.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use envy_core::{End, Model, Record, RunId, Seed, Trajectory};
use envy_models::{REPLAY_PREFIX, Replay, Tape};

use crate::error::LabError;
use crate::stage::episode_seed;
use crate::store::{Plan, Reader};

/// What stands after `replay/` in a model's name, if it is one.
pub fn run_of(model: &str) -> Option<&str> {
    model.split_once('/').filter(|(prefix, _)| *prefix == REPLAY_PREFIX).map(|(_, run)| run)
}

/// A recorded run that can be played again.
pub struct Source {
    run: RunId,
    plan: Plan,
    store: PathBuf,
}

/// How the episodes of a replay came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// With the recorded trajectory and verdict.
    pub same: usize,
    /// The numbers of the others.
    pub different: Vec<u32>,
}

impl Source {
    /// The run that `written` means.
    ///
    /// # Errors
    /// There is none, it was not recorded, or it has several models.
    pub fn find(written: &str, store: &Path) -> Result<Self, LabError> {
        let reader = Reader::open(store)?;
        let run = reader.find(written)?;
        let plan = reader.plan(&run)?;
        if !plan.reach.record {
            return Err(LabError::usage(
                format!("{run} was not recorded"),
                "record a run with `envy eval --model MODEL --record`, then replay that",
            ));
        }
        if let [_, _, ..] = plan.models[..] {
            return Err(LabError::usage(
                format!("{run} has {} models, and a replay is of one", plan.models.len()),
                "record a run of one model with `envy eval --model MODEL --record`, then replay that",
            ));
        }
        Ok(Self { run, plan, store: store.to_owned() })
    }

    /// What the recorded run did: a replay does the same.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The name of the replay, with the whole id of its run: `last` would soon mean another one.
    pub fn name(&self) -> String {
        format!("{REPLAY_PREFIX}/{}", self.run)
    }

    /// The run as a model.
    pub fn model(self) -> Arc<dyn Model> {
        let name = self.name();
        let Self { run, plan, store } = self;
        let seed = |task: usize, rollout| episode_seed(&plan.tasks[task].id, rollout).token();
        let numbers: BTreeMap<String, u32> =
            plan.cells().map(|cell| (seed(cell.task, cell.rollout), cell.number)).collect();
        Arc::new(Replay::new(name, move |seed: &Seed| {
            let number =
                numbers.get(&seed.token()).ok_or("the run has no episode of this task and rollout")?;
            let reader = Reader::open(&store).map_err(|error| error.to_string())?;
            tape(reader.record(&run, *number).map_err(|error| error.to_string())?.record)
        }))
    }

    /// Compares the episodes of `again` with the recorded ones.
    ///
    /// # Errors
    /// The store failed.
    pub fn compare(&self, reader: &Reader, again: &RunId) -> Result<Compared, LabError> {
        let mut compared = Compared::default();
        for tally in reader.tallies(again)? {
            let (old, new) = (reader.record(&self.run, tally.number)?, reader.record(again, tally.number)?);
            if same(old.record, new.record) {
                compared.same += 1;
            } else {
                compared.different.push(tally.number);
            }
        }
        Ok(compared)
    }
}

/// What was said in a recorded episode.
fn tape(record: Record) -> Result<Tape, String> {
    if let (End::Fault | End::TimeLimit, _) | (_, None) = (record.end, record.verdict.score()) {
        return Err("the recorded episode ended by a fault or by its time limit".to_owned());
    }
    let turns = record.trajectory.turns;
    let limit = record.episode.limits.tokens_max;
    let tokens = |usage: envy_core::Usage| usage.prompt_tokens + usage.completion_tokens;
    let used: u64 = turns.iter().map(|turn| tokens(turn.reply.usage)).sum();
    Ok(Tape {
        opening: record.trajectory.opening,
        overflows: record.end == End::TokenLimit && limit.is_none_or(|most| used < most),
        replies: turns.into_iter().map(|turn| turn.reply).collect(),
    })
}

/// The same trajectory and verdict; only the time that things took may differ.
fn same(old: Record, new: Record) -> bool {
    let timeless = |mut trajectory: Trajectory| {
        for turn in &mut trajectory.turns {
            (turn.model_ms, turn.tools_ms) = (0, 0);
        }
        trajectory
    };
    (old.end, old.verdict) == (new.end, new.verdict) && timeless(old.trajectory) == timeless(new.trajectory)
}
