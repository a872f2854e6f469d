//! Verdicts on fixed work: see `crate::verdicts`.

use super::*;
use crate::verdicts::{Case, hold, input};

#[test]
fn verdicts_move_only_with_the_graders_version() {
    let made = generated("error-analysis-1", None).unwrap();
    let text = EXAMPLES.iter().find(|(name, _)| *name == "error-analysis-1").unwrap().1;
    let file: Value = serde_json::from_str(text).unwrap();
    let (class, place) = (&check(&file, "IDENTIFY_ISSUE_TYPE")["value"], check(&file, "LOCALISE"));
    let places = json!([{"file": place["file"], "start": place["start"], "end": place["end"]}]);
    let right = json!({"error_type": class, "locations": places, "explanation": "x", "fix": "x"});
    let vague = json!({"error_type": "ALL", "locations": [{"file": "src/code.py", "start": 1, "end": 500}]});
    let mended = check(&file, "FIX")["expect"].clone();
    let cases = [
        ("right", Some(&right), mended.clone()),
        ("said-only", Some(&right), json!({})),
        ("vague", Some(&vague), json!({})),
        ("nothing", None, mended),
    ]
    .map(|(name, report, probe)| {
        let input = input(submitted(&made, report));
        Case::new(name, &made.task, input, |_| graded(&made, report, &probe))
    });
    hold(&Authored, include_str!("verdicts.txt"), &cases);
}
