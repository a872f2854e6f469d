//! Arguments of a tool call, checked against the tool's JSON schema before the tool sees them.
//!
//! A model reads these messages, so each says which argument, what it must be and what it was. The subset of JSON
//! schema is what tools and submissions use; an environment's own `check` holds whatever goes beyond it.

use envy_core::near::suggestion;
use serde_json::{Map, Value};

/// Most problems that one observation lists.
const PROBLEMS_MAX: usize = 8;

/// Deepest nesting that is checked.
const DEPTH_MAX: usize = 16;

/// Most characters of a value that a message repeats.
const SHOWN_CHARACTERS: usize = 60;

/// The arguments as an object that fits `schema`; optional arguments given as null are left out.
///
/// # Errors
/// What is wrong and what to do, for the agent. `cut` tells that the reply ended at its token limit.
pub(crate) fn read(schema: &Value, arguments: &Value, cut: bool) -> Result<Value, String> {
    let mut object = object(arguments, cut)?;
    let required = names(schema, "required");
    object.retain(|name, value| !value.is_null() || required.contains(&name.as_str()));
    let object = Value::Object(object);
    let mut problems = Vec::new();
    check(schema, &object, "", DEPTH_MAX, &mut problems);
    if problems.is_empty() {
        return Ok(object);
    }
    problems.truncate(PROBLEMS_MAX);
    Err(format!("bad arguments: {}. Correct them and call the tool again.", problems.join("; ")))
}

/// The arguments object: providers keep a string that is no JSON as it came, and some models write none at all.
fn object(arguments: &Value, cut: bool) -> Result<Map<String, Value>, String> {
    let parsed = match arguments {
        Value::String(text) if text.trim().is_empty() => Value::Null,
        Value::String(text) => serde_json::from_str(text).map_err(|error| {
            let why = if cut { " The reply was cut at its token limit: write less at once." } else { "" };
            format!("the arguments are not valid JSON ({error}).{why} Send one JSON object.")
        })?,
        other => other.clone(),
    };
    match parsed {
        Value::Object(object) => Ok(object),
        Value::Null => Ok(Map::new()),
        other => {
            Err(format!("the arguments must be one JSON object, not {}. Send an object.", shown(&other)))
        }
    }
}

fn check(schema: &Value, value: &Value, at: &str, depth: usize, problems: &mut Vec<String>) {
    let place = || if at.is_empty() { "the arguments".to_owned() } else { format!("\"{at}\"") };
    if depth == 0 {
        problems.push(format!("{} is nested too deeply", place()));
        return;
    }
    let types = types(schema);
    if !types.is_empty() && !types.iter().any(|wanted| is_type(value, wanted)) {
        problems.push(format!("{} must be {}, not {}", place(), with_article(&types), shown(value)));
        return;
    }
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array).filter(|all| !all.contains(value)) {
        let allowed: Vec<String> = allowed.iter().map(Value::to_string).collect();
        problems.push(format!("{} must be one of {}, not {}", place(), allowed.join(", "), shown(value)));
    }
    match value {
        Value::Object(object) => fields(schema, object, at, depth, problems),
        Value::Array(items) => {
            bounds(schema, items.len() as f64, ["minItems", "maxItems"], "entries", &place(), problems);
            for (index, item) in items.iter().enumerate() {
                if let Some(inner) = schema.get("items") {
                    check(inner, item, &format!("{at}[{index}]"), depth - 1, problems);
                }
            }
        }
        Value::String(text) => {
            let length = text.chars().count() as f64;
            bounds(schema, length, ["minLength", "maxLength"], "characters", &place(), problems);
        }
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or(f64::NAN);
            bounds(schema, number, ["minimum", "maximum"], "", &place(), problems);
        }
        Value::Null | Value::Bool(_) => {}
    }
}

fn fields(schema: &Value, object: &Map<String, Value>, at: &str, depth: usize, problems: &mut Vec<String>) {
    let empty = Map::new();
    let known = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    let path = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
    for name in names(schema, "required").into_iter().filter(|name| !object.contains_key(*name)) {
        problems.push(format!("\"{}\" is missing", path(name)));
    }
    for (name, value) in object {
        match known.get(name) {
            Some(inner) => check(inner, value, &path(name), depth - 1, problems),
            None if schema.get("additionalProperties") == Some(&Value::Bool(false)) => {
                let hint = if known.is_empty() {
                    "there are none".to_owned()
                } else {
                    suggestion(name, known.keys().map(String::as_str))
                };
                problems.push(format!("there is no argument \"{}\" ({hint})", path(name)));
            }
            None => {}
        }
    }
}

