//! The scripted agents of the diagnosis environment, one file each: from nothing, over the gamers, to the reference.

mod accuser;
mod empty_test;
mod fix_only;
mod injection;
mod keyword_stuffer;
mod none_always;
mod one_code;
mod reference;
mod report_only;
mod suspicions;
mod symptom_only;
mod vague;
mod whole_file;

use envy_core::{Policy, Script, ToolCall, policy};
use envy_pycode::mutators::ErrorClass;
use serde_json::{Value, json};

/// Every policy.
pub(in crate::diagnosis) const ALL: &[&dyn Policy] = &[
    &crate::null::Null,
    &accuser::Accuser,
    &empty_test::EmptyTest,
    &fix_only::FixOnly,
    &injection::Injection,
    &keyword_stuffer::KeywordStuffer,
    &none_always::NoneAlways,
    &one_code::OneCode,
    &report_only::ReportOnly,
    &symptom_only::SymptomOnly,
    &vague::Vague,
    &whole_file::WholeFile,
    &reference::Reference,
];

/// A test that asserts nothing.
const EMPTY_TEST: &str = "print(\"all tests passed\")\n";

/// A call that writes a file into the work directory.
fn write_file(path: &str, content: &str) -> ToolCall {
    policy::call("write_file", json!({"path": path, "content": content}))
}

/// The call that ends the episode.
fn submit() -> ToolCall {
    policy::call("submit_answer", json!({}))
}

/// A report of the right form with no measured effect.
fn report(class: ErrorClass, mechanism: &str, places: &[(&str, usize, usize)], text: &str) -> Value {
    let place = |(file, start, end): &(&str, usize, usize)| json!({"file": file, "start": start, "end": end, "symbol": ""});
    json!({
        "error_type": class,
        "mechanism": mechanism,
        "locations": places.iter().map(place).collect::<Vec<_>>(),
        "explanation": text,
        "effect": {"direction": "higher", "size": 0.05},
        "fix": "See the explanation.",
    })
}

/// Writes a report, and a test if there is one, and submits.
fn respond(report: &Value, test: Option<&str>) -> Box<dyn Script> {
    let mut files = vec![write_file("response/report.json", &report.to_string())];
    files.extend(test.map(|test| write_file("response/test_fix.py", test)));
    policy::fixed(vec![files, vec![submit()]])
}
