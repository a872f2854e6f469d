//! The contract of a tool, over all of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use envy_core::{Reply, Sandbox, ToolCall};
use envy_rollout::{Episode, agent_box, tools};
use serde_json::{Value, json};

use crate::fakes::World;

#[test]
fn every_schema_can_be_read_by_a_model() {
    let mut names = BTreeSet::new();
    for tool in tools::ALL {
        let schema = tool.schema();
        let name = schema.name.as_str();
        assert!(name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_'), "{name}");
        assert!(names.insert(name.to_owned()), "{name} is listed twice");
        assert!(schema.description.ends_with('.'), "{name}");
        assert_eq!(schema.parameters["type"], "object", "{name}");
        let properties = schema.parameters["properties"].as_object().unwrap();
        for required in schema.parameters["required"].as_array().unwrap() {
            assert!(properties.contains_key(required.as_str().unwrap()), "{name} requires {required}");
        }
        for (argument, property) in properties {
            assert!(property["type"].is_string(), "{name}.{argument} has no type");
            assert!(property["description"].as_str().unwrap().ends_with('.'), "{name}.{argument}");
        }
    }
    assert!(names.iter().map(String::as_str).eq(tools::ALL.iter().map(|tool| tool.schema().name)), "sorted");
}

#[test]
fn only_what_a_tool_cannot_do_without_is_required() {
    let required = |name: &str| {
        let tool = tools::ALL.iter().find(|tool| tool.schema().name == name).unwrap();
        tool.schema().parameters["required"].clone()
    };
    assert_eq!(required("read_file"), json!(["path"]));
    assert_eq!(required("write_file"), json!(["path", "content"]));
    assert_eq!(required("list_files"), json!([]));
    assert_eq!(required("run_python"), json!(["script_path"]));
    assert_eq!(required("bash_exec"), json!(["command"]));
    assert_eq!(required("python_expression"), json!(["expression"]));
    assert_eq!(required("eval_model"), json!([]));
}

/// Arguments of every wrong shape, and some of the right one with wild values.
fn wild() -> Vec<Value> {
    let mut wild = vec![json!(null), json!(7), json!("{"), json!([[]]), json!({}), json!({"": ""})];
    for value in [json!(null), json!(-1), json!(""), json!("\0"), json!("//../"), json!([1]), json!({"a": 1})]
    {
        wild.push(json!({
            "path": value, "content": value, "script_path": value, "command": value, "cwd": value, "expression": value,
            "timeout": value, "note": value,
        }));
        for name in ["path", "script_path", "command", "expression", "note"] {
            wild.push(json!({ name: value, "content": "x" }));
            wild.push(json!({ name: value }));
        }
    }
    wild
}

#[tokio::test(start_paused = true)]
async fn no_arguments_break_a_tool_or_its_episode() {
    for tool in tools::ALL {
        let name = tool.schema().name;
        for arguments in wild() {
            let mut episode = Episode::start(World::new().start());
            let calls =
                vec![ToolCall { id: "1".to_owned(), name: name.clone(), arguments: arguments.clone() }];
            let step = episode.step(Reply { calls, ..Reply::default() }).await;
            assert_eq!(step.observations.len(), 1);
            assert!(!step.observations[0].text.is_empty(), "{name} {arguments}");
            let outcome = episode.finish().await;
            assert!(outcome.verdict.score().is_some(), "{name} {arguments}: {:?}", outcome.verdict);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_tool_called_past_the_check_still_answers() {
    for tool in tools::ALL {
        for arguments in wild() {
            let sandbox = Arc::clone(&World::new().sandbox);
            let spec = envy_core::BoxSpec { files: Vec::new(), limits: agent_box() };
            let mut workbox = sandbox.open(spec).await.unwrap();
            let answer = tool.call(&arguments, workbox.as_mut()).await;
            let fine = matches!(&answer, Ok(_) | Err(envy_core::SandboxError::Refused(_)));
            assert!(fine, "{} {arguments}", tool.schema().name);
        }
    }
}
