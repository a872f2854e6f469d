//! Language models: a server under `--base-url`, what its calls cost, and a recorded run played again.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

use crate::scene::{Scene, Told, boxes_work};
use crate::server::{Answers, serve};

const PRICES: &str =
    "dated = \"2026-01-01\"\n[models]\n\"tiny\" = { prompt = 1.0, cached = 0.1, completion = 10.0 }\n";

#[test]
fn a_recorded_run_is_counted_and_plays_again_without_its_server() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::with_task();
    let prices = scene.file("prices.toml", PRICES);
    let url = serve(Answers::Script);
    let words = format!("eval --model tiny-1 --base-url {url} --record --num-runs 2 --prices {prices}");
    let report = scene.json(&format!("{words} --temperature 0.5 --json"));
    let row = &report["rows"][0];
    assert_eq!((&row["episodes"], &row["voids"]), (&2.into(), &0.into()), "{report}");
    assert_eq!(
        (&row["tokens_read"], &row["tokens_cached"], &row["tokens_written"]),
        (&6_000.into(), &3_600.into(), &60.into())
    );
    // Six calls of 400 tokens at the full price, 600 at the cache's, and 10 of the reply.
    let dollars = 6.0 * (400.0 + 60.0 + 100.0) / 1e6;
    assert!((row["cost"].as_f64().unwrap() - dollars).abs() < 1e-12, "{row}");
    let record = scene.json("runs show last --episode 0 --json");
    let turns = record["trajectory"]["turns"].as_array().unwrap();
    let first = &turns[0]["reply"]["exchange"]["request"];
    assert_eq!((&first["temperature"], &first["model"]), (&0.5.into(), &"tiny-1".into()));
    let second = &turns[1]["reply"]["exchange"];
    assert_eq!((&second["kept"], second["request"]["messages"].as_array().unwrap().len()), (&2.into(), 2));
    let again = scene.run("eval --model replay/last --json");
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    assert!(again.stderr.contains("2 of 2 episodes came out as recorded"), "{}", again.stderr);
    let again: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(again["rows"][0]["reward_mean"], row["reward_mean"]);
    replays_that_cannot_be(&scene, &url);
}

fn replays_that_cannot_be(scene: &Scene, url: &str) {
    scene.run("eval --model replay/last").fails(2, "was not recorded", "--record");
    scene.run("eval --model replay/last --max-steps 3").fails(2, "a replay plays", "--concurrency");
    scene.run("eval --model replay/nothing").fails(2, "unknown run", "runs list");
    let two = scene.run(&format!("eval --model a --model b --base-url {url} --record --num-runs 1"));
    assert!(two.stderr.contains("no price is known for a"), "{}", two.stderr);
    assert_eq!(two.code, Some(0), "{}", two.stderr);
    scene.run("eval --model replay/last").fails(2, "has 2 models", "one model");
    let one = scene.run(&format!("eval --model a --base-url {url} --record --num-runs 1"));
    assert_eq!(one.code, Some(0), "{}", one.stderr);
    assert!(one.stdout.contains("no price"), "{}", one.stdout);
    let table = scene.tree().into_iter().find(|path| path.ends_with("public/train.csv")).unwrap();
    let before = std::fs::read_to_string(&table).unwrap();
    std::fs::write(&table, before.replacen('1', "2", 1)).unwrap();
    scene.run("eval --model replay/last").fails(1, "train.csv was edited", "undo the edit");
}

#[test]
fn a_server_that_cannot_answer_is_told_with_what_to_do() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::with_task();
    let cases = [
        (serve(Answers::Status(401, "{\"error\": {\"message\": \"bad key\"}}")), "bad key", "check the key"),
        (
            serve(Answers::Status(404, "{\"error\": {\"message\": \"no model m\"}}")),
            "no model m",
            "model's name",
        ),
        (serve(Answers::Page), "text/html", "check --base-url"),
        ("http://127.0.0.1:9/v1".to_owned(), "cannot be reached", "is the server running?"),
    ];
    for (url, what, advice) in cases {
        let told = scene.run(&format!("eval --model m --base-url {url} --num-runs 1"));
        assert_eq!(told.code, Some(1), "{}", told.stderr);
        let line = told.stderr.lines().find(|line| line.starts_with("error: ")).unwrap();
        assert!(line.contains(what) && line.contains(advice), "{line}");
    }
}

