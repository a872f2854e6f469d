//! Tools for models that have none: actions as fenced text, observations as user messages.
//!
//! An action is a fenced block: JSON `{"action": TOOL, "arguments": {...}}`, or `bash` or `python` code, which stand for the tools
//! that run it. What cannot be read becomes a call that no tool answers to, so that the episode tells the model what
//! was wrong in the same way as for a native call.

use std::fmt::Write as _;

use envy_core::{Message, Reply, ToolCall, ToolSchema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How tool calls travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// In the provider's own fields.
    Native,
    /// As text.
    Text,
    /// In the provider's own fields, as text once the server says that it has none.
    #[default]
    Auto,
}

/// The file that a fenced Python block is written to before it is run.
const SCRIPT: &str = "action.py";

/// The conversation as a model without tools reads it: rules in the system message, plain text after it.
pub(crate) fn encode(messages: &[Message], tools: &[ToolSchema]) -> Vec<Message> {
    let mut plain = Vec::with_capacity(messages.len() + 1);
    let has_system = matches!(messages.first(), Some(Message::System { .. }));
    if !has_system {
        plain.push(Message::System { text: rules(tools) });
    }
    for (place, message) in messages.iter().enumerate() {
        plain.push(match message {
            Message::System { text } if place == 0 => {
                Message::System { text: format!("{text}\n\n{}", rules(tools)) }
            }
            Message::Assistant(reply) => Message::Assistant(Reply { calls: Vec::new(), ..reply.clone() }),
            Message::Tools { observations } => {
                let heard = observations.iter().map(|seen| {
                    let kind = if seen.is_error { "Error" } else { "Observation" };
                    format!("{kind}:\n{}", seen.text)
                });
                Message::User { text: heard.collect::<Vec<_>>().join("\n\n") }
            }
            other => other.clone(),
        });
    }
    plain
}

/// How to act, with every tool's name, arguments and use.
fn rules(tools: &[ToolSchema]) -> String {
    let mut text = "To act, end your reply with one fenced block and nothing after it:\n\n\
        ```json\n{\"action\": \"TOOL\", \"arguments\": {...}}\n```\n\n\
        A fenced `bash` or `python` block runs as it is. You then read what came of it. The tools:\n"
        .to_owned();
    for tool in tools {
        let _ = write!(text, "\n- {}: {} Arguments: {}", tool.name, tool.description, tool.parameters);
    }
    text
}

/// The JSON schema that an action meets, for servers that can hold a model to one. They write the members in the schema's
/// order, which is that of the alphabet: the tool must come before its arguments, so it is called the action.
pub(crate) fn action_schema(tools: &[ToolSchema]) -> Value {
    let actions = tools.iter().map(|tool| {
        json!({
            "type": "object",
            "properties": { "action": { "const": tool.name }, "arguments": tool.parameters },
            "required": ["action", "arguments"],
            "additionalProperties": false,
        })
    });
    json!({ "anyOf": actions.collect::<Vec<Value>>() })
}

/// Reads the actions of a reply into its calls. `turn` makes their ids unique in the conversation.
pub(crate) fn decode(reply: &mut Reply, tools: &[ToolSchema], turn: usize) {
    let mut calls = Vec::new();
    let text = reply.text.trim();
    if text.starts_with('{') {
        calls.push(json_action(text));
    } else {
        for (language, block) in blocks(text) {
            match language {
                "json" => calls.push(json_action(block)),
                "bash" | "sh" | "shell" => calls.push(("bash_exec".to_owned(), json!({ "command": block }))),
                "python" | "py" => calls.extend(python(block, tools)),
                _ => {}
            }
        }
    }
    let numbered = calls.into_iter().enumerate();
    reply.calls = numbered
        .map(|(place, (name, arguments))| ToolCall { id: format!("call-{turn}-{place}"), name, arguments })
        .collect();
}

/// The fenced blocks of a text: language and content. A block that never ends reaches to the end.
fn blocks(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("```") {
        let (language, body) = after.split_once('\n').unwrap_or((after, ""));
        let (block, further) = body.split_once("```").unwrap_or((body, ""));
        found.push((language.trim(), block));
        rest = further;
    }
    found
}

