//! A task in the published format: prompt, files, and the rubric with the truth in its words. It is its owner's: whoever
//! reads it knows the answer.

use envy_core::{Brief, Environment as _, EpisodeSpec, Hidden};
use serde_json::{Value, json};

use super::Diagnosis;
use super::hidden::{Secret, Truth};
use super::report::REPORT;
use super::rubric::rubric;
use crate::rubric::{Item, Kind};

/// The task's file.
///
/// # Errors
/// The hidden half is damaged: one sentence.
pub fn task_json(id: &str, brief: &Brief, hidden: &Hidden) -> Result<String, String> {
    let truth = Secret::read(hidden)?.truth;
    let (system, user) = Diagnosis.prompt(brief, &EpisodeSpec::new("export"));
    let files = brief
        .files
        .iter()
        .map(|file| (file.path.clone(), Value::from(String::from_utf8_lossy(&file.bytes).into_owned())));
    // A penalty is for code that is accused: in this format nobody could tell.
    let items: Vec<Item> = rubric().items().iter().filter(|item| item.weight > 0.0).cloned().collect();
    let line = |item: &Item| format!("{:+}|{}|{}|", item.weight, item.name, words(item, &truth));
    let task = json!({
        "task_id": id,
        "prompt": [{"type": "text", "text": format!("{system}\n{user}")}],
        "rubrics": items.iter().map(|item| entry(item, &truth)).collect::<Vec<_>>(),
        "rubric_text": items.iter().map(line).collect::<Vec<_>>().join("\n"),
        "total_possible": rubric().total(),
        "use_docker": false,
        "task_dir": "/app",
        "task_files": files.collect::<serde_json::Map<_, _>>(),
        "max_turns": EpisodeSpec::new("export").limits.turns_max,
    });
    Ok(format!("{task:#}\n"))
}

fn entry(item: &Item, truth: &Truth) -> Value {
    let outcomes = json!([{"label": "not met", "score": 0}, {"label": "met", "score": item.weight}]);
    let mut entry = json!({
        "name": item.name,
        "weight": item.weight,
        "messages": [{"type": "text", "text": words(item, truth)}],
    });
    if item.kind != Kind::Span {
        entry["score"] = json!({"type": "discrete", "outcomes": outcomes});
    }
    if let Some(check) = check(item, truth) {
        entry["check"] = check;
    }
    entry
}

/// What is asked, with the truth in it.
fn words(item: &Item, truth: &Truth) -> String {
    let named = |part: fn(&super::hidden::Named) -> String| -> String {
        let names: Vec<String> = truth.errors.iter().map(part).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(" and ") }
    };
    let told = match item.name.as_str() {
        "error_type" => named(|error| format!("{:?}", error.error_type)),
        "mechanism" => named(|error| error.mechanism.clone()),
        "file" | "symbol" | "lines" => {
            let places = truth.places().map(|place| {
                let (span, file) = (&place.span, &place.file);
                format!("{file} {} lines {} to {}", span.symbol, span.start.line, span.end.line)
            });
            places.collect::<Vec<_>>().join("; ")
        }
        "effect_direction" | "effect_size" => format!("{:+.4} of the holdout's area", truth.effect),
        _ => return item.doc.clone(),
    };
    format!("{} ({told})", item.doc)
}

/// The check that any harness which knows the format can make without a box.
fn check(item: &Item, truth: &Truth) -> Option<Value> {
    let first = truth.errors.first();
    let exact = |field: &str, value: Value| {
        Some(json!({"kind": "exact", "path": REPORT, "field": field, "value": value}))
    };
    match item.name.as_str() {
        "error_type" => exact("/error_type", first.map_or(json!("NONE"), |error| json!(error.error_type))),
        "mechanism" => exact("/mechanism", first.map_or(json!("none"), |error| json!(error.mechanism))),
        "lines" => {
            let place = truth.places().next()?;
            let (start, end) = (place.span.start.line, place.span.end.line);
            Some(json!({
                "kind": "span", "path": REPORT, "field": "/locations", "file": place.file, "start": start, "end": end,
            }))
        }
        "format" => Some(json!({
            "kind": "schema", "path": REPORT,
            "required": ["error_type", "mechanism", "locations", "explanation", "effect", "fix"],
        })),
        "files" => Some(json!({"kind": "file", "path": super::jobs::TEST})),
        _ => None,
    }
}
