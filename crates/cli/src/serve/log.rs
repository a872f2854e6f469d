//! Logs of a server: one JSON object a line, on stderr.

use envy_lab::clock;
use envy_lab::venue::Closed;
use serde_json::{Value, json};

use crate::output::{note, word};

/// Writes an event with its fields.
pub(crate) fn event(name: &str, fields: Value) {
    let mut line = json!({"at": clock::written(clock::now()), "event": name});
    if let (Some(line), Value::Object(fields)) = (line.as_object_mut(), fields) {
        line.extend(fields);
    }
    note(line.to_string());
}

/// Writes what came of an episode: for the operator alone.
pub(crate) fn closed(episode: &str, closed: &Closed) {
    let sealed = closed.sealed.as_ref().map(|(run, number)| json!({"run": run, "number": number}));
    let (score, fault) = match &closed.verdict {
        envy_core::Verdict::Graded(score) => {
            (json!({"reward": score.reward, "passed": score.passed}), Value::Null)
        }
        envy_core::Verdict::Void(fault) => (Value::Null, json!(fault)),
    };
    let end = word(&closed.end);
    let mut fields =
        json!({"episode": episode, "end": end, "sealed": sealed, "score": score, "fault": fault});
    if !closed.outcome.flags.is_empty() {
        (fields["flags"], fields["filtered"]) = (json!(closed.outcome.flags), json!(closed.outcome.filtered));
    }
    event("episode closed", fields);
}
