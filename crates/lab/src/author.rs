//! Author: a model that is asked for a label function of the cleaning environment, with two tools: count the nodes, submit.
//!
//! What it sends is parsed and evaluated here and never run. What comes of it is kept in the task's spec, so that the seed
//! makes the task again without the model.

use std::collections::BTreeMap;

use envy_core::{
    Brief, ChatRequest, EpisodeSpec, Message, Model, Observation, Opening, Seed, ToolCall, ToolSchema,
};
use envy_environments::cleaning::written::{Refusal, node_count};
pub use envy_environments::cleaning::written::{SOURCE_BYTES_MAX, Tried, Wanted, examine, wanted};
use serde_json::json;

use crate::error::LabError;

/// Replies that the model has for one function.
const TURNS_MAX: u32 = 12;
/// The most tokens of a reply.
const REPLY_TOKENS_MAX: u32 = 6_000;

const SYSTEM: &str = include_str!("author_system.md");

/// A function that a model wrote.
#[derive(Clone, Debug)]
pub struct Authored {
    /// The Python module.
    pub source: String,
    /// What its trial found.
    pub tried: Tried,
    /// Replies that it took.
    pub turns: u32,
}

/// Asks a model for a function.
///
/// # Errors
/// The model cannot be reached, or submitted nothing usable in [`TURNS_MAX`] replies.
pub async fn write(model: &dyn Model, wanted: &Wanted) -> Result<Authored, LabError> {
    let failed = |error: &envy_core::ModelError| {
        LabError::usage(
            format!("{} wrote no function: {error}", model.name()),
            "see `envy doctor` for keys and servers",
        )
    };
    let brief = Brief {
        environment: "cleaning".to_owned(),
        title: String::new(),
        files: Vec::new(),
        collect: Vec::new(),
        facts: BTreeMap::new(),
    };
    let episode = EpisodeSpec::new(model.name());
    let opening = Opening { brief: &brief, episode: &episode, seed: Seed::named("author") };
    let mut chat = model.open(&opening).map_err(|error| failed(&error))?;
    let tools = tools();
    let mut messages =
        vec![Message::System { text: SYSTEM.to_owned() }, Message::User { text: asked(wanted) }];
    let mut last = String::from("it submitted nothing");
    for turn in 1..=TURNS_MAX {
        let request = ChatRequest { messages: &messages, tools: &tools, tokens_max: REPLY_TOKENS_MAX };
        let reply = chat.reply(request).await.map_err(|error| failed(&error))?;
        let calls = reply.calls.clone();
        messages.push(Message::Assistant(reply));
        let mut observations = Vec::with_capacity(calls.len());
        for call in calls {
            let observation = match answer(&call, wanted) {
                Ok(Answer::Taken(source, tried)) => {
                    return Ok(Authored { source, tried, turns: turn });
                }
                Ok(Answer::Said(text)) => Observation { call: call.id, text, is_error: false },
                Err(refusal) => {
                    last = format!("the last one was refused: {refusal}");
                    let text = format!("{refusal}; {}", refusal.hint);
                    Observation { call: call.id, text, is_error: true }
                }
            };
            observations.push(observation);
        }
        messages.push(if observations.is_empty() {
            Message::User { text: "Act through the tools: count_nodes, then submit.".to_owned() }
        } else {
            Message::Tools { observations }
        });
    }
    Err(LabError::usage(
        format!("{} wrote no function that can be used in {TURNS_MAX} replies; {last}", model.name()),
        "try another model, another --complexity, or give a function of your own: --dynamics FILE.py",
    ))
}

/// What a call comes to.
enum Answer {
    /// Something to say.
    Said(String),
    /// The function is taken.
    Taken(String, Tried),
}

fn answer(call: &ToolCall, wanted: &Wanted) -> Result<Answer, Refusal> {
    let refused = |what: String| Refusal { what, hint: "call count_nodes or submit with `code`".to_owned() };
    let code = call.arguments["code"].as_str();
    let code = code.ok_or_else(|| refused(format!("{} was called without `code`", call.name)))?;
    match call.name.as_str() {
        "count_nodes" => {
            let nodes = node_count(code)?;
            Ok(Answer::Said(format!("{nodes} nodes; {} are wanted, give or take 10", wanted.nodes)))
        }
        "submit" => Ok(Answer::Taken(code.to_owned(), examine(code, wanted)?)),
        other => Err(refused(format!("there is no tool {other}"))),
    }
}

fn asked(wanted: &Wanted) -> String {
    let inputs: Vec<String> = (0..wanted.inputs).map(|input| format!("row.x{input}")).collect();
    let label = wanted.classes.map_or("the score itself is the label".to_owned(), |classes| {
        format!("the score is cut into {classes} classes of equal size afterwards")
    });
    format!(
        "Write a function of {} nodes, give or take 10, that reads all of {}; {label}.",
        wanted.nodes,
        inputs.join(", ")
    )
}

fn tools() -> Vec<ToolSchema> {
    let tool = |name: &str, description: &str| ToolSchema {
        name: name.to_owned(),
        description: description.to_owned(),
        parameters: json!({
            "type": "object",
            "properties": { "code": { "type": "string", "description": "The whole Python module." } },
            "required": ["code"]
        }),
    };
    vec![
        tool("count_nodes", "Tells how many nodes `ast.walk` meets in a module."),
        tool("submit", "Hands the function in; what is wrong with it is told."),
    ]
}
