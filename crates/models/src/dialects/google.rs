//! Gemini's generateContent: parts, thought signatures, calls without ids.

use envy_core::{Message, Reply, ToolCall, ToolSchema, Usage};
use serde_json::{Value, json};

use super::{Address, Ask, Dialect, Unreadable, count, items, reported, set, text};

/// `POST models/MODEL:generateContent`.
pub struct Google;

impl Dialect for Google {
    fn name(&self) -> &'static str {
        "google"
    }

    fn address(&self, model: &str, key: &str, stream: bool) -> Address {
        let method = if stream { "streamGenerateContent?alt=sse" } else { "generateContent" };
        Address {
            path: format!("models/{model}:{method}"),
            headers: vec![("x-goog-api-key", key.to_owned())],
        }
    }

    fn body(&self, ask: &Ask<'_>) -> Value {
        let system = ask.messages.iter().filter_map(|message| match message {
            Message::System { text } => Some(json!({ "text": text })),
            _ => None,
        });
        let system: Vec<Value> = system.collect();
        let contents: Vec<Value> = contents(ask.messages);
        let mut settings = json!({ "maxOutputTokens": ask.tokens_max });
        set(&mut settings, "temperature", ask.sampling.temperature);
        set(&mut settings, "topP", ask.sampling.top_p);
        set(&mut settings, "seed", ask.sampling.seed);
        if let Some(effort) = &ask.sampling.reasoning_effort {
            settings["thinkingConfig"] = thinking(ask.model, effort);
        }
        if let Some(schema) = ask.schema {
            settings["responseMimeType"] = json!("application/json");
            settings["responseJsonSchema"] = schema.clone();
        }
        let mut body = json!({ "contents": contents, "generationConfig": settings });
        if !system.is_empty() {
            body["systemInstruction"] = json!({ "parts": system });
        }
        if !ask.tools.is_empty() {
            let tools: Vec<Value> = ask.tools.iter().map(tool).collect();
            body["tools"] = json!([{ "functionDeclarations": tools }]);
        }
        body
    }

    fn fold(&self, whole: &mut Value, event: &Value) -> Result<bool, Unreadable> {
        if let Some(error) = reported(event) {
            return Err(error);
        }
        if whole.is_null() {
            *whole = json!({ "candidates": [{ "content": { "role": "model", "parts": [] } }] });
        }
        for key in ["usageMetadata", "promptFeedback", "modelVersion"] {
            if let Some(value) = event.get(key) {
                whole[key] = value.clone();
            }
        }
        let Some(candidate) = items(event, "/candidates").first() else { return Ok(false) };
        if let Some(reason) = candidate.get("finishReason") {
            whole["candidates"][0]["finishReason"] = reason.clone();
        }
        let parts = whole["candidates"][0]["content"]["parts"].as_array_mut().expect("it was made an array");
        parts.extend_from_slice(items(candidate, "/content/parts"));
        Ok(false)
    }

    fn read(&self, body: Value) -> Result<Reply, Unreadable> {
        if let Some(error) = reported(&body) {
            return Err(error);
        }
        let blocked = text(&body, "/promptFeedback/blockReason");
        let candidate = items(&body, "/candidates").first();
        if candidate.is_none() && blocked.is_empty() {
            return Err("the reply has no candidates".to_owned());
        }
        let candidate = candidate.unwrap_or(&Value::Null);
        let parts = items(candidate, "/content/parts");
        let said = parts.iter().filter(|part| part["thought"] != true);
        let calls = parts.iter().filter_map(|part| part.get("functionCall")).enumerate();
        let finish = if blocked.is_empty() { text(candidate, "/finishReason") } else { blocked };
        Ok(Reply {
            text: said.map(|part| text(part, "/text")).collect::<Vec<_>>().join(""),
            calls: calls.map(|(place, call)| read_call(place, call)).collect(),
            truncated: finish == "MAX_TOKENS",
            refused: !blocked.is_empty() || REFUSALS.contains(&finish),
            finish: finish.to_owned(),
            usage: Usage {
                prompt_tokens: count(&body, "/usageMetadata/promptTokenCount"),
                cached_tokens: count(&body, "/usageMetadata/cachedContentTokenCount"),
                completion_tokens: count(&body, "/usageMetadata/candidatesTokenCount")
                    + count(&body, "/usageMetadata/thoughtsTokenCount"),
                cost: None,
            },
            tokens: None,
            raw: json!({ "google": { "role": "model", "parts": parts } }),
            exchange: None,
        })
    }
}

/// Models up to 2.5 think within a budget of tokens, all later ones at a level.
fn thinking(model: &str, effort: &str) -> Value {
    if !model.starts_with("gemini-2") {
        return json!({ "thinkingLevel": effort });
    }
    let budget = match effort {
        "none" => 0,
        "minimal" | "low" => 1_024,
        "medium" => 8_192,
        _ => 24_576,
    };
    json!({ "thinkingBudget": budget })
}

/// Reasons that mean the model would not, rather than could not.
const REFUSALS: &[&str] = &["SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "RECITATION"];

/// Calls may carry no id: their place in the reply serves as one.
fn read_call(place: usize, call: &Value) -> ToolCall {
    let id = call.get("id").and_then(Value::as_str).map_or_else(|| format!("call-{place}"), String::from);
    let arguments = call.get("args").cloned().unwrap_or_else(|| json!({}));
    ToolCall { id, name: text(call, "/name").to_owned(), arguments }
}

/// The conversation. A tool's answer is found by the call's name, which only the reply before it knows.
fn contents(messages: &[Message]) -> Vec<Value> {
    let mut contents = Vec::new();
    let mut last: &[ToolCall] = &[];
    for message in messages {
        match message {
            Message::System { .. } => {}
            Message::User { text } => contents.push(json!({ "role": "user", "parts": [{ "text": text }] })),
            Message::Assistant(reply) => {
                last = &reply.calls;
                contents.push(reply.raw.get("google").cloned().unwrap_or_else(|| assistant(reply)));
            }
            Message::Tools { observations } => {
                let answers: Vec<Value> = observations
                    .iter()
                    .map(|seen| {
                        let name =
                            last.iter().find(|call| call.id == seen.call).map_or("", |call| &call.name);
                        let key = if seen.is_error { "error" } else { "output" };
                        json!({ "functionResponse": { "name": name, "response": { key: seen.text } } })
                    })
                    .collect();
                contents.push(json!({ "role": "user", "parts": answers }));
            }
        }
    }
    contents
}

fn assistant(reply: &Reply) -> Value {
    let said = Some(&reply.text).filter(|text| !text.is_empty()).map(|text| json!({ "text": text }));
    let calls = reply
        .calls
        .iter()
        .map(|call| json!({ "functionCall": { "name": call.name, "args": call.arguments } }));
    let parts: Vec<Value> = said.into_iter().chain(calls).collect();
    json!({ "role": "model", "parts": parts })
}

fn tool(tool: &ToolSchema) -> Value {
    json!({ "name": tool.name, "description": tool.description, "parametersJsonSchema": tool.parameters })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_effort_is_asked_for_in_the_way_that_the_model_takes() {
        assert_eq!(thinking("gemini-2.5-flash", "medium"), json!({ "thinkingBudget": 8_192 }));
        assert_eq!(thinking("gemini-3-pro", "medium"), json!({ "thinkingLevel": "medium" }));
    }
}