#[test]
fn a_server_that_fails_makes_voids_that_resume_tries_again() {
    // Two episodes, three tries of each, one call in each try.
    static FAILURES: AtomicU32 = AtomicU32::new(6);
    if !boxes_work() {
        return;
    }
    let scene = Scene::with_task();
    let url = serve(Answers::FailsFirst(&FAILURES));
    let told = scene.run(&format!("eval --model m --base-url {url} --num-runs 2 --retries 0"));
    told_voids(&told, "2 of 2 episodes came out void");
    assert_eq!(FAILURES.load(Ordering::SeqCst), 0);
    let again = scene.json("eval --resume last --json");
    let row = &again["rows"][0];
    assert_eq!(
        (&row["episodes"], &row["voids"], &again["finished"]),
        (&2.into(), &0.into(), &2.into()),
        "{again}"
    );
    let record = scene.json("runs show last --episode 1 --json");
    assert_eq!(
        (&record["attempt"], &record["notes"]["reach"]["retries"]),
        (&3.into(), &0.into()),
        "{record}"
    );
}

fn told_voids(told: &Told, what: &str) {
    assert_eq!(told.code, Some(1), "{}", told.stderr);
    let line = |start: &str| told.stderr.lines().find(|line| line.starts_with(start)).unwrap().to_owned();
    assert!(line("error: ").contains(what) && line("error: ").contains("out of order"), "{}", told.stderr);
    assert!(line("hint: ").contains("eval --resume"), "{}", told.stderr);
}

#[test]
fn a_key_reaches_its_provider_and_nothing_else() {
    const KEY: &str = "sk-never-to-be-seen";
    if !boxes_work() {
        return;
    }
    let scene = Scene::with_task();
    scene.file(".env", &format!("ENVY_API_KEY={KEY}\n"));
    let refused = "{\"error\": {\"message\": \"the key sk-never-to-be-seen is unknown\"}}";
    let mut told = String::new();
    for answers in [Answers::Snoop, Answers::Status(401, refused)] {
        let words = format!("eval --model m --base-url {} --record --num-runs 1 --verbose", serve(answers));
        let output = scene.command(&words).env("OPENAI_API_KEY", KEY).output().unwrap();
        let record = scene.run("runs show last --episode 0 --json").stdout;
        told += &[String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout)].concat();
        told += &record;
    }
    assert!(told.contains("PATH=") && told.contains("the key [key] is unknown"), "{told}");
    assert!(!told.contains(KEY), "{told}");
    for path in scene.tree().iter().filter(|path| path.is_file()) {
        assert!(!String::from_utf8_lossy(&std::fs::read(path).unwrap()).contains(KEY), "{}", path.display());
    }
    let doctor = scene.command("doctor").env("ANTHROPIC_API_KEY", KEY).output().unwrap();
    let doctor = String::from_utf8(doctor.stdout).unwrap();
    assert!(doctor.contains("in ANTHROPIC_API_KEY") && !doctor.contains(KEY), "{doctor}");
}

#[test]
fn an_expert_score_costs_nothing_where_the_model_is_fixed_and_stands_beside_later_ones() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::with_task();
    let id = scene.task().file_name().unwrap().to_str().unwrap().to_owned();
    let kept = scene.json(&format!("eval --expert --dataset {id} --json"));
    let expert = &kept["experts"][0];
    assert!(expert["score"].as_f64() > expert["floor"].as_f64(), "{kept}");
    assert!(scene.run("runs list").stdout.lines().count() <= 1, "nothing is played");
    let report = scene.json(&format!("eval --model policy/reference --num-runs 1 --dataset {id} --json"));
    assert!(report["rows"][0]["expert_share"].as_f64().unwrap() > 0.9, "{report}");
    assert!(scene.run("runs show last").stdout.contains("score/expert"));
}

#[test]
fn a_prompt_is_shown_as_its_model_reads_it() {
    let scene = Scene::with_task();
    let id = scene.task().file_name().unwrap().to_str().unwrap().to_owned();
    let text = scene.run(&format!("dataset show {id} --prompt")).stdout;
    assert!(text.contains("--- system\n") && text.contains("--- user\n# The task"), "{text}");
    assert!(!text.contains("{{") && !text.contains("optuna"), "{text}");
    let slow = scene.json(&format!("dataset show {id} --prompt --track free --slow --json"));
    let slow = slow["user"].as_str().unwrap();
    assert!(slow.contains("optuna") && slow.contains("within 900 s together"), "{slow}");
    let chosen = scene.run(&format!("dataset show {id} --prompt --track choose")).stdout;
    assert!(chosen.contains("`model.json`") && !chosen.contains("train_model"), "{chosen}");
    scene.run(&format!("dataset show {id} --prompt --slow")).fails(
        2,
        "nothing is trained",
        "add --track free",
    );
    scene.run(&format!("dataset show {id} --prompt --track fast")).fails(
        2,
        "no track \"fast\"",
        "fixed, choose, free",
    );
    scene.run(&format!("dataset show {id} --prompt --expert")).fails(2, "nobody plays", "leave --expert out");
    scene.run(&format!("dataset show {id} --slow")).fails(2, "--prompt", "");
}

