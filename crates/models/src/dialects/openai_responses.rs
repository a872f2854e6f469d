//! OpenAI responses: a list of items; reasoning comes back encrypted and is returned unchanged.

use envy_core::{Message, Reply, ToolCall, ToolSchema, Usage};
use serde_json::{Value, json};

use super::{Address, Ask, Dialect, Unreadable, arguments, count, items, reported, set, text};

/// `POST responses`.
pub struct OpenAiResponses;

impl Dialect for OpenAiResponses {
    fn name(&self) -> &'static str {
        "openai-responses"
    }

    fn address(&self, _model: &str, key: &str, _stream: bool) -> Address {
        Address { path: "responses".to_owned(), headers: vec![("authorization", format!("Bearer {key}"))] }
    }

    fn body(&self, ask: &Ask<'_>) -> Value {
        let input: Vec<Value> = ask.messages.iter().flat_map(message).collect();
        let mut body = json!({
            "model": ask.model,
            "input": input,
            "max_output_tokens": ask.tokens_max,
            // Nothing is kept at the provider: the reasoning travels with us, encrypted.
            "store": false,
            "include": ["reasoning.encrypted_content"],
        });
        if !ask.tools.is_empty() {
            body["tools"] = ask.tools.iter().map(tool).collect();
        }
        set(&mut body, "temperature", ask.sampling.temperature);
        set(&mut body, "top_p", ask.sampling.top_p);
        if let Some(effort) = &ask.sampling.reasoning_effort {
            body["reasoning"] = json!({ "effort": effort });
        }
        if let Some(schema) = ask.schema {
            let format =
                json!({ "type": "json_schema", "name": "action", "schema": schema, "strict": false });
            body["text"] = json!({ "format": format });
        }
        if ask.stream {
            body["stream"] = json!(true);
        }
        body
    }

    fn fold(&self, whole: &mut Value, event: &Value) -> Result<bool, Unreadable> {
        // The last event carries the whole response, so nothing before it needs to be put together.
        match text(event, "/type") {
            "error" => Err(reported(event).unwrap_or_else(|| text(event, "/message").to_owned())),
            "response.completed" | "response.incomplete" | "response.failed" => {
                *whole = event["response"].clone();
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn read(&self, body: Value) -> Result<Reply, Unreadable> {
        if let Some(error) = reported(&body) {
            return Err(error);
        }
        let output = body.get("output").and_then(Value::as_array).ok_or("the reply has no output")?;
        let of = |kind: &'static str| output.iter().filter(move |item| item["type"] == kind);
        let parts = || of("message").flat_map(|item| items(item, "/content"));
        let calls = of("function_call").map(|item| ToolCall {
            id: text(item, "/call_id").to_owned(),
            name: text(item, "/name").to_owned(),
            arguments: arguments(text(item, "/arguments")),
        });
        let reason = text(&body, "/incomplete_details/reason");
        Ok(Reply {
            text: parts().map(|part| text(part, "/text")).collect::<Vec<_>>().join(""),
            calls: calls.collect(),
            truncated: reason == "max_output_tokens",
            refused: reason == "content_filter" || parts().any(|part| part["type"] == "refusal"),
            finish: if reason.is_empty() { text(&body, "/status") } else { reason }.to_owned(),
            usage: Usage {
                prompt_tokens: count(&body, "/usage/input_tokens"),
                cached_tokens: count(&body, "/usage/input_tokens_details/cached_tokens"),
                completion_tokens: count(&body, "/usage/output_tokens"),
                cost: None,
            },
            tokens: None,
            raw: json!({ "openai-responses": output }),
            exchange: None,
        })
    }
}

fn message(message: &Message) -> Vec<Value> {
    match message {
        Message::System { text } => vec![json!({ "role": "developer", "content": text })],
        Message::User { text } => vec![json!({ "role": "user", "content": text })],
        Message::Assistant(reply) => match reply.raw.get("openai-responses").and_then(Value::as_array) {
            Some(items) => items.clone(),
            None => assistant(reply),
        },
        Message::Tools { observations } => observations
            .iter()
            .map(|seen| json!({ "type": "function_call_output", "call_id": seen.call, "output": seen.text }))
            .collect(),
    }
}

fn assistant(reply: &Reply) -> Vec<Value> {
    let said = Some(&reply.text).filter(|text| !text.is_empty());
    let said = said.map(|text| json!({ "role": "assistant", "content": text }));
    let calls = reply.calls.iter().map(|call| {
        let arguments = call.arguments.to_string();
        json!({ "type": "function_call", "call_id": call.id, "name": call.name, "arguments": arguments })
    });
    said.into_iter().chain(calls).collect()
}

fn tool(tool: &ToolSchema) -> Value {
    json!({
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
        // Strict mode would make every optional argument required.
        "strict": false,
    })
}
