//! `atif`: the Agent Trajectory Interchange Format 1.8, a file for each episode.

use std::fs;
use std::path::Path;

use envy_core::{Message, Turn, Verdict};
use serde_json::{Value, json};

use super::{Episode, Exported, RunExport, Source, arguments, calls};
use crate::error::LabError;

pub(super) struct Atif;

impl RunExport for Atif {
    fn name(&self) -> &'static str {
        "atif"
    }

    fn doc(&self) -> &'static str {
        "Trajectories in ATIF 1.8, one JSON file an episode."
    }

    fn write(&self, source: &Source<'_>, out: &Path) -> Result<Exported, LabError> {
        let mut exported = Exported::default();
        for tally in source.tallies()? {
            let episode = source.episode(tally.number)?;
            let path = out.join(format!("{}-{:06}.json", source.run, episode.number));
            let text =
                serde_json::to_string_pretty(&trajectory(source, &episode)).expect("JSON is plain data");
            fs::write(&path, text).map_err(|error| LabError::file("write", &path, &error))?;
            exported.files.push(path);
            exported.episodes += 1;
        }
        Ok(exported)
    }
}

fn trajectory(source: &Source<'_>, episode: &Episode) -> Value {
    let record = &episode.record;
    let mut steps = Vec::new();
    for message in &record.trajectory.opening {
        let (who, text) = match message {
            Message::System { text } => ("system", text),
            Message::User { text } => ("user", text),
            Message::Assistant(_) | Message::Tools { .. } => continue,
        };
        steps.push(json!({"step_id": steps.len() + 1, "source": who, "message": text}));
    }
    for turn in &record.trajectory.turns {
        steps.push(step(steps.len() + 1, turn, &record.episode.model));
    }
    if steps.is_empty() {
        // The format wants a step even of an episode that never began.
        steps.push(json!({"step_id": 1, "source": "system", "message": "the episode never began"}));
    }
    let (prompt, completion, cost) = record.trajectory.turns.iter().fold((0, 0, 0.0), |sums, turn| {
        let usage = &turn.reply.usage;
        (sums.0 + usage.prompt_tokens, sums.1 + usage.completion_tokens, sums.2 + usage.cost.unwrap_or(0.0))
    });
    json!({
        "schema_version": "ATIF-v1.8",
        "session_id": format!("{}/{}", source.run, episode.number),
        "agent": {
            "name": "envy",
            "version": env!("CARGO_PKG_VERSION"),
            "model_name": record.episode.model,
        },
        "final_metrics": {
            "total_prompt_tokens": prompt,
            "total_completion_tokens": completion,
            "total_cost_usd": cost,
            "total_steps": steps.len(),
        },
        "steps": steps,
        "extra": {
            "task": record.task,
            "task_digest": record.task_digest,
            "end": record.end,
            "seal": episode.seal,
            "verdict": match (&record.verdict, record.counted()) {
                (Verdict::Void(fault), _) => json!({"void": fault}),
                (_, score) => score.map_or(Value::Null, |score| {
                    json!({"reward": score.reward, "passed": score.passed, "metrics": score.metrics})
                }),
            },
            "integrity": record.integrity,
        },
    })
}

fn step(number: usize, turn: &Turn, model: &str) -> Value {
    let mut step = json!({
        "step_id": number,
        "source": "agent",
        "model_name": model,
        "message": turn.reply.text,
        "extra": {"model_ms": turn.model_ms, "tools_ms": turn.tools_ms},
    });
    let named = calls(turn);
    if !named.is_empty() {
        let call = |(id, call): &(String, &envy_core::ToolCall)| json!({"tool_call_id": id, "function_name": call.name, "arguments": arguments(call)});
        step["tool_calls"] = named.iter().map(call).collect();
        let result = |((id, _), seen): (&(String, &envy_core::ToolCall), &envy_core::Observation)| json!({"source_call_id": id, "content": seen.text, "extra": {"is_error": seen.is_error}});
        let results: Vec<Value> = named.iter().zip(&turn.observations).map(result).collect();
        step["observation"] = json!({"results": results});
    }
    let usage = &turn.reply.usage;
    if usage.prompt_tokens > 0 {
        let mut metrics = json!({
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            "cached_tokens": usage.cached_tokens,
        });
        if let Some(cost) = usage.cost {
            metrics["cost_usd"] = cost.into();
        }
        if let Some(tokens) = &turn.reply.tokens {
            metrics["prompt_token_ids"] = json!(tokens.prompt_ids);
            metrics["completion_token_ids"] = json!(tokens.completion_ids);
            metrics["logprobs"] = json!(tokens.logprobs);
        }
        step["metrics"] = metrics;
    }
    step
}
