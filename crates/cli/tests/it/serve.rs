//! Servers, met by the clients that their users already run. The clients are installed once into the cache, by pins.

use serde_json::Value;

use crate::clients::{command, python, script, seen};
use crate::scene::{Scene, Told, boxes_work};
use crate::served::Server;

/// The official client of the Model Context Protocol.
const MCP: &str = "mcp==2.3.0";

/// OpenEnv's releases whose clients must work.
const OPENENV: [&str; 2] = ["openenv==0.10.0", "openenv==0.4.1"];

/// The canary of the scene's one task.
fn canary(scene: &Scene) -> String {
    let path = scene.tree().into_iter().find(|path| path.ends_with("hidden/canary.txt")).unwrap();
    std::fs::read_to_string(path).unwrap()
}

fn met(seen: &Value, mark: &str) {
    assert!(seen["tools"]["submit_answer"].is_object(), "{seen}");
    assert!(seen["prompt"].as_str().unwrap().contains("clean.py"), "{seen}");
    assert!(seen["slow"].as_str().unwrap().contains("done"), "{seen}");
    assert_eq!((&seen["wrong"], &seen["mark"]), (&true.into(), &mark.into()));
    assert_eq!(seen["progress"], serde_json::json!([1.0]));
}

#[test]
fn an_agent_plays_over_stdio_and_the_host_has_the_verdict() {
    let Some(python) = boxes_work().then(|| python(MCP)).flatten() else { return };
    let scene = Scene::with_task();
    let mut client = command(python);
    client.arg(script("mcp_client.py")).args([
        "stdio",
        env!("CARGO_BIN_EXE_envy"),
        "mcp",
        "--dataset",
        "cleaning",
    ]);
    let seen = seen(client.env("ENVY_HOME", scene.path("home")));
    met(&seen, "over stdio");
    assert!(!seen.to_string().contains(&canary(&scene)));
    let shown = scene.json("runs show last --json");
    assert_eq!(
        (&shown["episodes"][0]["end"], &shown["episodes"][0]["reward"]),
        (&"gave_up".into(), &0.0.into())
    );
}

#[test]
fn two_agents_over_http_have_an_episode_each() {
    let Some(python) = boxes_work().then(|| python(MCP)).flatten() else { return };
    let scene = Scene::with_task();
    let server = Server::start(&scene, "mcp --http 127.0.0.1:0 --token secret --dataset cleaning");
    let url = format!("{}/mcp", server.url());
    let stranger =
        command(&python).arg(script("mcp_client.py")).args(["http", &url, "guess"]).output().unwrap();
    assert!(!stranger.status.success(), "a wrong token was let in");
    let both = seen(command(python).arg(script("mcp_client.py")).args(["http", &url, "secret"]));
    met(&both[0], "first");
    met(&both[1], "second");
    assert!(!server.stop().contains(&canary(&scene)));
    assert_eq!(scene.json("runs show last --json")["episodes"].as_array().unwrap().len(), 2);
}

#[test]
fn trainers_of_both_releases_play_and_earn_what_a_run_earns() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::with_run();
    let record = scene.json("runs show last --episode 1 --json");
    let files = record["submission"]["files"].as_array().unwrap();
    let solution = files.iter().find(|file| file["path"] == "clean.py").unwrap()["bytes"].as_str().unwrap();
    let solution = scene.file("solution.py", solution);
    let server = Server::start(&scene, "serve --port 0 --dataset cleaning");
    let mut said = String::new();
    for pin in OPENENV {
        let Some(python) = python(pin) else { continue };
        let client = script("openenv_client.py");
        let seen = seen(command(&python).arg(client).args([&server.url(), &solution]));
        let played = &seen["generic"];
        assert_eq!(played["last"]["reward"], record["verdict"]["graded"]["reward"], "{pin}: {played}");
        assert_eq!(played["last"]["done"], true);
        assert_eq!(played["last"]["observation"]["end"], "submitted");
        assert_eq!(played["rewards"], serde_json::json!([0.0, 0.0, 0.0, 0.0]));
        assert_eq!(played["state"], serde_json::json!({"episode_id": "mine", "step_count": 3}));
        assert_eq!(played["no_such_tool"]["error_type"], "tool_not_found");
        for mistake in ["early", "late"] {
            assert!(played[mistake].as_str().unwrap().contains("EXECUTION_ERROR"), "{played}");
        }
        assert!(seen["tools"]["files"].as_str().unwrap().contains("train.csv"), "{seen}");
        if pin == OPENENV[0] {
            let check = ["-m", "openenv.cli", "validate", "--url", &server.url()];
            let told = Told::from(command(&python).args(check).output().unwrap());
            assert_eq!((told.code, told.stdout.matches("PASS").count()), (Some(0), 7), "{}", told.stdout);
        }
        said += &seen.to_string();
    }
    said += &server.stop();
    assert!(!said.contains(&canary(&scene)));
    let run = &scene.json("runs list --json")["runs"][1];
    assert_eq!(run["planned"], run["graded"].as_u64().unwrap() + run["voids"].as_u64().unwrap());
}