/// The member that names the tool, and what models call it otherwise.
const ACTION_NAMES: [&str; 3] = ["action", "tool", "name"];

/// The call of a JSON action; one that cannot be read keeps its text as arguments.
fn json_action(text: &str) -> (String, Value) {
    let Ok(action) = serde_json::from_str::<Value>(text.trim()) else {
        return ("(no JSON)".to_owned(), Value::String(text.trim().to_owned()));
    };
    let name =
        ACTION_NAMES.iter().find_map(|name| action.get(name)?.as_str()).unwrap_or("(no action)").to_owned();
    let arguments = action.get("arguments").cloned().unwrap_or_else(|| json!({}));
    (name, arguments)
}

/// Python code runs in the session if there is one, else as a script.
fn python(code: &str, tools: &[ToolSchema]) -> Vec<(String, Value)> {
    if tools.iter().any(|tool| tool.name == "python_expression") {
        return vec![("python_expression".to_owned(), json!({ "expression": code }))];
    }
    vec![
        ("write_file".to_owned(), json!({ "path": SCRIPT, "content": code })),
        ("run_python".to_owned(), json!({ "script_path": SCRIPT })),
    ]
}

#[cfg(test)]
mod tests {
    use envy_core::Observation;

    use super::*;

    fn calls(text: &str) -> Vec<(String, Value)> {
        let mut reply = Reply { text: text.to_owned(), ..Reply::default() };
        decode(&mut reply, &[], 3);
        assert!(reply.calls.iter().enumerate().all(|(place, call)| call.id == format!("call-3-{place}")));
        reply.calls.into_iter().map(|call| (call.name, call.arguments)).collect()
    }

    #[test]
    fn actions_are_read_as_models_write_them() {
        let action = "{\"action\": \"read_file\", \"arguments\": {\"path\": \"a\"}}";
        let read = vec![("read_file".to_owned(), json!({ "path": "a" }))];
        assert_eq!(calls(action), read);
        assert_eq!(calls(&format!("I will look.\n```json\n{action}\n```\n")), read);
        assert_eq!(calls(&format!("```json\n{action}")), read);
        assert_eq!(calls(&action.replace("action", "tool")), read);
        assert_eq!(calls("```bash\nls\n```"), [("bash_exec".to_owned(), json!({ "command": "ls\n" }))]);
        assert_eq!(calls("```python\nprint(1)\n```").len(), 2);
        assert!(calls("Nothing to do. ```text\nx\n```").is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_a_call_that_no_tool_answers_to() {
        assert_eq!(calls("```json\n{\"action\": \n```")[0].0, "(no JSON)");
        assert_eq!(calls("```json\n{\"do\": \"x\"}\n```")[0], ("(no action)".to_owned(), json!({})));
    }

    #[test]
    fn the_encoded_prefix_does_not_change_as_the_conversation_grows() {
        let tools = [ToolSchema { name: "run".into(), description: "Runs.".into(), parameters: json!({}) }];
        let mut messages =
            vec![Message::System { text: "Rules.".into() }, Message::User { text: "Go.".into() }];
        let before = encode(&messages, &tools);
        let seen = Observation { call: "call-0-0".into(), text: "one".into(), is_error: false };
        messages.push(Message::Assistant(Reply { text: "```json\n{}\n```".into(), ..Reply::default() }));
        messages.push(Message::Tools { observations: vec![seen] });
        let after = encode(&messages, &tools);
        assert_eq!(after[..before.len()], before[..]);
        assert_eq!(after.last(), Some(&Message::User { text: "Observation:\none".into() }));
    }

    #[test]
    fn the_schema_offers_each_tool_with_its_arguments() {
        let parameters = json!({ "type": "object" });
        let tools = [ToolSchema { name: "run".into(), description: String::new(), parameters }];
        assert_eq!(action_schema(&tools)["anyOf"][0]["properties"]["action"]["const"], "run");
        let text = action_schema(&tools).to_string();
        assert!(text.find("\"action\"") < text.find("\"arguments\""), "{text}");
    }
}
