//! Anthropic messages: content blocks, thinking with signatures, one user message for all tool results.

use envy_core::{Message, Observation, Reply, ToolCall, ToolSchema, Usage};
use serde_json::{Value, json};

use super::{Address, Ask, Dialect, Unreadable, append, arguments, count, reported, set, text};

/// `POST messages`.
pub struct Anthropic;

/// The version of the interface that this file speaks.
const VERSION: &str = "2023-06-01";

impl Dialect for Anthropic {
    fn name(&self) -> &'static str {
        "anthropic"
    }

    fn address(&self, _model: &str, key: &str, _stream: bool) -> Address {
        let headers = vec![("x-api-key", key.to_owned()), ("anthropic-version", VERSION.to_owned())];
        Address { path: "messages".to_owned(), headers }
    }

    fn body(&self, ask: &Ask<'_>) -> Value {
        let system: Vec<&str> = ask
            .messages
            .iter()
            .filter_map(|message| match message {
                Message::System { text } => Some(text.as_str()),
                _ => None,
            })
            .collect();
        let mut messages: Vec<Value> = ask.messages.iter().filter_map(message).collect();
        cache_last_block(&mut messages);
        let mut body = json!({ "model": ask.model, "max_tokens": ask.tokens_max, "messages": messages });
        if !system.is_empty() {
            let block = json!({ "type": "text", "text": system.join("\n\n"), "cache_control": ephemeral() });
            body["system"] = json!([block]);
        }
        if !ask.tools.is_empty() {
            body["tools"] = ask.tools.iter().map(tool).collect();
        }
        set(&mut body, "temperature", ask.sampling.temperature);
        set(&mut body, "top_p", ask.sampling.top_p);
        think(&mut body, ask);
        if let Some(schema) = ask.schema {
            body["output_config"]["format"] = json!({ "type": "json_schema", "schema": schema });
        }
        if ask.stream {
            body["stream"] = json!(true);
        }
        body
    }

    fn fold(&self, whole: &mut Value, event: &Value) -> Result<bool, Unreadable> {
        match text(event, "/type") {
            "error" => return Err(reported(event).unwrap_or_else(|| event.to_string())),
            "message_start" => *whole = event["message"].clone(),
            "content_block_start" => start_block(whole, event)?,
            "content_block_delta" => {
                let index = count(event, "/index") as usize;
                let block = whole.pointer_mut(&format!("/content/{index}")).ok_or("a delta of no block")?;
                fold_delta(block, &event["delta"]);
            }
            "message_delta" => {
                whole["stop_reason"] = event["delta"]["stop_reason"].clone();
                for (name, value) in event["usage"].as_object().into_iter().flatten() {
                    whole["usage"][name.as_str()] = value.clone();
                }
            }
            "message_stop" => return Ok(true),
            _ => {}
        }
        Ok(false)
    }

    fn read(&self, body: Value) -> Result<Reply, Unreadable> {
        if let Some(error) = reported(&body) {
            return Err(error);
        }
        let blocks = body.get("content").and_then(Value::as_array).ok_or("the reply has no content")?;
        let of = |kind: &'static str| blocks.iter().filter(move |block| block["type"] == kind);
        let calls = of("tool_use").map(|block| ToolCall {
            id: text(block, "/id").to_owned(),
            name: text(block, "/name").to_owned(),
            arguments: input(block),
        });
        let finish = text(&body, "/stop_reason");
        let cached = count(&body, "/usage/cache_read_input_tokens");
        let created = count(&body, "/usage/cache_creation_input_tokens");
        let raw: Vec<Value> = blocks.iter().map(finished).collect();
        Ok(Reply {
            text: of("text").map(|block| text(block, "/text")).collect::<Vec<_>>().join(""),
            calls: calls.collect(),
            truncated: finish == "max_tokens" || finish == "model_context_window_exceeded",
            refused: finish == "refusal",
            finish: finish.to_owned(),
            usage: Usage {
                prompt_tokens: count(&body, "/usage/input_tokens") + cached + created,
                cached_tokens: cached,
                completion_tokens: count(&body, "/usage/output_tokens"),
                cost: None,
            },
            tokens: None,
            raw: json!({ "anthropic": raw }),
            exchange: None,
        })
    }
}

fn ephemeral() -> Value {
    json!({ "type": "ephemeral" })
}

/// Marks the conversation's last block, so that the next turn reads everything up to it from the cache.
fn cache_last_block(messages: &mut [Value]) {
    let last = messages.last_mut().and_then(|message| message["content"].as_array_mut()?.last_mut());
    if let Some(block) = last.filter(|block| block["type"] != "thinking") {
        block["cache_control"] = ephemeral();
    }
}

/// Models up to 4.5 think within a budget of tokens; all later ones refuse a budget and take the effort itself.
const BUDGETED: [&str; 9] = [
    "claude-3",
    "claude-haiku-4-5",
    "claude-sonnet-4-0",
    "claude-sonnet-4-2",
    "claude-sonnet-4-5",
    "claude-opus-4-0",
    "claude-opus-4-1",
    "claude-opus-4-2",
    "claude-opus-4-5",
];

