//! Boxes in a container: what is said where no daemon is, and a box where there is one. `cargo xtask container` starts
//! daemons and runs the whole suite in them.

use serde_json::Value;

use crate::scene::{Scene, Told, boxes_work, skipped};

/// A command with boxes in a container of the daemon at `host`.
fn contained(scene: &Scene, host: &str, words: &str) -> Told {
    let mut command = scene.command(&format!("--sandbox container {words}"));
    Told::from(command.env("DOCKER_HOST", host).output().unwrap())
}

#[test]
fn a_daemon_that_is_not_there_is_named_with_how_to_start_one() {
    let scene = Scene::new();
    let missing = contained(&scene, "unix:///no/such/socket", "sandbox exec -- true");
    missing.fails(1, "no container daemon answers (/no/such/socket", "DOCKER_HOST=unix:///PATH");
    let elsewhere = contained(&scene, "tcp://192.0.2.1:2375", "sandbox exec -- true");
    elsewhere.fails(1, "no socket of this machine", "boxes are not run on another machine");
    let file = scene.file("socket", "no socket");
    contained(&scene, &format!("unix://{file}"), "sandbox exec -- true").fails(
        1,
        "no container daemon answers",
        "start it",
    );
    let mut doctor = scene.command("doctor --json");
    let doctor = Told::from(doctor.env("DOCKER_HOST", "unix:///no/such/socket").output().unwrap());
    let rows: Value = serde_json::from_str(&doctor.stdout).unwrap();
    let row =
        rows["checks"].as_array().unwrap().iter().find(|row| row["name"] == "container daemon").unwrap();
    assert_eq!(row["health"], "absent", "{row}");
    assert!(row["hint"].as_str().unwrap().contains("start"), "{row}");
}

#[test]
fn a_task_s_file_can_ask_for_a_container_and_the_user_has_the_last_word() {
    let scene = Scene::new();
    let file = scene.file(
        "asks.json",
        r#"{"task_id": "asks", "prompt": [{"type": "text", "text": "Look."}], "rubric_text": "+5|NO_FILE|report.json exists|", "use_docker": true}"#,
    );
    let eval = |before: &str| {
        let mut command =
            scene.command(&format!("{before}eval --task {file} --model policy/null --num-runs 1"));
        Told::from(command.env("DOCKER_HOST", "unix:///no/such/socket").output().unwrap())
    };
    eval("").fails(1, "no container daemon answers", "DOCKER_HOST=unix:///PATH");
    if boxes_work() {
        assert_eq!(eval("--sandbox native ").code, Some(0));
    }
}

#[test]
fn the_profile_is_printed_as_daemons_take_it() {
    let profile = Scene::new().json("sandbox profile");
    assert_eq!(profile["defaultAction"], "SCMP_ACT_ERRNO");
}

#[test]
fn a_program_runs_in_a_box_of_a_container() {
    let scene = Scene::new();
    let rows = scene.run("doctor --json");
    let rows: Value = serde_json::from_str(&rows.stdout).unwrap();
    let has_daemon = rows["checks"]
        .as_array()
        .unwrap()
        .iter()
        .any(|row| row["name"] == "container daemon" && row["health"] == "ok");
    if !has_daemon {
        return skipped("a daemon of Docker or Podman (`cargo xtask container` starts one)");
    }
    if !boxes_work() {
        return;
    }
    scene.json("build --image --json");
    let told = scene.json("--sandbox container sandbox exec --json -- python3 -c print(6*7)");
    assert_eq!((&told["exit"], &told["stdout"]), (&Value::from(0), &Value::from("42\n")), "{told}");
    assert!(told["sandbox"].as_str().unwrap().starts_with("container ("), "{told}");
}
