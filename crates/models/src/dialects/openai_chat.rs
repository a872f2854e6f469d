//! Chat completions: OpenAI's older dialect, which vLLM, SGLang, llama.cpp, Ollama and TGI speak too.

use envy_core::{Message, Observation, Reply, Tokens, ToolCall, ToolSchema, Usage};
use serde_json::{Value, json};

use super::{Address, Ask, Dialect, Unreadable, append, arguments, count, items, reported, set, text};

/// `POST chat/completions`.
pub struct OpenAiChat;

impl Dialect for OpenAiChat {
    fn name(&self) -> &'static str {
        "openai-chat"
    }

    fn address(&self, _model: &str, key: &str, _stream: bool) -> Address {
        let headers = if key.is_empty() { vec![] } else { vec![("authorization", format!("Bearer {key}"))] };
        Address { path: "chat/completions".to_owned(), headers }
    }

    fn body(&self, ask: &Ask<'_>) -> Value {
        let messages: Vec<Value> = ask.messages.iter().flat_map(message).collect();
        // Reasoning models refuse `max_tokens`; servers of the open field know nothing else.
        let cap = if ask.is_open { "max_tokens" } else { "max_completion_tokens" };
        let mut body = json!({ "model": ask.model, "messages": messages, cap: ask.tokens_max });
        if !ask.tools.is_empty() {
            body["tools"] = ask.tools.iter().map(tool).collect();
        }
        set(&mut body, "temperature", ask.sampling.temperature);
        set(&mut body, "top_p", ask.sampling.top_p);
        set(&mut body, "seed", ask.sampling.seed);
        set(&mut body, "reasoning_effort", ask.sampling.reasoning_effort.as_deref());
        if ask.stream {
            body["stream"] = json!(true);
            body["stream_options"] = json!({ "include_usage": true });
        }
        if let Some(schema) = ask.schema {
            let named = json!({ "name": "action", "schema": schema });
            body["response_format"] = json!({ "type": "json_schema", "json_schema": named });
        }
        if ask.capture {
            body["logprobs"] = json!(true);
            // llama.cpp would list twenty alternatives for each token, which nobody asked for.
            body["top_logprobs"] = json!(1);
            body["return_token_ids"] = json!(true);
        }
        body
    }

    fn fold(&self, whole: &mut Value, event: &Value) -> Result<bool, Unreadable> {
        if let Some(error) = reported(event) {
            return Err(error);
        }
        if whole.is_null() {
            *whole = json!({ "choices": [{ "message": { "role": "assistant", "content": null } }] });
        }
        for key in ["usage", "prompt_token_ids", "model", "id"] {
            if let Some(value) = event.get(key).filter(|value| !value.is_null()) {
                whole[key] = value.clone();
            }
        }
        let Some(choice) = items(event, "/choices").first() else { return Ok(false) };
        if let Some(reason) = choice.get("finish_reason").filter(|reason| !reason.is_null()) {
            whole["choices"][0]["finish_reason"] = reason.clone();
        }
        fold_tokens(&mut whole["choices"][0], choice);
        fold_delta(&mut whole["choices"][0]["message"], &choice["delta"]);
        Ok(false)
    }

    fn read(&self, body: Value) -> Result<Reply, Unreadable> {
        if let Some(error) = reported(&body) {
            return Err(error);
        }
        let choice = items(&body, "/choices").first().ok_or("the reply has no choices")?;
        let message =
            choice.get("message").filter(|message| message.is_object()).ok_or("a choice without message")?;
        let calls = items(message, "/tool_calls").iter().map(|call| ToolCall {
            id: text(call, "/id").to_owned(),
            name: text(call, "/function/name").to_owned(),
            arguments: arguments(text(call, "/function/arguments")),
        });
        let finish = text(choice, "/finish_reason");
        Ok(Reply {
            text: text(message, "/content").to_owned(),
            calls: calls.collect(),
            truncated: finish == "length",
            refused: finish == "content_filter" || !text(message, "/refusal").is_empty(),
            finish: finish.to_owned(),
            usage: Usage {
                prompt_tokens: count(&body, "/usage/prompt_tokens"),
                cached_tokens: count(&body, "/usage/prompt_tokens_details/cached_tokens"),
                completion_tokens: count(&body, "/usage/completion_tokens"),
                cost: None,
            },
            tokens: tokens(&body, choice),
            raw: json!({ "openai-chat": message }),
            exchange: None,
        })
    }
}

