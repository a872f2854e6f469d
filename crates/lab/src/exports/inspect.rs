//! `inspect`: a log for Inspect's viewer and readers, one `.eval` file for each model of the run.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use envy_core::{Message, Record, Verdict};
use serde_json::{Value, json};

use super::zip::{Packer, Zip};
use super::{Episode, Exported, RunExport, Source, arguments, calls};
use crate::clock;
use crate::error::LabError;
use crate::store::Tally;

/// Words of the task in a sample's summary, bytes.
const SUMMARY_BYTES_MAX: usize = 1_024;

pub(super) struct Inspect;

impl RunExport for Inspect {
    fn name(&self) -> &'static str {
        "inspect"
    }

    fn doc(&self) -> &'static str {
        "Inspect logs, one .eval file a model, with messages, tool calls and scores."
    }

    fn write(&self, source: &Source<'_>, out: &Path) -> Result<Exported, LabError> {
        let tallies = source.tallies()?;
        let mut exported = Exported::default();
        for model in &source.plan.models {
            let own: Vec<&Tally> = tallies.iter().filter(|tally| tally.outcome.model == *model).collect();
            if own.is_empty() {
                continue;
            }
            let plain = |c: char| if c.is_ascii_alphanumeric() || "-.".contains(c) { c } else { '_' };
            let name: String = model.chars().map(plain).collect();
            let path = out.join(format!("{}_{name}.eval", source.run));
            log(source, model, &own, &path)?;
            exported.episodes += own.len();
            exported.files.push(path);
        }
        Ok(exported)
    }
}

fn log(source: &Source<'_>, model: &str, tallies: &[&Tally], path: &PathBuf) -> Result<(), LabError> {
    let failed = |error: std::io::Error| LabError::file("write", path, &error);
    let mut zip = Zip::new(BufWriter::new(File::create(path).map_err(failed)?));
    let eval = evaluation(source, model, tallies.len());
    let mut summaries = Packer::new();
    zip.add("_journal/start.json", &bytes(&json!({"version": 2, "eval": eval, "plan": {}})))
        .map_err(failed)?;
    for (index, tally) in tallies.iter().enumerate() {
        let sample = sample(&source.episode(tally.number)?);
        summaries.push(if index == 0 { b"[" } else { b"," });
        summaries.push(&bytes(&summary(&sample)));
        let (id, epoch) = (sample["id"].as_str().unwrap_or_default(), &sample["epoch"]);
        zip.add(&format!("samples/{id}_epoch_{epoch}.json"), &bytes(&sample)).map_err(failed)?;
    }
    summaries.push(b"]");
    zip.add_packed("summaries.json", summaries).map_err(failed)?;
    let rewards: Vec<f64> = tallies.iter().filter_map(|tally| tally.outcome.counted()).collect();
    let mut scores = Vec::new();
    if !rewards.is_empty() {
        let mean = rewards.iter().sum::<f64>() / rewards.len() as f64;
        let metrics = json!({"mean": {"name": "mean", "value": mean}});
        scores.push(json!({"name": "reward", "scorer": "reward", "metrics": metrics}));
    }
    let results =
        json!({"total_samples": tallies.len(), "completed_samples": rewards.len(), "scores": scores});
    let header =
        json!({"version": 2, "status": "success", "eval": eval, "plan": {}, "results": results, "stats": {}});
    zip.add("header.json", &bytes(&header)).map_err(failed)?;
    zip.finish().map_err(failed).map(drop)
}

fn evaluation(source: &Source<'_>, model: &str, samples: usize) -> Value {
    json!({
        "created": clock::written(clock::now()),
        "task": format!("envy/{}", source.plan.environment),
        "task_id": source.run, "run_id": source.run, "eval_id": format!("{}/{model}", source.run),
        "dataset": {"name": source.plan.environment, "samples": samples},
        "model": model,
        "config": {"epochs": source.plan.rollouts.max(1)},
        "metadata": {"run": source.run, "episode": source.plan.episode},
    })
}

