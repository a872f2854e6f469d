//! Harbor: exported tasks, read and run by the package that owns the format.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::clients::{cache, command, python, script, seen};
use crate::scene::{Scene, Told, boxes_work};

/// The package that owns the format.
const HARBOR: &str = "harbor==0.24.0";

/// Exports the scene's one task; the folder that holds its folder.
fn exported(scene: &Scene) -> PathBuf {
    let out = scene.path("harbor");
    let grader = env!("CARGO_BIN_EXE_envy");
    let words = format!("dataset export cleaning --format harbor --grader {grader} --out {}", out.display());
    let told = scene.run(&words);
    assert_eq!((told.code, told.stdout.lines().count()), (Some(0), 1), "{}", told.stderr);
    out.join("tasks")
}

/// The runtime that the image is made of.
fn runtime() -> PathBuf {
    let folder = cache().unwrap().join("runtimes");
    let found = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    found.into_iter().find(|path| path.join("usr/bin/python3").exists()).unwrap()
}

#[test]
fn the_oracle_of_an_exported_task_passes_and_doing_nothing_earns_the_floor() {
    let Some(python) = boxes_work().then(|| python(HARBOR)).flatten() else { return };
    let scene = Scene::with_task();
    let tasks = exported(&scene);
    let mut client = command(python);
    client.arg(script("harbor_tasks.py")).arg(&tasks).arg(scene.path("jobs"));
    client.env("BOX_RUNTIME", runtime()).env("BOX_CACHE", cache().unwrap());
    client.env("PYTHONPATH", script("")).env("HOME", scene.path("home"));
    let seen = seen(&mut client);
    assert_eq!((&seen["valid"][0][0], &seen["valid"][0][2]), (&json!(true), &json!("/app")));
    let oracle = &seen["rewards"]["oracle"];
    assert!(oracle["reward"].as_f64() > Some(0.5) && oracle["passed"] == 1, "{seen}");
    let nothing = &seen["rewards"]["nop"];
    assert_eq!((&nothing["reward"], &nothing["passed"]), (&json!(0.0), &json!(0)), "{seen}");
}

#[test]
fn a_task_of_harbor_runs_here_and_is_graded_by_its_own_script() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::new();
    let folder = scene.path("tasks/answer");
    for part in ["tests", "environment"] {
        std::fs::create_dir_all(folder.join(part)).unwrap();
    }
    let put = |path: &str, text: &str| std::fs::write(folder.join(path), text).unwrap();
    put("task.toml", "[task]\nname = \"a/b\"\n[verifier]\ntimeout_sec = 30.0\nenv = { BEST = \"1\" }\n");
    put("instruction.md", "Copy /app/hint.txt to /app/answer.txt.\n");
    put("environment/hint.txt", "42\n");
    put("tests/expected.txt", "42\n");
    let script = "cd /app\nif cmp answer.txt /tests/expected.txt; then reward=$BEST; else reward=0; fi\n";
    put(
        "tests/test.sh",
        &format!("{script}echo \"{{\\\"reward\\\": $reward}}\" > /logs/verifier/reward.json\n"),
    );
    let report = scene.json(&format!("eval --harbor {} --json", scene.path("tasks").display()));
    let row = &report["rows"][0];
    assert_eq!(
        (&row["model"], &row["reward_mean"], &row["voids"]),
        (&json!("policy/nop"), &json!(0.0), &json!(0))
    );
    let task = scene.task();
    std::fs::create_dir(scene.path("work")).unwrap();
    scene.file("work/answer.txt", "42\n");
    let graded = scene.json(&format!(
        "grade --task {} --submission {} --json",
        task.display(),
        scene.path("work").display()
    ));
    let score = &graded["verdict"]["graded"];
    assert_eq!((&score["reward"], &score["passed"]), (&json!(1.0), &json!(true)), "{graded}");
    std::fs::remove_file(folder.join("tests/test.sh")).unwrap();
    scene.run(&format!("eval --harbor {}", folder.display())).fails(
        2,
        "tests/test.sh is missing",
        "instruction.md",
    );
}

#[test]
fn a_grader_without_boxes_writes_no_reward() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::with_task();
    let reward = scene.path("reward.json");
    let words = format!(
        "grade --task cleaning --submission {} --reward {}",
        scene.path("home").display(),
        reward.display()
    );
    let told = Told::from(scene.command(&words).env("ENVY_CACHE_DIR", "/dev/null/none").output().unwrap());
    told.fails(1, "", "ENVY_CACHE_DIR");
    assert!(!reward.exists());
    assert_eq!(scene.run(&words).code, Some(0));
    let written: Value = serde_json::from_str(&std::fs::read_to_string(&reward).unwrap()).unwrap();
    assert_eq!((&written["reward"], &written["passed"]), (&json!(0.0), &json!(0)));
    // Beyond a verifier of Harbor's it would end whatever its user runs.
    scene.run(&format!("{words} --kill-others")).fails(2, "--kill-others", "/logs/verifier/reward.json");
}