/// The wire messages of one of ours: a tool turn becomes one message for each observation.
fn message(message: &Message) -> Vec<Value> {
    match message {
        Message::System { text } => vec![json!({ "role": "system", "content": text })],
        Message::User { text } => vec![json!({ "role": "user", "content": text })],
        Message::Assistant(reply) => {
            vec![reply.raw.get("openai-chat").cloned().unwrap_or_else(|| assistant(reply))]
        }
        Message::Tools { observations } => observations.iter().map(observation).collect(),
    }
}

fn assistant(reply: &Reply) -> Value {
    let mut wire = json!({ "role": "assistant", "content": reply.text });
    if !reply.calls.is_empty() {
        let calls = reply.calls.iter().map(|call| {
            let function = json!({ "name": call.name, "arguments": call.arguments.to_string() });
            json!({ "id": call.id, "type": "function", "function": function })
        });
        wire["tool_calls"] = calls.collect();
    }
    wire
}

fn observation(observation: &Observation) -> Value {
    json!({ "role": "tool", "tool_call_id": observation.call, "content": observation.text })
}

fn tool(tool: &ToolSchema) -> Value {
    let function =
        json!({ "name": tool.name, "description": tool.description, "parameters": tool.parameters });
    json!({ "type": "function", "function": function })
}

/// Adds a streamed delta to the message: text and arguments grow, a call keeps its place by index.
fn fold_delta(message: &mut Value, delta: &Value) {
    for key in ["content", "refusal", "reasoning_content", "reasoning"] {
        if let Some(more) = delta.get(key).and_then(Value::as_str) {
            append(message, key, more);
        }
    }
    for part in items(delta, "/tool_calls") {
        let index = count(part, "/index") as usize;
        if index > CALLS_MAX {
            continue;
        }
        if !message["tool_calls"].is_array() {
            message["tool_calls"] = json!([]);
        }
        let calls = message["tool_calls"].as_array_mut().expect("it was made an array");
        while calls.len() <= index {
            calls.push(json!({ "id": "", "type": "function", "function": { "name": "", "arguments": "" } }));
        }
        let call = &mut calls[index];
        if let Some(id) = part.get("id").and_then(Value::as_str).filter(|id| !id.is_empty()) {
            call["id"] = json!(id);
        }
        append(&mut call["function"], "name", text(part, "/function/name"));
        append(&mut call["function"], "arguments", text(part, "/function/arguments"));
    }
}

/// More calls than this in one reply are a broken stream, not a plan.
const CALLS_MAX: usize = 128;

/// Token ids and log-probabilities come in pieces too.
fn fold_tokens(whole: &mut Value, choice: &Value) {
    for (pointer, path) in
        [("/token_ids", &["token_ids"][..]), ("/logprobs/content", &["logprobs", "content"][..])]
    {
        let more = items(choice, pointer);
        if more.is_empty() {
            continue;
        }
        let slot = path.iter().fold(&mut *whole, |slot, key| &mut slot[*key]);
        match slot {
            Value::Array(all) => all.extend_from_slice(more),
            slot => *slot = Value::Array(more.to_vec()),
        }
    }
}

/// The engine's tokens, if the server gave any.
fn tokens(body: &Value, choice: &Value) -> Option<Tokens> {
    let ids = |list: &[Value]| list.iter().filter_map(Value::as_u64).map(|id| id as u32).collect::<Vec<_>>();
    let prompt = match items(body, "/prompt_token_ids") {
        [] => items(choice, "/prompt_token_ids"),
        ids => ids,
    };
    let logprobs = items(choice, "/logprobs/content");
    // vLLM lists the ids by themselves, llama.cpp has them beside the log-probabilities.
    let completion = match items(choice, "/token_ids") {
        [] => logprobs.iter().filter_map(|token| token["id"].as_u64()).map(|id| id as u32).collect(),
        listed => ids(listed),
    };
    let tokens = Tokens {
        prompt_ids: ids(prompt),
        completion_ids: completion,
        logprobs: logprobs.iter().filter_map(|token| token["logprob"].as_f64()).collect(),
        ..Tokens::default()
    };
    (tokens != Tokens::default()).then_some(tokens)
}
