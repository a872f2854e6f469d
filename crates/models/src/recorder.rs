//! Recorder: what went over the wire in one conversation, kept so that its size grows with the turns and not with
//! their square.

use envy_core::Exchange;
use serde_json::{Map, Value};

/// The members that hold the conversation, one in each dialect.
const LISTS: [&str; 3] = ["messages", "contents", "input"];

/// Remembers the last request of a conversation and writes each one down as its difference.
#[derive(Default)]
pub(crate) struct Recorder {
    last: Value,
}

impl Recorder {
    /// The exchange of one call.
    pub(crate) fn exchange(&mut self, request: Value, response: Value) -> Exchange {
        let mut different = Map::new();
        let mut kept = 0;
        for (name, value) in request.as_object().into_iter().flatten() {
            let before = &self.last[name.as_str()];
            if let (true, Some(list)) = (LISTS.contains(&name.as_str()), value.as_array()) {
                let before = before.as_array().map_or(&[][..], Vec::as_slice);
                kept = list.iter().zip(before).take_while(|(new, old)| new == old).count();
                different.insert(name.clone(), Value::Array(list[kept..].to_vec()));
            } else if value != before {
                different.insert(name.clone(), value.clone());
            }
        }
        self.last = request;
        Exchange { kept, request: Value::Object(different), response }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_is_kept_as_what_it_adds() {
        let mut recorder = Recorder::default();
        let body = |messages: Value| json!({ "model": "m", "tools": ["t"], "messages": messages });
        let first = recorder.exchange(body(json!(["a", "b"])), json!(1));
        assert_eq!((first.kept, &first.request), (0, &body(json!(["a", "b"]))));
        let second = recorder.exchange(body(json!(["a", "b", "c", "d"])), json!(2));
        assert_eq!((second.kept, &second.request), (2, &json!({ "messages": ["c", "d"] })));
        // A mark on the last message moves on: what changed is written again.
        let third = recorder.exchange(body(json!(["a", "b", "C", "d", "e"])), json!(3));
        assert_eq!((third.kept, &third.request), (2, &json!({ "messages": ["C", "d", "e"] })));
    }
}
