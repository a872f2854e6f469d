//! Prints, for each dialect, the requests of a short conversation and what the test server answers, as JSON lines.
//! `cargo xtask wire` holds them against the types of the providers' own packages.

#![allow(clippy::print_stdout, reason = "its lines are its output")]

#[path = "../tests/it/script.rs"]
#[allow(dead_code, reason = "the script of the tests, of which this needs a part")]
mod script;

use envy_core::{Message, Observation, Sampling, ToolSchema};
use envy_models::dialects::{ALL, Ask, Dialect};
use serde_json::{Value, json};

fn main() {
    for dialect in ALL {
        for stream in [false, true] {
            let replies: Vec<Value> = (0..2).map(|turn| script::whole(dialect.name(), turn)).collect();
            let line = json!({
                "dialect": dialect.name(),
                "stream": stream,
                "requests": requests(*dialect, stream, &replies),
                "replies": replies,
                "events": script::events(dialect.name(), 0),
            });
            println!("{line}");
        }
    }
}

/// The requests of a conversation as it grows, after one with a schema instead of tools.
fn requests(dialect: &dyn Dialect, stream: bool, replies: &[Value]) -> Vec<Value> {
    let parameters =
        json!({ "type": "object", "properties": { "code": { "type": "string" } }, "required": ["code"] });
    let tool = ToolSchema { name: "run".to_owned(), description: "Runs code.".to_owned(), parameters };
    let (tools, schema) = ([tool], json!({ "type": "object", "additionalProperties": false }));
    let sampling = Sampling {
        temperature: Some(1.0),
        top_p: Some(0.95),
        seed: Some(7),
        reasoning_effort: Some("low".to_owned()),
    };
    let ask = |messages: &[Message], tools: &[ToolSchema], schema: Option<&Value>| {
        let (model, tokens_max, sampling) = ("a-model", 3_000, &sampling);
        let (is_open, capture) = (false, false);
        dialect.body(&Ask { model, messages, tools, tokens_max, sampling, stream, schema, is_open, capture })
    };
    let user = |text: &str| Message::User { text: text.to_owned() };
    let mut messages = vec![Message::System { text: "Be brief.".to_owned() }, user("Begin.")];
    let mut requests = vec![ask(&messages, &[], Some(&schema)), ask(&messages, &tools, None)];
    for reply in replies {
        let reply = dialect.read(reply.clone()).expect("the script speaks the dialect");
        let seen = |(place, id): (usize, &String)| Observation {
            call: id.clone(),
            text: format!("seen {place}"),
            is_error: place == 1,
        };
        let observations: Vec<Observation> =
            reply.calls.iter().map(|call| &call.id).enumerate().map(seen).collect();
        messages.push(Message::Assistant(reply));
        messages.push(if observations.is_empty() { user("Go on.") } else { Message::Tools { observations } });
        requests.push(ask(&messages, &tools, None));
    }
    requests
}
