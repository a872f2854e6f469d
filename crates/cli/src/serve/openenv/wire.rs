//! Wire: OpenEnv's frames and pages, as its own clients read them.

use envy_core::ToolSchema;
use serde_json::{Map, Value, json};

use crate::output::word;
use crate::serve::house::House;
use crate::serve::seat::{Answer, Asked, Final, Refusal};

/// Why a frame is answered with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    InvalidJson,
    UnknownType,
    Validation,
    Execution,
    Capacity,
    Session,
}

impl Code {
    fn name(self) -> &'static str {
        match self {
            Self::InvalidJson => "INVALID_JSON",
            Self::UnknownType => "UNKNOWN_TYPE",
            Self::Validation => "VALIDATION_ERROR",
            Self::Execution => "EXECUTION_ERROR",
            Self::Capacity => "CAPACITY_REACHED",
            Self::Session => "SESSION_ERROR",
        }
    }
}

/// An error frame.
pub(super) fn error(code: Code, message: &str) -> Value {
    json!({"type": "error", "data": {"message": message, "code": code.name()}})
}

/// The error frame of a refusal.
pub(super) fn refused(refusal: &Refusal) -> Value {
    match refusal {
        Refusal::Invalid(why) => error(Code::Validation, why),
        Refusal::NotNow(why) => error(Code::Execution, why),
    }
}

/// The error frame of a server without a free seat.
pub(super) fn full(house: &House) -> Value {
    let most = house.seats_max();
    let mut frame = error(Code::Capacity, &format!("all {most} sessions of this server are taken"));
    frame["data"]["active_sessions"] = house.seats_taken().into();
    frame["data"]["max_sessions"] = most.into();
    frame
}

/// An observation with its reward and whether the episode is over.
fn envelope(observation: &Value, over: Option<&Final>) -> Value {
    let reward = match over {
        // Nothing about the outcome shows before the end; without a score there is no number at all.
        None => json!(0.0),
        Some(over) => json!(over.reward),
    };
    json!({"observation": observation, "reward": reward, "done": over.is_some()})
}

/// What a reset answers: the task's words, as text and as messages.
pub(super) fn opened(prompt: &(String, String)) -> Value {
    let (system, user) = prompt;
    let messages = json!([{"role": "system", "content": system}, {"role": "user", "content": user}]);
    envelope(&json!({"prompt": user, "system_prompt": system, "messages": messages}), None)
}

/// What a tool call answers. The end says how it ended, never what was hidden.
pub(super) fn called(tool: &str, answer: &Answer) -> Value {
    let (called, over) = (&answer.called, answer.over.as_ref());
    let (result, error) = if called.is_error {
        let kind = if called.known { "execution_error" } else { "tool_not_found" };
        (Value::Null, json!({"error_type": kind, "message": called.text}))
    } else {
        (json!(called.text), Value::Null)
    };
    let mut observation = json!({"tool_name": tool, "result": result, "error": error});
    if let Some(over) = over {
        observation["end"] = word(&over.end).into();
        observation["passed"] = over.passed.into();
    }
    envelope(&observation, over)
}

/// The tools in OpenEnv's spelling; `schema` is the name of the member that holds a tool's arguments.
pub(super) fn tools(tools: &[ToolSchema], schema: &str) -> Value {
    let tool = |tool: &ToolSchema| {
        let mut told = json!({"name": tool.name, "description": tool.description});
        told[schema] = tool.parameters.clone();
        told
    };
    json!({"tools": tools.iter().map(tool).collect::<Vec<_>>()})
}

/// The answer to `list_tools`.
pub(super) fn listed(schemas: &[ToolSchema]) -> Value {
    envelope(&tools(schemas, "input_schema"), None)
}

/// The state of a session.
pub(super) fn state(episode: Option<&str>, steps: u64) -> Value {
    json!({"episode_id": episode, "step_count": steps})
}

/// An action of a step.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Action {
    ListTools,
    CallTool { tool: String, arguments: Value },
}

/// Reads an action.
///
/// # Errors
/// What is wrong with it.
pub(super) fn action(data: &Value) -> Result<Action, String> {
    let known = "an action is {\"type\": \"list_tools\"} or {\"type\": \"call_tool\", \"tool_name\": NAME, \
                 \"arguments\": {...}}";
    match data.get("type").and_then(Value::as_str) {
        Some("list_tools") => Ok(Action::ListTools),
        // Some clients leave the type out of the one action that carries data.
        Some("call_tool") | None => {
            let tool = data.get("tool_name").and_then(Value::as_str).ok_or(known)?.to_owned();
            let arguments = data.get("arguments").cloned().unwrap_or(Value::Null);
            let arguments = if arguments.is_null() { Value::Object(Map::new()) } else { arguments };
            Ok(Action::CallTool { tool, arguments })
        }
        Some(other) => Err(format!("there is no action \"{other}\": {known}")),
    }
}

/// Reads what a reset asks for; members that it does not know are the client's own.
///
/// # Errors
/// What is wrong with it, by member.
pub(super) fn asked(data: &Value) -> Result<Asked, (&'static str, String)> {
    let number = |name: &'static str| match data.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let wrong = || (name, format!("{name} is a whole number from 0"));
            value.as_u64().map(Some).ok_or_else(wrong)
        }
    };
    let text = |name: &'static str| match data.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err((name, format!("{name} is a text"))),
    };
    Ok(Asked {
        seed: number("seed")?,
        index: number("index")?.map(|index| index as usize),
        episode_id: text("episode_id")?,
        split: text("split")?,
    })
}

#[cfg(test)]
mod tests {
    use envy_core::End;
    use envy_lab::venue::Called;

    use super::*;

    fn answer(is_error: bool, over: Option<Final>) -> Answer {
        Answer { called: Called { text: "said".to_owned(), is_error, known: true, end: None }, over }
    }

    #[test]
    fn the_reward_is_0_until_the_end_and_no_number_without_a_score() {
        assert_eq!(called("t", &answer(false, None))["reward"], 0.0);
        let graded = Final { end: End::Submitted, reward: Some(0.75), passed: false };
        let told = called("t", &answer(false, Some(graded)));
        assert_eq!((&told["reward"], &told["done"]), (&json!(0.75), &json!(true)));
        assert_eq!(told["observation"]["end"], "submitted");
        let void = Final { end: End::Fault, reward: None, passed: false };
        assert_eq!(called("t", &answer(true, Some(void)))["reward"], Value::Null);
    }

    #[test]
    fn actions_and_resets_are_read_or_explained() {
        assert_eq!(action(&json!({"type": "list_tools"})), Ok(Action::ListTools));
        let call = action(&json!({"type": "call_tool", "tool_name": "x"}));
        assert_eq!(call, Ok(Action::CallTool { tool: "x".to_owned(), arguments: json!({}) }));
        for wrong in [json!({}), json!({"type": "jump"}), json!({"type": "call_tool"}), json!(7), json!(null)]
        {
            assert!(action(&wrong).is_err(), "{wrong}");
        }
        assert_eq!(asked(&json!({"seed": 3, "mine": []})).unwrap().seed, Some(3));
        assert_eq!(asked(&json!({"seed": -1})).unwrap_err().0, "seed");
        assert_eq!(asked(&json!({"index": "two"})).unwrap_err().0, "index");
        assert_eq!(asked(&json!({"episode_id": 4})).unwrap_err().0, "episode_id");
    }
}
