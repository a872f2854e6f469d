//! What the test server says: for each dialect a reply with reasoning and two parallel calls, then a last word.

use serde_json::{Value, json};

/// The dialects with what a test needs of each: name, model, and the path its requests go to.
pub(crate) const DIALECTS: &[(&str, &str)] = &[
    ("anthropic", "anthropic/claude-test"),
    ("google", "google/gemini-test"),
    ("openai-chat", "org/model-high"),
    ("openai-responses", "openai-responses/gpt-test"),
];

/// The second call's arguments are cut in the middle when streamed.
pub(crate) const CODE: &str = "print(\"héllo\", {1: 2})";

/// The whole body of turn `turn` (0: calls, else the last word).
pub(crate) fn whole(dialect: &str, turn: usize) -> Value {
    match (dialect, turn) {
        ("anthropic", 0) => json!({
            "id": "msg_1", "model": "claude-test", "stop_sequence": null,
            "type": "message", "role": "assistant", "stop_reason": "tool_use",
            "content": [
                { "type": "thinking", "thinking": "Let me look.", "signature": "c2lnbmVk" },
                { "type": "text", "text": "Looking." },
                { "type": "tool_use", "id": "t1", "name": "list_files", "input": { "path": "." } },
                { "type": "tool_use", "id": "t2", "name": "run", "input": { "code": CODE } },
            ],
            "usage": { "input_tokens": 20, "cache_read_input_tokens": 80, "output_tokens": 12 },
        }),
        ("anthropic", _) => json!({
            "id": "msg_2", "model": "claude-test", "stop_sequence": null,
            "type": "message", "role": "assistant", "stop_reason": "end_turn",
            "content": [{ "type": "text", "text": "Done." }],
            "usage": { "input_tokens": 5, "cache_read_input_tokens": 120, "output_tokens": 3 },
        }),
        ("google", 0) => google(
            &json!([
                { "text": "Let me look.", "thought": true },
                { "text": "Looking." },
                { "functionCall": { "name": "list_files", "args": { "path": "." } }, "thoughtSignature": "c2lnbmVk" },
                { "functionCall": { "name": "run", "args": { "code": CODE } } },
            ]),
            &json!({ "promptTokenCount": 100, "cachedContentTokenCount": 80, "candidatesTokenCount": 12 }),
        ),
        ("google", _) => google(
            &json!([{ "text": "Done." }]),
            &json!({ "promptTokenCount": 125, "cachedContentTokenCount": 120, "candidatesTokenCount": 3 }),
        ),
        ("openai-chat", turn) => chat(turn),
        ("openai-responses", turn) => responses(turn),
        (other, _) => panic!("no script for {other}"),
    }
}

fn google(parts: &Value, usage: &Value) -> Value {
    let candidate = json!({ "content": { "role": "model", "parts": parts }, "finishReason": "STOP" });
    json!({ "candidates": [candidate], "usageMetadata": usage })
}

fn chat(turn: usize) -> Value {
    let call = |id: &str, name: &str, arguments: &Value| json!({ "id": id, "type": "function", "function": { "name": name, "arguments": arguments.to_string() } });
    let (message, finish, usage) = if turn == 0 {
        let calls =
            [call("t1", "list_files", &json!({ "path": "." })), call("t2", "run", &json!({ "code": CODE }))];
        let message = json!({
            "role": "assistant", "content": "Looking.", "reasoning_content": "Let me look.", "tool_calls": calls,
        });
        (message, "tool_calls", (100, 80, 12))
    } else {
        (json!({ "role": "assistant", "content": "Done." }), "stop", (125, 120, 3))
    };
    let token = |token: &str, logprob: f64| json!({ "token": token, "logprob": logprob, "bytes": null, "top_logprobs": [] });
    let tokens = json!([token("Look", -0.25), token("ing", -1.5)]);
    let choice = json!({
        "index": 0, "message": message, "finish_reason": finish, "token_ids": [7, 8], "logprobs": { "content": tokens },
    });
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1_700_000_000, "model": "org/model-high",
        "choices": [choice],
        "prompt_token_ids": [1, 2, 3],
        "usage": {
            "prompt_tokens": usage.0, "completion_tokens": usage.2, "total_tokens": usage.0 + usage.2,
            "prompt_tokens_details": { "cached_tokens": usage.1 },
        },
    })
}

fn responses(turn: usize) -> Value {
    let text = |text: &str| {
        json!({ "type": "message", "id": "msg1", "role": "assistant", "status": "completed",
        "content": [{ "type": "output_text", "text": text, "annotations": [] }] })
    };
    let call = |id: &str, name: &str, arguments: &Value| {
        json!({ "type": "function_call", "id": format!("fc-{id}"),
        "status": "completed", "call_id": id, "name": name, "arguments": arguments.to_string() })
    };
    let (output, usage) = if turn == 0 {
        let output = json!([
            { "type": "reasoning", "id": "rs1", "summary": [], "encrypted_content": "c2VhbGVk" },
            text("Looking."),
            call("t1", "list_files", &json!({ "path": "." })),
            call("t2", "run", &json!({ "code": CODE })),
        ]);
        (output, (100, 80, 12))
    } else {
        (json!([text("Done.")]), (125, 120, 3))
    };
    let details = json!({ "cached_tokens": usage.1, "cache_write_tokens": 0 });
    json!({
        "id": "resp1", "object": "response", "created_at": 1_700_000_000, "model": "gpt-test",
        "parallel_tool_calls": true, "tool_choice": "auto", "tools": [], "status": "completed", "output": output,
        "usage": {
            "input_tokens": usage.0, "input_tokens_details": details, "output_tokens": usage.2,
            "output_tokens_details": { "reasoning_tokens": 0 }, "total_tokens": usage.0 + usage.2,
        },
    })
}