fn bounds(schema: &Value, size: f64, keys: [&str; 2], unit: &str, place: &str, problems: &mut Vec<String>) {
    let verb = if unit.is_empty() { "be" } else { "have" };
    let space = if unit.is_empty() { "" } else { " " };
    let bound = |key| schema.get(key).and_then(Value::as_f64);
    let (least, most) = (bound(keys[0]), bound(keys[1]));
    if let Some(least) = least.filter(|least| size < *least) {
        problems.push(format!("{place} must {verb} at least {least}{space}{unit}, not {size}"));
    }
    if let Some(most) = most.filter(|most| size > *most) {
        problems.push(format!("{place} must {verb} at most {most}{space}{unit}, not {size}"));
    }
}

fn names<'a>(schema: &'a Value, key: &str) -> Vec<&'a str> {
    let list = schema.get(key).and_then(Value::as_array);
    list.map(|list| list.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}

fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        _ => names(schema, "type"),
    }
}

fn is_type(value: &Value, wanted: &str) -> bool {
    match wanted {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        // 60.0 is how some models write 60.
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => true,
    }
}

fn with_article(types: &[&str]) -> String {
    let each = types.iter().map(|name| match *name {
        "null" => "null".to_owned(),
        "object" | "array" | "integer" => format!("an {name}"),
        _ => format!("a {name}"),
    });
    each.collect::<Vec<_>>().join(" or ")
}

/// A value as a message repeats it.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({
            "type": "object",
            "properties": {
                "path": {"type": "string", "minLength": 1},
                "timeout": {"type": "number", "minimum": 1, "maximum": 600},
                "mode": {"enum": ["fast", "slow"]},
                "rows": {"type": "array", "maxItems": 2, "items": {"type": "integer"}},
            },
            "required": ["path"],
            "additionalProperties": false,
        })
    }

    fn problem(arguments: &Value) -> String {
        read(&schema(), arguments, false).unwrap_err()
    }

    #[test]
    fn good_arguments_pass_and_null_means_left_out() {
        let given = json!({"path": "x", "timeout": null, "rows": [1, 2.0]});
        assert_eq!(read(&schema(), &given, false), Ok(json!({"path": "x", "rows": [1, 2.0]})));
        let twice = Value::String(r#"{"path": "x"}"#.to_owned());
        assert_eq!(read(&schema(), &twice, false), Ok(json!({"path": "x"})));
        let nothing = json!({"type": "object"});
        for empty in [Value::Null, json!(""), json!({})] {
            assert_eq!(read(&nothing, &empty, false), Ok(json!({})));
        }
    }

    #[test]
    fn every_mistake_names_the_argument_and_the_way_out() {
        for (arguments, words) in [
            (json!({}), "\"path\" is missing"),
            (json!({"path": 3}), "\"path\" must be a string, not 3"),
            (json!({"path": ""}), "\"path\" must have at least 1 characters, not 0"),
            (json!({"path": null}), "\"path\" must be a string, not null"),
            (json!({"path": "x", "timeout": "60"}), "\"timeout\" must be a number, not \"60\""),
            (json!({"path": "x", "timeout": 601}), "\"timeout\" must be at most 600, not 601"),
            (
                json!({"path": "x", "mode": "quick"}),
                "\"mode\" must be one of \"fast\", \"slow\", not \"quick\"",
            ),
            (json!({"path": "x", "rows": [1, 2, 3]}), "\"rows\" must have at most 2 entries, not 3"),
            (json!({"path": "x", "rows": ["a"]}), "\"rows[0]\" must be an integer, not \"a\""),
            (
                json!({"path": "x", "timout": 5}),
                "there is no argument \"timout\" (did you mean \"timeout\"?)",
            ),
            (json!([1]), "must be one JSON object, not [1]"),
        ] {
            assert!(problem(&arguments).contains(words), "{arguments}: {}", problem(&arguments));
        }
    }

    #[test]
    fn a_cut_reply_is_told_from_a_slip() {
        let half = Value::String(r#"{"path": "clean.py", "content": "import"#.to_owned());
        let slip = read(&schema(), &half, false).unwrap_err();
        assert!(slip.contains("not valid JSON") && !slip.contains("token limit"), "{slip}");
        assert!(read(&schema(), &half, true).unwrap_err().contains("cut at its token limit"));
    }

    #[test]
    fn deep_nesting_ends() {
        let mut schema = json!({"type": "array"});
        let mut value = json!([]);
        for _ in 0..40 {
            schema = json!({"type": "array", "items": schema});
            value = json!([value]);
        }
        let mut problems = Vec::new();
        check(&schema, &value, "x", DEPTH_MAX, &mut problems);
        assert_eq!(problems.len(), 1);
    }
}
