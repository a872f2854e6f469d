//! JSON as text: digests are of bytes, so a record's text is kept, shown and taken apart without being written anew.

/// The text without the blanks between its tokens. Of JSON in any layout it makes the one that was sealed.
pub fn compact(text: &str) -> String {
    let mut compact = String::with_capacity(text.len());
    walk(text, |character, inside| {
        if inside || !character.is_ascii_whitespace() {
            compact.push(character);
        }
    });
    compact
}

/// Compact JSON laid out over lines, two blanks for each level.
pub fn indented(compact: &str) -> String {
    let mut out = String::with_capacity(compact.len() * 2);
    let mut depth = 0_usize;
    let mut opened = false;
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    walk(compact, |character, inside| {
        let closes = !inside && matches!(character, '}' | ']');
        if closes {
            depth = depth.saturating_sub(1);
        }
        // An empty object or list stays on its line.
        if opened != closes {
            line(&mut out, depth);
        }
        opened = !inside && matches!(character, '{' | '[');
        if opened {
            depth += 1;
        }
        out.push(character);
        match character {
            ',' if !inside => line(&mut out, depth),
            ':' if !inside => out.push(' '),
            _ => {}
        }
    });
    out
}

/// Shows every character to `see`, and whether it is inside a string, its quotes included.
fn walk(text: &str, mut see: impl FnMut(char, bool)) {
    let (mut inside, mut escaped) = (false, false);
    for character in text.chars() {
        let quote = character == '"' && !escaped;
        see(character, inside || quote);
        escaped = inside && character == '\\' && !escaped;
        inside ^= quote;
    }
}

/// The members of a compact JSON object, name and value as they are written; nothing if the text is no whole object.
pub fn members(compact: &str) -> Option<Vec<(&str, &str)>> {
    let body = compact.strip_prefix('{')?.strip_suffix('}')?;
    let mut members = Vec::new();
    let (mut depth, mut inside, mut escaped) = (0_usize, false, false);
    let (mut start, mut colon) = (0, None);
    for (at, byte) in body.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            _ if inside => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            b':' if depth == 0 && colon.is_none() => colon = Some(at),
            b',' if depth == 0 => {
                members.push(member(body, start, colon.take()?, at)?);
                start = at + 1;
            }
            _ => {}
        }
    }
    if depth > 0 || inside {
        return None;
    }
    if !body.is_empty() {
        members.push(member(body, start, colon?, body.len())?);
    }
    Some(members)
}

fn member(body: &str, start: usize, colon: usize, end: usize) -> Option<(&str, &str)> {
    let name = body[start..colon].strip_prefix('"')?.strip_suffix('"')?;
    Some((name, &body[colon + 1..end]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn members_are_taken_as_they_are_written() {
        let text = r#"{"a":[1,{"b":"},\"]"}],"c\\":1.50,"d":"\\","e":{}}"#;
        let found = members(text).unwrap();
        assert_eq!(found, [("a", r#"[1,{"b":"},\"]"}]"#), (r"c\\", "1.50"), ("d", r#""\\""#), ("e", "{}")]);
        assert_eq!(members("{}"), Some(Vec::new()));
        for broken in
            ["", "[]", "{\"a\":1", "{\"a\"}", "{\"a\":[1}", "{\"a\":\"x}", "{a:1}", "{\"a\":1,}", "{]}"]
        {
            assert_eq!(members(broken), None, "{broken}");
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "[ -~\n\u{e9}\u{1f600}]{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-c\"\\\\ ]{0,4}", inner, 0..4).prop_map(|map| json!(map)),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_layout_is_one_text(value in value()) {
            let text = value.to_string();
            let pretty = serde_json::to_string_pretty(&value).unwrap();
            prop_assert_eq!(&indented(&text), &pretty);
            prop_assert_eq!(compact(&pretty), text);
        }

        #[test]
        fn no_text_breaks_the_readers(text in "[{}\\[\\]\",:\\\\a1 \u{e9}]{0,40}") {
            let _ = (compact(&text), indented(&text), members(&text));
        }
    }
}