fn sample(episode: &Episode) -> Value {
    let record = &episode.record;
    let mut sample = json!({
        "id": record.task,
        "epoch": record.rollout + 1,
        "input": opening(record, |message| matches!(message, Message::User { .. })),
        "target": "",
        "messages": messages(record),
        "output": output(record),
        "scores": {},
        "metadata": {"number": episode.number, "seal": episode.seal, "end": record.end, "probes": record.probes},
        "events": [],
        "model_usage": {record.episode.model.as_str(): usage(record)},
        "total_time": record.wall_ms as f64 / 1_000.0,
    });
    match &record.verdict {
        Verdict::Graded(score) => {
            let met = |one: &envy_core::Criterion| {
                format!("{} {}: {}", if one.met { "met" } else { "not met" }, one.name, one.detail)
            };
            let why: Vec<String> = score.criteria.iter().map(met).collect();
            sample["scores"]["reward"] = json!({
                "value": record.integrity.counted(score.reward, score.passed).0,
                "explanation": why.join("\n"),
                "metadata": {"passed": score.passed, "metrics": score.metrics, "flags": score.flags,
                    "integrity": record.integrity},
            });
        }
        Verdict::Void(fault) => {
            let message = format!("void: {}", fault.detail);
            sample["error"] = json!({"message": message, "traceback": "", "traceback_ansi": ""});
        }
    }
    sample
}

/// What a list of samples shows: the reader takes all of them into memory, so the words are cut short.
fn summary(sample: &Value) -> Value {
    let input = sample["input"].as_str().unwrap_or_default();
    let shown = if input.len() > SUMMARY_BYTES_MAX {
        format!("{}...", &input[..input.floor_char_boundary(SUMMARY_BYTES_MAX)])
    } else {
        input.to_owned()
    };
    let mut summary = json!({
        "id": sample["id"], "epoch": sample["epoch"], "input": shown, "target": sample["target"],
        "scores": sample["scores"], "completed": true,
    });
    if let Some(error) = sample["error"]["message"].as_str() {
        summary["error"] = error.into();
    }
    summary
}

fn opening(record: &Record, wanted: impl Fn(&Message) -> bool) -> String {
    let texts =
        record.trajectory.opening.iter().filter(|message| wanted(message)).map(|message| match message {
            Message::System { text } | Message::User { text } => text.as_str(),
            Message::Assistant(_) | Message::Tools { .. } => "",
        });
    texts.collect::<Vec<_>>().join("\n\n")
}

fn messages(record: &Record) -> Vec<Value> {
    let mut messages = Vec::new();
    for message in &record.trajectory.opening {
        match message {
            Message::System { text } => messages.push(json!({"role": "system", "content": text})),
            Message::User { text } => messages.push(json!({"role": "user", "content": text})),
            Message::Assistant(_) | Message::Tools { .. } => {}
        }
    }
    for turn in &record.trajectory.turns {
        let named = calls(turn);
        let call = |(id, call): &(String, &envy_core::ToolCall)| json!({"id": id, "function": call.name, "arguments": arguments(call)});
        messages.push(json!({
            "role": "assistant", "content": turn.reply.text, "model": record.episode.model,
            "tool_calls": named.iter().map(call).collect::<Vec<_>>(),
        }));
        for ((id, call), seen) in named.iter().zip(&turn.observations) {
            let mut answer =
                json!({"role": "tool", "tool_call_id": id, "function": call.name, "content": seen.text});
            if seen.is_error {
                answer["error"] = json!({"type": "unknown", "message": seen.text});
            }
            messages.push(answer);
        }
    }
    messages
}

fn output(record: &Record) -> Value {
    let model = &record.episode.model;
    let choice = |turn: &envy_core::Turn| {
        let reason = match (turn.reply.truncated, turn.reply.refused, turn.reply.calls.is_empty()) {
            (true, _, _) => "max_tokens",
            (_, true, _) => "content_filter",
            (_, _, false) => "tool_calls",
            _ => "stop",
        };
        json!({"message": {"role": "assistant", "content": turn.reply.text}, "stop_reason": reason})
    };
    let choices: Vec<Value> = record.trajectory.turns.last().map(choice).into_iter().collect();
    json!({"model": model, "choices": choices})
}

fn usage(record: &Record) -> Value {
    let (read, written) = record.trajectory.turns.iter().fold((0, 0), |sums, turn| {
        (sums.0 + turn.reply.usage.prompt_tokens, sums.1 + turn.reply.usage.completion_tokens)
    });
    json!({"input_tokens": read, "output_tokens": written, "total_tokens": read + written})
}

fn bytes(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).expect("JSON is plain data")
}
