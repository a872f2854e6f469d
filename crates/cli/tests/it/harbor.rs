//! Harbor: exported tasks, read and run by the package that owns the format.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::clients::{cache, command, packages, python, script, seen};
use crate::scene::{Scene, Told, boxes_work};

/// The package that owns the format. Its next release needs a newer certifi than there is.
const HARBOR: &str = "harbor==0.24.0";

/// The readers of the format. Of TRL's own needs those of its trainers are left out: its reader has none of them.
const VERIFIERS: &[&str] = &["verifiers==0.4.0", HARBOR];
const TRL: &[&str] = &["harbor==0.24.0 datasets==5.2.0 transformers==5.23.0", "--no-deps trl==1.16.0"];
const INSPECT: &str = "inspect-harbor==1.0.0";

/// Exports the scene's one task; the folder that holds its folder.
fn exported(scene: &Scene, more: &str) -> PathBuf {
    let out = scene.path("harbor");
    let grader = env!("CARGO_BIN_EXE_envy");
    let words =
        format!("dataset export cleaning --format harbor --grader {grader} --out {} {more}", out.display());
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

/// A script that reads exported tasks, with boxes that stand for containers.
fn reader(scene: &Scene, python: &Path, name: &str) -> Command {
    let mut client = command(python);
    client.arg(script(name)).env("PYTHONPATH", script("")).env("HOME", scene.path("home"));
    client.env("BOX_RUNTIME", runtime()).env("BOX_CACHE", cache().unwrap());
    client.env("TRL_EXPERIMENTAL_SILENCE", "1").env("HF_HUB_OFFLINE", "1");
    client
}

/// Whether one reward is an oracle's and the other the floor.
fn solved(oracle: &Value, nothing: &Value) -> bool {
    oracle.as_f64() > Some(0.5) && nothing.as_f64() == Some(0.0)
}

#[test]
fn verifiers_grades_an_exported_task_in_a_second_box() {
    let made = boxes_work().then(|| packages("verifiers==0.4.0 harbor==0.24.0", VERIFIERS));
    let Some(python) = made.flatten() else { return };
    let scene = Scene::with_task();
    let tasks = exported(&scene, "");
    let mut client = reader(&scene, &python, "verifiers_harbor.py");
    let seen = seen(client.arg(&tasks).arg(scene.path("vf")));
    let score = |agent: &str| seen[agent]["rewards"]["reward"]["score"].clone();
    assert!(solved(&score("oracle"), &score("nop")), "{seen}");
    assert_eq!(
        (&seen["oracle"]["metrics"]["passed"], &seen["nop"]["metrics"]["passed"]),
        (&json!(1.0), &json!(0.0))
    );
}

#[test]
fn trl_plays_an_exported_task_and_what_the_agent_left_running_is_ended() {
    let Some(python) = boxes_work().then(|| packages("trl==1.16.0", TRL)).flatten() else { return };
    let scene = Scene::with_task();
    exported(&scene, "");
    let seen = seen(reader(&scene, &python, "trl_harbor.py").arg(scene.path("harbor")));
    assert!(solved(&seen["rewards"]["oracle"], &seen["rewards"]["nop"]), "{seen}");
    assert!(seen["files"].as_array().unwrap().contains(&json!("train.csv")), "{seen}");
    assert!(seen["left running"].as_str().unwrap().starts_with("gone"), "{seen}");
}

#[test]
fn inspect_harbor_plays_an_exported_task_that_builds_its_image() {
    let Some(python) = boxes_work().then(|| python(INSPECT)).flatten() else { return };
    let scene = Scene::with_task();
    let tasks = exported(&scene, "--dockerfile");
    std::fs::create_dir(scene.path("logs")).unwrap();
    let mut client = reader(&scene, &python, "inspect_harbor_run.py");
    let seen = seen(client.arg(&tasks).arg(scene.path("logs")));
    assert!(solved(&seen["oracle"]["reward"], &seen["nop"]["reward"]), "{seen}");
    assert!(seen["nop"]["files"].as_array().unwrap().contains(&json!("train.csv")), "{seen}");
}

#[test]
fn the_oracle_of_an_exported_task_passes_and_doing_nothing_earns_the_floor() {
    let Some(python) = boxes_work().then(|| python(HARBOR)).flatten() else { return };
    let scene = Scene::with_task();
    let tasks = exported(&scene, "");
    let mut client = reader(&scene, &python, "harbor_tasks.py");
    let seen = seen(client.arg(&tasks).arg(scene.path("jobs")));
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