/// The same reply as the data of server-sent events.
pub(crate) fn events(dialect: &str, turn: usize) -> Vec<String> {
    let body = whole(dialect, turn);
    let events = match dialect {
        "anthropic" => anthropic_events(&body),
        "google" => google_events(&body),
        "openai-chat" => chat_events(&body),
        _ => vec![
            json!({ "type": "response.output_text.delta", "delta": "Loo" }),
            json!({ "type": "response.completed", "response": body }),
        ],
    };
    let done = (dialect == "openai-chat").then(|| "[DONE]".to_owned());
    events.iter().map(Value::to_string).chain(done).collect()
}

fn anthropic_events(body: &Value) -> Vec<Value> {
    let usage = json!({ "input_tokens": body["usage"]["input_tokens"],
        "cache_read_input_tokens": body["usage"]["cache_read_input_tokens"], "output_tokens": 1 });
    let message = json!({ "id": body["id"], "model": body["model"], "type": "message", "role": "assistant",
        "content": [], "stop_reason": null, "stop_sequence": null, "usage": usage });
    let mut events = vec![json!({ "type": "message_start", "message": message })];
    for (index, block) in body["content"].as_array().unwrap().iter().enumerate() {
        let (empty, deltas) = match block["type"].as_str().unwrap() {
            "thinking" => (
                json!({ "type": "thinking", "thinking": "", "signature": "" }),
                vec![
                    json!({ "type": "thinking_delta", "thinking": block["thinking"] }),
                    json!({ "type": "signature_delta", "signature": block["signature"] }),
                ],
            ),
            "text" => (
                json!({ "type": "text", "text": "" }),
                vec![json!({ "type": "text_delta", "text": block["text"] })],
            ),
            _ => {
                let mut empty = block.clone();
                empty["input"] = json!({});
                let input = block["input"].to_string();
                (
                    empty,
                    halves(&input)
                        .map(|half| json!({ "type": "input_json_delta", "partial_json": half }))
                        .into(),
                )
            }
        };
        events.push(json!({ "type": "content_block_start", "index": index, "content_block": empty }));
        events.push(json!({ "type": "ping" }));
        for delta in deltas {
            events.push(json!({ "type": "content_block_delta", "index": index, "delta": delta }));
        }
        events.push(json!({ "type": "content_block_stop", "index": index }));
    }
    let delta = json!({ "stop_reason": body["stop_reason"], "stop_sequence": null });
    let usage = json!({ "output_tokens": body["usage"]["output_tokens"] });
    events.push(json!({ "type": "message_delta", "delta": delta, "usage": usage }));
    events.push(json!({ "type": "message_stop" }));
    events
}

fn google_events(body: &Value) -> Vec<Value> {
    let parts = body["candidates"][0]["content"]["parts"].as_array().unwrap();
    let mut events: Vec<Value> = parts
        .iter()
        .map(|part| json!({ "candidates": [{ "content": { "role": "model", "parts": [part] } }] }))
        .collect();
    let last = json!({ "content": { "parts": [] }, "finishReason": "STOP" });
    events.push(json!({ "candidates": [last], "usageMetadata": body["usageMetadata"] }));
    events
}

fn chat_events(body: &Value) -> Vec<Value> {
    let choice = &body["choices"][0];
    let message = &choice["message"];
    let chunk = |choices: Value| {
        json!({ "id": body["id"], "object": "chat.completion.chunk", "created": body["created"],
        "model": body["model"], "choices": choices })
    };
    let delta = |delta: Value| chunk(json!([{ "index": 0, "delta": delta, "finish_reason": null }]));
    let mut first = delta(json!({ "role": "assistant", "content": "" }));
    first["prompt_token_ids"] = body["prompt_token_ids"].clone();
    let mut events = vec![first];
    if !message["reasoning_content"].is_null() {
        events.push(delta(json!({ "reasoning_content": message["reasoning_content"] })));
    }
    for (place, half) in halves(message["content"].as_str().unwrap()).iter().enumerate() {
        let mut event = delta(json!({ "content": half }));
        event["choices"][0]["token_ids"] = json!([choice["token_ids"][place]]);
        event["choices"][0]["logprobs"] = json!({ "content": [choice["logprobs"]["content"][place]] });
        events.push(event);
    }
    for (index, call) in message["tool_calls"].as_array().into_iter().flatten().enumerate() {
        let function = json!({ "name": call["function"]["name"], "arguments": "" });
        let start = json!({ "index": index, "id": call["id"], "type": "function", "function": function });
        events.push(delta(json!({ "tool_calls": [start] })));
        for half in halves(call["function"]["arguments"].as_str().unwrap()) {
            let more = json!({ "index": index, "function": { "arguments": half } });
            events.push(delta(json!({ "tool_calls": [more] })));
        }
    }
    events.push(chunk(json!([{ "index": 0, "delta": {}, "finish_reason": choice["finish_reason"] }])));
    let mut last = chunk(json!([]));
    last["usage"] = body["usage"].clone();
    events.push(last);
    events
}

fn halves(text: &str) -> [&str; 2] {
    let middle = (0..=text.len() / 2).rev().find(|place| text.is_char_boundary(*place)).unwrap();
    let (first, second) = text.split_at(middle);
    [first, second]
}