/// Asks for thinking as long as the effort says, in the way that the model takes.
fn think(body: &mut Value, ask: &Ask<'_>) {
    let Some(effort) = ask.sampling.reasoning_effort.as_deref().filter(|effort| *effort != "none") else {
        return;
    };
    if !BUDGETED.iter().any(|start| ask.model.starts_with(start)) {
        body["thinking"] = json!({ "type": "adaptive" });
        body["output_config"]["effort"] = json!(effort);
    } else if let Some(budget) = thinking_budget(effort, ask.tokens_max) {
        body["thinking"] = json!({ "type": "enabled", "budget_tokens": budget });
    }
}

/// Thinking tokens for an effort, always under the reply's own cap, which must exceed them.
fn thinking_budget(effort: &str, tokens_max: u32) -> Option<u32> {
    const LEAST: u32 = 1_024;
    let wanted = match effort {
        "minimal" => return None,
        "low" => LEAST,
        "medium" => 8_000,
        _ => 24_000,
    };
    let room = tokens_max.saturating_sub(LEAST);
    (room >= LEAST).then(|| wanted.min(room))
}

fn message(message: &Message) -> Option<Value> {
    let (role, content) = match message {
        Message::System { .. } => return None,
        Message::User { text } => ("user", json!([{ "type": "text", "text": text }])),
        Message::Assistant(reply) => {
            ("assistant", reply.raw.get("anthropic").cloned().unwrap_or_else(|| assistant(reply)))
        }
        Message::Tools { observations } => ("user", observations.iter().map(observation).collect()),
    };
    Some(json!({ "role": role, "content": content }))
}

fn assistant(reply: &Reply) -> Value {
    let said = Some(&reply.text).filter(|text| !text.is_empty());
    let said = said.map(|text| json!({ "type": "text", "text": text }));
    let calls = reply.calls.iter().map(|call| {
        let input = if call.arguments.is_object() { call.arguments.clone() } else { json!({}) };
        json!({ "type": "tool_use", "id": call.id, "name": call.name, "input": input })
    });
    said.into_iter().chain(calls).collect()
}

fn observation(observation: &Observation) -> Value {
    json!({
        "type": "tool_result",
        "tool_use_id": observation.call,
        "content": observation.text,
        "is_error": observation.is_error,
    })
}

fn tool(tool: &ToolSchema) -> Value {
    json!({ "name": tool.name, "description": tool.description, "input_schema": tool.parameters })
}

fn start_block(whole: &mut Value, event: &Value) -> Result<(), Unreadable> {
    let blocks =
        whole.get_mut("content").and_then(Value::as_array_mut).ok_or("a block before message_start")?;
    if count(event, "/index") as usize != blocks.len() {
        return Err("the blocks come out of order".to_owned());
    }
    blocks.push(event["content_block"].clone());
    Ok(())
}

/// The member under which a streamed tool input is kept until the block is read.
const PARTIAL: &str = "partial_json";

fn fold_delta(block: &mut Value, delta: &Value) {
    for (kind, from, to) in [
        ("text_delta", "text", "text"),
        ("thinking_delta", "thinking", "thinking"),
        ("signature_delta", "signature", "signature"),
        ("input_json_delta", "partial_json", PARTIAL),
    ] {
        if delta["type"] == kind {
            append(block, to, text(delta, &format!("/{from}")));
        }
    }
}

/// A tool call's input; streamed text that is no JSON is kept as a string.
fn input(block: &Value) -> Value {
    block.get(PARTIAL).and_then(Value::as_str).map_or_else(|| block["input"].clone(), arguments)
}

/// A block as the provider takes it back: a streamed input in its place, as an object.
fn finished(block: &Value) -> Value {
    let mut block = block.clone();
    if block["type"] == "tool_use" {
        let input = input(&block);
        block["input"] = if input.is_object() { input } else { json!({}) };
        block.as_object_mut().expect("a block with a type is an object").remove(PARTIAL);
    }
    block
}

#[cfg(test)]
mod tests {
    use envy_core::Sampling;

    use super::*;

    fn body(model: &str, effort: &str, tokens_max: u32) -> Value {
        let sampling = Sampling { reasoning_effort: Some(effort.to_owned()), ..Sampling::default() };
        let (messages, tools, sampling) = (&[], &[], &sampling);
        let (stream, schema, is_open, capture) = (false, None, false, false);
        Anthropic.body(&Ask {
            model,
            messages,
            tools,
            tokens_max,
            sampling,
            stream,
            schema,
            is_open,
            capture,
        })
    }

    #[test]
    fn an_effort_is_asked_for_in_the_way_that_the_model_takes() {
        let budget =
            |tokens_max| body("claude-haiku-4-5", "high", tokens_max)["thinking"]["budget_tokens"].clone();
        assert_eq!(
            (budget(32_000), budget(4_096), budget(1_500)),
            (24_000.into(), 3_072.into(), Value::Null)
        );
        let adaptive = body("claude-opus-4-7", "medium", 1_500);
        assert_eq!(adaptive["thinking"], json!({ "type": "adaptive" }));
        assert_eq!(adaptive["output_config"], json!({ "effort": "medium" }));
        assert!(body("claude-opus-4-7", "none", 9_000).get("thinking").is_none());
    }
}
