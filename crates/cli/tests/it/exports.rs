//! Exports, read by the packages that own the formats.

use serde_json::{Value, json};

use crate::clients::{command, python, script, seen};
use crate::scene::{Scene, boxes_work};
use crate::server::{Answers, serve};

/// The package that owns ATIF.
const ATIF: &str = "atif==1.8.0";

/// The package that owns `.eval` files.
const INSPECT: &str = "inspect-ai==0.3.285";

/// A reader of Parquet that is not ours.
const PYARROW: &str = "pyarrow==26.0.1";

/// The package that owns training traces.
const OPENENV: &str = "openenv==0.10.0";

/// Exports the run; the folder, and what was said of it.
fn export(scene: &Scene, format: &str, more: &str) -> (String, Value) {
    let out = scene.path(format).display().to_string();
    let told = scene.json(&format!("runs export last --format {format} --out {out} --json {more}"));
    assert_eq!(told["format"], format);
    (out, told)
}

#[test]
fn exports_open_in_the_packages_that_own_the_formats() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::with_run();
    let mut record = scene.json("runs show last --episode 1 --json");
    // What is exported is what was sealed; the receipt lies beside it.
    assert!(record.as_object_mut().unwrap().remove("receipt").is_some_and(|receipt| receipt.is_object()));
    let reward = &record["verdict"]["graded"]["reward"];
    let (folder, told) = export(&scene, "atif", "");
    assert_eq!(told["episodes"], 2);
    if let Some(python) = python(ATIF) {
        let seen = seen(command(python).arg(script("formats.py")).args(["atif", &folder]));
        assert_eq!(&seen[1]["extra"]["verdict"]["reward"], reward);
        let turns = record["trajectory"]["turns"].as_array().unwrap().len();
        assert_eq!(seen[1]["steps"], turns + 2, "system, user and a step for each turn");
    }
    let (_, told) = export(&scene, "inspect", "");
    let files: Vec<&str> = told["files"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(files.len(), 2, "one log for each model");
    if let Some(python) = python(INSPECT) {
        let seen = seen(command(python).arg(script("formats.py")).args(["inspect", files[1]]));
        assert_eq!((&seen["status"], &seen["model"]), (&json!("success"), &json!("policy/reference")));
        assert_eq!((&seen["mean"], &seen["samples"][0]["reward"]), (reward, reward));
        assert_eq!((&seen["summaries"], &seen["listed"]), (&json!(1), &json!(2)));
        assert!(seen["samples"][0]["calls"].as_u64().unwrap() > 0, "{seen}");
    }
    let (_, told) = export(&scene, "parquet", "");
    if let Some(python) = python(PYARROW) {
        let file = told["files"][0].as_str().unwrap();
        let seen = seen(command(python).arg(script("formats.py")).args(["parquet", file]));
        assert_eq!((&seen["rows"][1]["reward"], &seen["records"][1]), (reward, &record), "{}", seen["rows"]);
        assert_eq!((&seen["rows"][0]["passed"], &seen["rows"][1]["passed"]), (&json!(false), &json!(true)));
        assert_eq!(
            (&seen["rows"][0]["model"], &seen["rows"][0]["fault"]),
            (&json!("policy/null"), &Value::Null)
        );
    }
}

#[test]
fn traces_of_an_engine_that_gives_its_tokens_open_in_openenv() {
    let Some(python) = boxes_work().then(|| python(OPENENV)).flatten() else { return };
    let scene = Scene::with_task();
    let url = serve(Answers::Tokens);
    scene.json(&format!("eval --dataset cleaning --model scripted --base-url {url} --num-runs 1 --json"));
    let (_, told) = export(&scene, "openenv-trace", "");
    let file = told["files"][0].as_str().unwrap();
    let seen = seen(command(python).arg(script("formats.py")).args(["trace", file]));
    assert_eq!(seen, json!([3]), "one trace of three turns");
}

#[test]
fn runs_without_tokens_make_no_traces() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::with_run();
    let told = scene.run("runs export last --format openenv-trace");
    told.fails(2, "holds the tokens of its model", "--base-url");
}

#[test]
fn chats_and_lines_hold_what_was_asked_for_and_no_canary() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::with_run();
    let canary = scene.tree().into_iter().find(|path| path.ends_with("hidden/canary.txt")).unwrap();
    let canary = std::fs::read_to_string(canary).unwrap();
    for (format, more, episodes) in [("jsonl", "", 2), ("sft", "--min-reward 0.5", 1)] {
        let (_, told) = export(&scene, format, more);
        let text = std::fs::read_to_string(told["files"][0].as_str().unwrap()).unwrap();
        assert_eq!((&told["episodes"], text.lines().count()), (&json!(episodes), episodes), "{format}");
        assert!(!text.contains(&canary), "{format}");
    }
    scene.run("runs export last --format inspekt").fails(2, "unknown format", "did you mean \"inspect\"?");
}
