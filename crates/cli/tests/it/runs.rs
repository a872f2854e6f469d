//! Runs: from seed to report, killed and resumed, graded offline, verified.

use std::io::{BufRead as _, BufReader};

use serde_json::json;

use crate::scene::{Scene, Told, boxes_work, row, skipped};

#[test]
fn a_run_reports_what_each_policy_earns_and_can_be_read_and_verified() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::new();
    let report = scene.json("eval --env cleaning --count 2 --seed 1 --model policy/null --model policy/reference --num-runs 1 --json");
    assert_eq!(report["environment"], "cleaning");
    let null = row(&report, "policy/null");
    assert_eq!(
        (&null["episodes"], &null["passed"], &null["reward_mean"]),
        (&2.into(), &0.into(), &0.0.into())
    );
    let reference = row(&report, "policy/reference");
    assert_eq!((&reference["episodes"], &reference["voids"]), (&2.into(), &0.into()));
    assert!(reference["reward_mean"].as_f64().unwrap() > 0.5, "{report}");
    let run = report["run"].as_str().unwrap();
    let shown = scene.json(&format!("runs show {run} --json"));
    assert_eq!(shown["episodes"].as_array().unwrap().len(), 4);
    assert_eq!(scene.json("runs list --json")["runs"][0]["graded"], 4);
    let transcript = scene.run("runs show last --episode 2").stdout;
    for word in ["policy/reference", "--- system", "--- turn 1", "submit_answer", "reward"] {
        assert!(transcript.contains(word), "{word} is not in:\n{transcript}");
    }
    scene.proves_every_verdict(4);
    offline_grade_agrees(&scene, run);
}

/// The files that an episode submitted get its very verdict offline; a forged record is found out.
fn offline_grade_agrees(scene: &Scene, run: &str) {
    let record = scene.json(&format!("runs show {run} --episode 2 --json"));
    let folder = scene.path("submission");
    std::fs::create_dir(&folder).unwrap();
    for file in record["submission"]["files"].as_array().unwrap() {
        std::fs::write(folder.join(file["path"].as_str().unwrap()), file["bytes"].as_str().unwrap()).unwrap();
    }
    let task = record["task"].as_str().unwrap();
    let graded = scene.json(&format!("grade --task {task} --submission {} --json", folder.display()));
    assert_eq!(graded["verdict"], record["verdict"]);
    receipts_hold_and_forgeries_are_named(scene, run);
}

/// A record goes through a file with its receipt; a changed byte of it, a cut and a wrong key are each told in a sentence.
fn receipts_hold_and_forgeries_are_named(scene: &Scene, run: &str) {
    let key = scene.run("key").stdout;
    let printed = scene.run(&format!("runs show {run} --episode 2 --json")).stdout;
    let file = scene.file("record.json", &printed);
    let held = scene.json(&format!("verify {file} --key {} --json", key.trim()));
    assert_eq!((&held["records"][0]["verdict"], &held["records"][0]["wrong"]), (&"same".into(), &json!([])));
    let verify = |edited: &str| scene.run(&format!("verify {}", scene.file("edited.json", edited)));
    let forged = verify(&printed.replacen("\"passed\": true", "\"passed\": false", 1));
    assert!(forged.stdout.contains("different, `verdict` was changed"), "{}", forged.stdout);
    assert_eq!(forged.code, Some(1), "{}", forged.stderr);
    let cut = verify(&printed[..printed.len() / 2]);
    assert!(cut.stderr.contains("the record is cut off after"), "{}", cut.stderr);
    let older = verify(&printed.replacen("\"grader\": \"cleaning ", "\"grader\": \"cleaning older than ", 1));
    assert!(older.stdout.contains("it was graded by cleaning older than "), "{}", older.stdout);
    assert!(older.stdout.contains("--regrade grades it anew"), "{}", older.stdout);
    let other = "1".repeat(64);
    let told = scene.run(&format!("verify {run}/2 --depth receipts --key {other}"));
    assert!(told.stderr.contains(&format!("signed by {}, not by {other}", key.trim())), "{}", told.stderr);
    scene.run(&format!("verify {run} --key abc")).fails(2, "neither a public key", "envy key");
    let head = held_head(scene, run);
    assert_eq!(scene.run(&format!("verify {run} --depth receipts --head {head}")).code, Some(0));
    let gone = scene.run(&format!("verify {run} --depth receipts --head {other}"));
    assert!(gone.stderr.contains("no longer holds the receipt"), "{}", gone.stderr);
}

fn held_head(scene: &Scene, run: &str) -> String {
    scene.json(&format!("verify {run} --depth receipts --json"))["head"].as_str().unwrap().to_owned()
}

#[test]
fn a_killed_run_is_resumed_without_repeating_an_episode() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::with_task();
    let mut child = scene.start("eval --model policy/reference --num-runs 6 --sequential");
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    // Two episodes are sealed when it is killed; the third is in flight.
    let seen: Vec<String> =
        lines.map_while(Result::ok).take_while(|line| !line.starts_with("[2/6]")).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    let before = scene.json("runs show last --json");
    let sealed = before["episodes"].as_array().unwrap().len();
    assert!((2..6).contains(&sealed), "{sealed} were sealed: {seen:?}");
    let report = scene.json("eval --resume last --json");
    assert_eq!(row(&report, "policy/reference")["episodes"], 6);
    let after = scene.json("runs show last --json");
    let numbers: Vec<u64> =
        after["episodes"].as_array().unwrap().iter().filter_map(|one| one["number"].as_u64()).collect();
    assert_eq!(numbers, (0..6).collect::<Vec<_>>());
    for (before, after) in
        before["episodes"].as_array().unwrap().iter().zip(after["episodes"].as_array().unwrap())
    {
        assert_eq!(before, after, "a sealed episode was played again");
    }
}

#[test]
fn without_a_runtime_nothing_is_run() {
    let scene = Scene::with_task();
    let mut command = scene.command("eval --model policy/null --num-runs 1");
    let told = Told::from(command.env("ENVY_CACHE_DIR", "/dev/null/no-cache").output().unwrap());
    told.fails(1, "", "ENVY_CACHE_DIR");
    assert_eq!(scene.json("runs list --json")["runs"], serde_json::json!([]));
}

#[test]
fn without_user_namespaces_nothing_is_run() {
    let inside = |script: &str, scene: &Scene| {
        #[allow(
            clippy::disallowed_methods,
            reason = "a namespace without room for others is made by a program"
        )]
        let mut command = std::process::Command::new("unshare");
        command
            .args(["-Ur", "sh", "-c", script, env!("CARGO_BIN_EXE_envy")])
            .env("ENVY_HOME", scene.path("home"));
        command.output().ok().map(Told::from)
    };
    let scene = Scene::with_task();
    let limit = "echo 0 > /proc/sys/user/max_user_namespaces";
    if !boxes_work() || inside(limit, &scene).is_none_or(|told| told.code != Some(0)) {
        return skipped("a runtime, and `unshare` to make a namespace in which no other can be made");
    }
    for words in ["eval --model policy/null", "eval --env cleaning --count 1", "sandbox exec -- true"] {
        let told = inside(&format!("{limit} && exec \"$0\" {words}"), &scene).unwrap();
        assert_eq!(told.code, Some(1), "{}", told.stderr);
        assert!(told.stderr.contains("error: ") && told.stderr.contains("hint: "), "{}", told.stderr);
        assert!(told.stdout.is_empty(), "{}", told.stdout);
    }
    assert_eq!(scene.json("runs list --json")["runs"], serde_json::json!([]));
}
