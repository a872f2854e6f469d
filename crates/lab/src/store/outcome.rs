//! Outcome: what a report needs of a record, kept beside it so that a report opens no record.

use std::collections::BTreeMap;

use envy_core::{End, FaultKind, Record, TaskId, Verdict};
use serde::{Deserialize, Serialize};

/// What a report needs of a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The task.
    pub task: TaskId,
    /// The model.
    pub model: String,
    /// Which rollout of the task.
    pub rollout: u32,
    /// Why the episode ended.
    pub end: End,
    /// The reward as it counts, or nothing if the episode is void.
    pub reward: Option<f64>,
    /// The pass rule held.
    pub passed: bool,
    /// Whose fault a void is.
    pub fault: Option<FaultKind>,
    /// What happened then, for the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault_detail: Option<String>,
    /// The metrics of the score.
    pub metrics: BTreeMap<String, f64>,
    /// The names of the grader's flags, then of what was seen of cheating.
    pub flags: Vec<String>,
    /// The run leaves the episode out of every figure for what was seen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub filtered: bool,
    /// Model turns.
    pub turns: usize,
    /// Uses of `eval_model`.
    pub probes: u32,
    /// Tokens and money.
    pub tokens: Tokens,
    /// Wall clock with grading, milliseconds.
    pub wall_ms: u64,
}

/// Tokens and money of an episode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tokens {
    /// Tokens read.
    pub read: u64,
    /// Tokens written.
    pub written: u64,
    /// US dollars, as far as prices are known.
    pub cost: f64,
    /// Of those read, tokens from the provider's cache.
    #[serde(default)]
    pub cached: u64,
    /// Tokens read and written at a price that is not known: `cost` does not hold them.
    #[serde(default)]
    pub unpriced: u64,
}

impl Outcome {
    /// The outcome of a record.
    pub fn of(record: &Record) -> Self {
        let score = record.verdict.score();
        let counted = score.map(|score| record.integrity.counted(score.reward, score.passed));
        let own = score.into_iter().flat_map(|score| score.flags.iter().map(|flag| flag.name.clone()));
        let seen = record.integrity.kinds().into_iter().map(|kind| kind.word().to_owned());
        let mut tokens = Tokens::default();
        for turn in &record.trajectory.turns {
            let usage = &turn.reply.usage;
            tokens.read += usage.prompt_tokens;
            tokens.cached += usage.cached_tokens;
            tokens.written += usage.completion_tokens;
            match usage.cost {
                Some(cost) => tokens.cost += cost,
                None => tokens.unpriced += usage.prompt_tokens + usage.completion_tokens,
            }
        }
        Self {
            task: record.task.clone(),
            model: record.episode.model.clone(),
            rollout: record.rollout,
            end: record.end,
            reward: counted.map(|(reward, _)| reward),
            passed: counted.is_some_and(|(_, passed)| passed),
            fault: match &record.verdict {
                Verdict::Graded(_) => None,
                Verdict::Void(fault) => Some(fault.kind),
            },
            fault_detail: match &record.verdict {
                Verdict::Graded(_) => None,
                Verdict::Void(fault) => Some(fault.detail.clone()),
            },
            metrics: score.map(|score| score.metrics.clone()).unwrap_or_default(),
            flags: own.chain(seen).collect(),
            filtered: record.integrity.is_filtered(),
            turns: record.trajectory.turns.len(),
            probes: record.probes,
            tokens,
            wall_ms: record.wall_ms,
        }
    }

    /// The reward of an episode that counts: nothing of a void, and of one that is left out.
    pub fn counted(&self) -> Option<f64> {
        self.reward.filter(|_| !self.filtered)
    }
}

#[cfg(test)]
mod tests {
    use envy_core::{FlagKind, IntegrityFlag, IntegrityMode};
    use serde_json::Value;

    use super::*;
    use crate::testing;

    #[test]
    fn records_and_outcomes_from_before_integrity_are_read() {
        let without = |mut value: Value, names: &[&str]| {
            for name in names {
                value.as_object_mut().unwrap().remove(*name);
            }
            value
        };
        let record = testing::record(0, 0, Some(1.0));
        let mut old = without(serde_json::to_value(&record).unwrap(), &["integrity"]);
        old["episode"] = without(old["episode"].clone(), &["integrity"]);
        assert_eq!(serde_json::from_value::<Record>(old).unwrap(), record);
        let outcome = Outcome::of(&record);
        let old = without(serde_json::to_value(&outcome).unwrap(), &["filtered"]);
        assert_eq!(serde_json::from_value::<Outcome>(old).unwrap(), outcome);
    }

    #[test]
    fn what_counts_follows_the_mode_and_the_verdict_stays() {
        let mut record = testing::record(0, 0, Some(1.0));
        record.integrity.flags = vec![IntegrityFlag::new(FlagKind::Network, "x")];
        for (mode, reward, passed, counted) in [
            (IntegrityMode::Report, 1.0, true, Some(1.0)),
            (IntegrityMode::Penalise, 0.0, false, Some(0.0)),
            (IntegrityMode::Filter, 1.0, true, None),
        ] {
            record.integrity.mode = mode;
            let outcome = Outcome::of(&record);
            assert_eq!((outcome.reward, outcome.passed, outcome.counted()), (Some(reward), passed, counted));
            assert_eq!(outcome.flags, ["network"]);
            assert_eq!(record.counted().map(|score| score.reward), counted);
            assert!(record.verdict.score().unwrap().passed);
        }
    }
}