#[test]
fn what_cannot_be_meant_is_refused_before_anything_is_played() {
    let scene = Scene::new();
    let keyless = |words: &str| {
        let mut command = scene.command(words);
        command.env_remove("OPENAI_API_KEY").env_remove("ANTHROPIC_API_KEY").current_dir(scene.path("."));
        Told::from(command.output().unwrap())
    };
    keyless("eval --model gpt-5").fails(2, "gpt-5 needs a key", "OPENAI_API_KEY");
    keyless("eval --model anthropic/claude-haiku-4-5").fails(2, "needs a key", "ANTHROPIC_API_KEY");
    keyless("eval --model antropic/claude").fails(2, "no provider \"antropic\"", "\"anthropic\"");
    let prices = scene.file("prices.toml", &PRICES.replace("10.0", "\"ten\""));
    let url = "--base-url http://127.0.0.1:9/v1";
    keyless(&format!("eval --model m {url} --prices {prices}")).fails(
        2,
        "prices.toml is not right",
        "docs/models.md",
    );
    keyless("eval --model m --base-url localhost:9").fails(2, "does not start with http", "in full");
    keyless(&format!("eval --model m {url} --cost-budget 1")).fails(
        2,
        "no price is known for m",
        "--token-budget",
    );
    keyless(&format!("eval --model m {url} --retries 1000")).fails(2, "--retries", "");
    for budget in ["--token-budget 0", "--cost-budget 0", "--time-limit 0", "--max-steps 0", "--top-p 0"] {
        let flag = budget.split(' ').next().unwrap();
        keyless(&format!("eval --model m {url} {budget}")).fails(2, flag, "--help");
    }
}

#[test]
fn every_setting_says_where_it_came_from() {
    let scene = Scene::new();
    let file = scene.file(
        "run.toml",
        "model = [\"policy/null\", \"policy/reference\"]\nmax-steps = 9\ntemperature = 0.5\nseed = \"18446744073709551615\"\n\
         record = true\nverbose = false\nconcurrency = 3\n",
    );
    let shown = scene.json(&format!("config show --config {file} --max-steps 7 --sequential --json"));
    let setting = |name: &str| {
        let settings = shown["settings"].as_array().unwrap();
        let found = settings.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("no {name}"));
        (found["value"].clone(), found["from"].as_str().unwrap().to_owned())
    };
    assert_eq!(setting("max-steps"), (7.into(), "flag".to_owned()));
    assert_eq!(setting("temperature"), (0.5.into(), file.clone()));
    assert_eq!(setting("seed"), ("18446744073709551615".into(), file.clone()));
    assert_eq!(setting("record"), (true.into(), file.clone()));
    assert_eq!(setting("verbose").1, "default");
    assert_eq!(setting("model").0[1], "policy/reference");
    assert_eq!(setting("max-tokens"), (3_000.into(), "default".to_owned()));
    // What the command line says excludes what the file says against it.
    assert_eq!(
        (setting("concurrency"), setting("sequential").0),
        ((1.into(), "default".to_owned()), true.into())
    );
    let text = scene.run(&format!("config show --config {file}")).stdout;
    assert!(text.lines().any(|line| line.starts_with("max-steps") && line.ends_with("run.toml")), "{text}");
}

#[test]
fn a_configuration_that_says_nothing_usable_is_explained() {
    let scene = Scene::new();
    let cases = [
        ("max-step = 3", "\"max-step\", which is no flag", "did you mean \"max-steps\"?"),
        ("max-steps = [", "is not TOML", "flag = value"),
        ("max-steps = 0", "--max-steps", "correct"),
        ("record = 3", "record takes true or false", "--help"),
        ("preset = [\"x\"]", "preset takes a number or a text", "--help"),
    ];
    for (text, what, hint) in cases {
        let file = scene.file("run.toml", text);
        scene.run(&format!("eval --config {file}")).fails(2, what, hint);
        scene.run(&format!("config show --config {file}")).fails(2, what, hint);
    }
    scene.run("eval --config nowhere.toml").fails(2, "cannot read the configuration nowhere.toml", "TOML");
}
