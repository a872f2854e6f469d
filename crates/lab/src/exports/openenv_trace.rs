//! `openenv-trace`: what a trainer learns from, in OpenEnv's form (`TrainingTrace`, version 1): the engine's own token ids
//! and log-probabilities of each call, with the mask that says which tokens are the model's. Nothing is tokenised again.

use std::path::Path;

use envy_core::{Tokens, Turn};
use serde_json::{Value, json};

use super::{Episode, Exported, RunExport, Source, arguments, calls};
use crate::error::LabError;

pub(super) struct OpenenvTrace;

impl RunExport for OpenenvTrace {
    fn name(&self) -> &'static str {
        "openenv-trace"
    }

    fn doc(&self) -> &'static str {
        "Token ids, log-probabilities and masks for trainers, one JSON object a line."
    }

    fn write(&self, source: &Source<'_>, out: &Path) -> Result<Exported, LabError> {
        let path = out.join(format!("{}.traces.jsonl", source.run));
        let exported = source.lines(path.clone(), |episode| {
            let score = episode.record.counted()?;
            Some(json!({
                "schema": "envy.trace/1",
                "run": source.run,
                "number": episode.number,
                "task": episode.record.task,
                "model": episode.record.episode.model,
                "reward": score.reward,
                "passed": score.passed,
                "trace": {"schema_version": 1, "turns": turns(&episode)?},
            }))
        })?;
        if exported.episodes > 0 {
            return Ok(exported);
        }
        std::fs::remove_file(&path).map_err(|error| LabError::file("remove", &path, &error))?;
        Err(LabError::usage(
            format!("no graded episode of {} holds the tokens of its model", source.run),
            "play with a server that gives them, such as vLLM or SGLang, by --base-url",
        ))
    }
}

/// The turns, if every one of them has its tokens: a gap would train on a context that the model never saw.
fn turns(episode: &Episode) -> Option<Vec<Value>> {
    let turns = episode.record.trajectory.turns.iter().enumerate();
    turns.map(|(index, turn)| trained(episode, index, turn)).collect()
}

fn trained(episode: &Episode, index: usize, turn: &Turn) -> Option<Value> {
    let tokens = turn.reply.tokens.as_ref().filter(|tokens| is_whole(tokens))?;
    let mut mask = vec![0_u8; tokens.prompt_ids.len()];
    mask.resize(tokens.prompt_ids.len() + tokens.completion_ids.len(), 1);
    let calls: Vec<Value> = calls(turn)
        .iter()
        .map(|(id, call)| json!({"id": id, "name": call.name, "arguments": arguments(call)}))
        .collect();
    Some(json!({
        "node_id": format!("{}/{index}", episode.number),
        "prompt_token_ids": tokens.prompt_ids,
        "completion_token_ids": tokens.completion_ids,
        "per_token_logps": tokens.logprobs,
        "loss_mask": mask,
        "request": {},
        "response": {"content": turn.reply.text, "tool_calls": calls, "finish_reason": turn.reply.finish},
        "metadata": {"usage": turn.reply.usage, "model_ms": turn.model_ms},
    }))
}

fn is_whole(tokens: &Tokens) -> bool {
    let finite = tokens.logprobs.iter().all(|one| one.is_finite());
    finite && !tokens.prompt_ids.is_empty() && tokens.logprobs.len() == tokens.completion_ids.len()
}