/// The trainer's own way to play a server of OpenEnv.
const VERIFIERS: &str = "verifiers[openenv]==0.4.0";

#[test]
fn a_rollout_of_verifiers_earns_what_a_run_earns() {
    let Some(python) = boxes_work().then(|| python(VERIFIERS)).flatten() else { return };
    let scene = Scene::with_run();
    let record = scene.json("runs show last --episode 1 --json");
    let files = record["submission"]["files"].as_array().unwrap();
    let solution = files.iter().find(|file| file["path"] == "clean.py").unwrap()["bytes"].as_str().unwrap();
    let server = Server::start(&scene, "serve --port 0 --dataset cleaning");
    let mut client = command(python);
    client.arg(script("verifiers_rollout.py")).args([&server.url(), &scene.file("clean.py", solution)]);
    let seen =
        seen(client.arg(scene.path("rollout")).env("HOME", scene.path("home")).env("SCRIPTED_KEY", "none"));
    assert_eq!((&seen["ok"], &seen["errors"]), (&true.into(), &serde_json::json!([])), "{seen}");
    let reward = &record["verdict"]["graded"]["reward"];
    assert_eq!(&seen["rewards"]["openenv_reward"]["score"], reward, "{seen}");
    assert!(!server.stop().contains(&canary(&scene)));
}

#[test]
fn whatever_a_client_does_wrong_is_answered_and_its_seat_is_free_again() {
    let Some(python) = boxes_work().then(|| python(OPENENV[0])).flatten() else { return };
    let scene = Scene::with_task();
    let server = Server::start(&scene, "serve --port 0 --dataset cleaning --max-sessions 1 --idle 2");
    let seen = seen(command(python).arg(script("openenv_bad_input.py")).arg(server.url()));
    let log = server.stop();
    assert!(!(log + &seen.to_string()).contains(&canary(&scene)));
}

#[test]
fn without_the_token_nothing_but_health_is_open() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::with_task();
    let server = Server::start(&scene, "serve --port 0 --dataset cleaning --token secret");
    let open =
        "ws metrics metadata schema openapi.json openenv.yaml state list_environments jobs/x agent/mcp";
    let posted = "reset step mcp run run-sync run-async agent/mcp cleaning/tasks";
    let asked = open.split(' ').map(|path| ("GET", path)).chain(posted.split(' ').map(|path| ("POST", path)));
    for (method, path) in asked {
        for token in ["", "guess"] {
            assert_eq!(server.ask(method, &format!("/{path}"), token, "{}").0, 401, "{method} {path}");
        }
    }
    assert_eq!(server.ask("GET", "/health", "", "").0, 200);
    assert_eq!(server.ask("GET", "/metrics", "secret", "").0, 200);
}

#[test]
fn an_address_of_others_needs_a_token() {
    let scene = Scene::new();
    scene.run("serve --host 0.0.0.0").fails(2, "can be reached by others", "--token");
    scene.run("mcp --http 0.0.0.0:1").fails(2, "can be reached by others", "--token");
    scene.run("serve --task nowhere").fails(2, "no task", "");
}
