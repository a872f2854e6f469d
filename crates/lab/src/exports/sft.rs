//! `sft`: chats in the form that fine-tuning tools read. A void is no example and is left out.

use std::path::Path;

use envy_core::Message;
use envy_rollout::Toolbox;
use serde_json::{Value, json};

use super::{Episode, Exported, RunExport, Source, arguments, calls};
use crate::error::LabError;

pub(super) struct Sft;

impl RunExport for Sft {
    fn name(&self) -> &'static str {
        "sft"
    }

    fn doc(&self) -> &'static str {
        "Chats for fine-tuning, one JSON object a line: messages, tools, reward."
    }

    fn write(&self, source: &Source<'_>, out: &Path) -> Result<Exported, LabError> {
        let toolbox = Toolbox::new(source.info.tools, &(source.info.submission_schema)())?;
        let tools: Vec<Value> = toolbox
            .schemas()
            .iter()
            .map(|tool| json!({"type": "function", "function": tool_of(tool)}))
            .collect();
        source.lines(out.join(format!("{}.sft.jsonl", source.run)), |episode| {
            let score = episode.record.counted()?;
            Some(json!({
                "messages": messages(&episode),
                "tools": tools,
                "reward": score.reward,
                "passed": score.passed,
                "task": episode.record.task,
            }))
        })
    }
}

fn tool_of(tool: &envy_core::ToolSchema) -> Value {
    json!({"name": tool.name, "description": tool.description, "parameters": tool.parameters})
}

fn messages(episode: &Episode) -> Vec<Value> {
    let trajectory = &episode.record.trajectory;
    let mut messages: Vec<Value> = trajectory
        .opening
        .iter()
        .filter_map(|message| match message {
            Message::System { text } => Some(json!({"role": "system", "content": text})),
            Message::User { text } => Some(json!({"role": "user", "content": text})),
            Message::Assistant(_) | Message::Tools { .. } => None,
        })
        .collect();
    for turn in &trajectory.turns {
        let named = calls(turn);
        let mut said = json!({"role": "assistant", "content": turn.reply.text});
        if !named.is_empty() {
            let call = |(id, call): &(String, &envy_core::ToolCall)| {
                let function = json!({"name": call.name, "arguments": arguments(call).to_string()});
                json!({"id": id, "type": "function", "function": function})
            };
            said["tool_calls"] = named.iter().map(call).collect();
        }
        messages.push(said);
        for ((id, _), seen) in named.iter().zip(&turn.observations) {
            messages.push(json!({"role": "tool", "tool_call_id": id, "content": seen.text}));
        }
    }
    messages
}
