//! Plan: all that a run is going to do, written before it starts, so that it can be resumed.

use std::path::PathBuf;

use envy_core::{Digest, EpisodeSpec, Expert, TaskId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::calibrate::band::Band;
use crate::judge::JudgeSettings;
use crate::models::ModelSettings;

/// What a run does: every task with every model, so many times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Always `envy.run-plan/1`.
    pub schema: String,
    /// The environment's registry name.
    pub environment: String,
    /// The tasks.
    pub tasks: Vec<PlannedTask>,
    /// The models, as on the command line.
    pub models: Vec<String>,
    /// How they are reached.
    #[serde(default)]
    pub reach: ModelSettings,
    /// Who rules on what cannot be decided otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge: Option<JudgeSettings>,
    /// Rollouts of each task with each model; 0 if whoever plays decides how many there are, as on a server.
    pub rollouts: u32,
    /// Play each task with each model only until its pass rate is placed in this band; `rollouts` is then the most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_placed: Option<Band>,
    /// How each is attempted; the model's name is each cell's own.
    pub episode: EpisodeSpec,
    /// Every value that the user could set, and where it came from; for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<Setting>,
}

/// A value that a user could set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// Its flag without the dashes.
    pub name: String,
    /// The value; null if it is unset.
    pub value: Value,
    /// What set it: `flag`, the configuration file, the preset or `default`.
    pub from: String,
}

/// A task of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedTask {
    /// Its name.
    pub id: TaskId,
    /// The digest of the whole task: a resumed run works on the same bytes.
    pub digest: Digest,
    /// Where it lies.
    pub folder: PathBuf,
    /// What perfect work would score on it, if that is kept with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expert: Option<Expert>,
    /// It was emitted without a certificate: part of what others are scored on is no part of its score.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub uncertified: bool,
}

/// One episode of a run, by its indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Its number in the run, from 0.
    pub number: u32,
    /// Index of the task.
    pub task: usize,
    /// Index of the model.
    pub model: usize,
    /// Which rollout, from 0.
    pub rollout: u32,
}

impl Plan {
    /// Every episode, in order: model by model, task by task, rollout by rollout.
    pub fn cells(&self) -> impl Iterator<Item = Cell> + '_ {
        let (tasks, models) = (self.tasks.len(), self.models.len());
        let each = (0..models).flat_map(move |model| (0..tasks).map(move |task| (model, task)));
        let each =
            each.flat_map(|(model, task)| (0..self.rollouts).map(move |rollout| (model, task, rollout)));
        each.enumerate().map(|(number, (model, task, rollout))| Cell {
            number: number as u32,
            task,
            model,
            rollout,
        })
    }

    /// How many episodes there are to be, unless whoever plays decides that, or what is seen.
    pub fn episodes(&self) -> Option<usize> {
        (self.rollouts > 0 && self.until_placed.is_none())
            .then(|| self.tasks.len() * self.models.len() * self.rollouts as usize)
    }
}
