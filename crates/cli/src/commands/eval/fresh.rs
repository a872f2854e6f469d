//! One episode on each of some fresh tasks: what another command plays.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::flags::{Args, AttemptFlags, FlowFlags, ModelFlags, NO_THRESHOLD, TaskFlags};
use crate::commands::judge::JudgeFlags;
use crate::difficulty::DifficultyFlags;

/// One episode on each of some fresh tasks: what another command has played.
pub(crate) struct Fresh {
    pub(crate) env: String,
    pub(crate) preset: Option<String>,
    /// Knobs over the preset's, name and value.
    pub(crate) knobs: Vec<(String, String)>,
    pub(crate) model: String,
    /// Model turns and tokens of a reply, where they are not the preset's or the default.
    pub(crate) max_steps: Option<u32>,
    pub(crate) max_tokens: Option<u32>,
    pub(crate) count: usize,
    pub(crate) seed: u64,
    /// Where the tasks go: not among the datasets, so that no evaluation takes them by itself.
    pub(crate) place: PathBuf,
    pub(crate) concurrency: Option<u32>,
    pub(crate) reach: ModelFlags,
}

impl Args {
    /// The flags that play one episode on each of some fresh tasks, at the environment's own threshold.
    pub(crate) fn fresh(fresh: Fresh) -> Self {
        let tasks = TaskFlags {
            env: Some(fresh.env),
            count: Some(fresh.count),
            seed: Some(fresh.seed),
            place: Some(fresh.place),
            knob: fresh.knobs.iter().map(|(name, value)| format!("{name}={value}")).collect(),
            ..TaskFlags::default()
        };
        let attempt = AttemptFlags {
            model: vec![fresh.model],
            difficulty: DifficultyFlags { preset: fresh.preset, ..DifficultyFlags::default() },
            num_runs: Some(1),
            max_steps: fresh.max_steps,
            max_tokens: fresh.max_tokens,
            threshold_file: Some(NO_THRESHOLD.to_owned()),
            ..AttemptFlags::default()
        };
        let flow = FlowFlags { concurrency: fresh.concurrency, ..FlowFlags::default() };
        Self {
            tasks,
            attempt,
            model: fresh.reach,
            judge: JudgeFlags::default(),
            flow,
            from_file: BTreeSet::new(),
        }
    }
}
