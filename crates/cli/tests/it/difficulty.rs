//! Difficulty on the command line: comparing runs, planning them, and a curriculum.

use envy_lab::calibrate::band::Band;
use envy_lab::calibrate::dials;
use envy_lab::calibrate::tune::{Player, Question, Seen, tune};
use envy_lab::{LabError, Registry};
use serde_json::{Value, json};

use crate::scene::{Scene, boxes_work};

#[test]
fn two_runs_are_compared_on_the_tasks_they_share() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::with_run();
    scene.json("eval --dataset cleaning --model policy/null --num-runs 2 --json");
    let runs = scene.json("runs list --json");
    let run = |index: usize| runs["runs"][index]["id"].as_str().unwrap().to_owned();
    let compared = scene.json(&format!("runs compare {} {} --json", run(0), run(1)));
    let row = &compared["rows"][0];
    assert_eq!((&row["model_a"], &row["tasks"]), (&"policy/null".into(), &1.into()));
    assert_eq!((&row["episodes_b"], &row["pass"]["difference"]), (&2.into(), &0.0.into()));
    let told = scene.run(&format!("runs compare {} last", run(0)));
    assert!(told.stdout.contains("no difference seen"), "{}", told.stdout);
    scene.run("runs compare last xyz").fails(2, "unknown run", "");
}

#[test]
fn a_plan_says_what_a_difference_costs() {
    let scene = Scene::new();
    let need = scene.json("tune plan --difference 0.1 --json");
    assert!(need["tasks_paired"].as_u64() < need["tasks_unpaired"].as_u64(), "{need}");
    let told = scene.run("tune plan --difference 0.1 --num-runs 8");
    assert!(told.stdout.contains("different ones"), "{}", told.stdout);
    scene.run("tune plan --difference 0").fails(2, "difference", "between 0 and 1");
}

#[test]
fn a_curriculum_draws_learns_and_goes_on_from_its_file() {
    let scene = Scene::new();
    let file = scene.path("curriculum.json").display().to_string();
    let start = format!("curriculum start cleaning --out {file} --knob faults=1..6 --rungs 6 --hold-out 3");
    assert_eq!(scene.run(&start).code, Some(0));
    scene.run(&start).fails(2, "is there already", "never overwritten");
    let drawn = scene.json(&format!("curriculum next {file} --count 3 --json"));
    let draws = drawn["draws"].as_array().unwrap();
    assert!(draws.iter().all(|draw| draw["settings"] == json!([["faults", "1"]])), "{drawn}");
    let seeds: Vec<&Value> = draws.iter().map(|draw| &draw["seed"]).collect();
    assert!(seeds[0] != seeds[1] && seeds[1] != seeds[2], "{drawn}");
    let learn = |words: &str| scene.run(&format!("curriculum learn {file} {words}"));
    assert_eq!(learn("--rung 0 --passed 8 --rollouts 8").code, Some(0));
    learn("--rung 2 --passed 0 --rollouts 8").fails(2, "held out", "");
    learn("--rung 0").fails(2, "--rollouts", "");
    let shown = scene.json(&format!("curriculum show {file} --json"));
    assert_eq!(shown["rungs"][1]["open"], true);
    let told = scene.run(&format!("curriculum show {file}"));
    assert!(told.stdout.contains("held out") && told.stdout.contains("faults=6"), "{}", told.stdout);
    let line = scene.run(&format!("curriculum next {file}")).stdout;
    assert!(line.starts_with("envy dataset generate cleaning --seed "), "{line}");
    scene.run("curriculum start cleaning --out x.json --knob fault=1..6").fails(2, "unknown knob", "faults");
}

#[test]
fn a_search_that_cannot_promise_anything_is_refused_before_it_plays() {
    let scene = Scene::new();
    let tune = |words: &str| scene.run(&format!("tune difficulty --model policy/reference@0.7 {words}"));
    tune("--budget 20").fails(2, "too small for any promise", "the least is 32");
    tune("--band 0.3..0.3").fails(2, "has no width", "10-40%");
    tune("--knob fault=1..6").fails(2, "unknown knob", "faults");
    tune("--knob faults=3 --knob faults=1..6").fails(2, "both held and turned", "");
    tune("--knob faults").fails(2, "\"faults\" sets no knob", "NAME=VALUE");
    tune("--knob faults=9").fails(2, "out of range", "from 1 to 6");
    tune("--band 0.4..1.2").fails(2, "between 0 and 1", "10-40%");
    scene.run("tune difficulty --model policy/reference@7").fails(2, "skill", "from 0 to 1");
    scene.run("dataset generate --calibration none.json").fails(1, "none.json", "");
    scene.run("dataset generate leakage --level 9").fails(2, "has no level 9", "easy");
    scene.run("dataset generate cleaning --level 4").fails(2, "has no level 4", "easy, medium, hard");
    scene.run("dataset generate diagnosis --level 0").fails(2, "has no level 0", "easy, medium, hard");
    let nothing: Vec<std::path::PathBuf> = Vec::new();
    assert_eq!(
        scene.tree().into_iter().filter(|path| path.ends_with("calibration.json")).collect::<Vec<_>>(),
        nothing
    );
}

/// Half of whom pass, whatever the knobs.
struct Half;

impl Player for Half {
    type Error = LabError;

    fn play(&mut self, _: &[(String, String)], _: u64, tasks: u64) -> Result<(u64, u64), LabError> {
        Ok((tasks / 2, tasks))
    }

    fn seen(&mut self, _: &Seen<'_>) {}
}

/// The file of a finished search of small tasks.
fn calibrated(scene: &Scene) -> String {
    let registry = Registry::standard();
    let info = registry.environment("cleaning").unwrap().info();
    let held = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let question = Question {
        environment: info.name.to_owned(),
        generator: info.version.to_owned(),
        model: "policy/reference@0.5".to_owned(),
        band: Band::standard(),
        dials: dials::ranges(info, &["faults=1..2".to_owned()]).unwrap(),
        held: vec![held("num-rows", "500"), held("model", "knn15")],
        budget: 32,
        batch: 8,
        seed: "0".to_owned(),
    };
    let file = scene.path("calibration.json");
    tune(question, &file, &mut Half).unwrap();
    file.display().to_string()
}

#[test]
fn a_calibration_is_used_with_the_knobs_it_was_measured_with_and_no_others() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::new();
    let file = calibrated(&scene);
    let eval = |words: &str| {
        scene.run(&format!("eval --calibration {file} --model policy/null --num-runs 1 {words}"))
    };
    let other = "the flags have num-rows=700";
    eval("--count 1 --knob num-rows=700").fails(2, other, "search again");
    eval("--count 1 --preset envy").fails(2, "was measured with ", "search again");
    let played = eval("--count 1 --seed 3");
    assert_eq!(played.code, Some(0), "{}", played.stderr);
    assert_eq!(eval("--dataset cleaning").code, Some(0));
    let made = scene.json("dataset generate cleaning --num-rows 600 --model knn15 --json");
    let id = made["tasks"][0]["id"].as_str().unwrap();
    eval(&format!("--dataset {id}")).fails(2, "was measured with ", "search again");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("\"batch\": 8", "\"batch\": 7")).unwrap();
    eval("--count 1").fails(2, "was edited", "tune difficulty");
}

#[test]
fn knobs_of_an_evaluation_are_those_of_the_tasks_it_generates() {
    let scene = Scene::new();
    scene.run("eval --knob fault=3").fails(2, "unknown knob \"fault\" of cleaning", "faults");
    scene.run("eval --env leakage --knob faults=3").fails(2, "unknown knob \"faults\" of leakage", "");
    scene.run("eval --knob faults=7").fails(2, "out of range", "from 1 to 6");
    scene.run("eval --knob faults").fails(2, "sets no knob", "NAME=VALUE");
    scene.run("eval --dataset x --knob faults=3").fails(2, "cannot be used with", "");
}

#[test]
fn a_run_becomes_a_page_and_is_listed_by_what_it_is() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::with_run();
    let page = scene.path("run.html");
    let told = scene.run(&format!("runs report last --out {}", page.display()));
    assert_eq!(
        (told.code, told.stdout.trim()),
        (Some(0), page.display().to_string().as_str()),
        "{}",
        told.stderr
    );
    let html = std::fs::read_to_string(&page).unwrap();
    for word in
        ["policy/reference", "clean.py", "cells of train.csv changed", "submit_answer", "<svg", "recovery"]
    {
        assert!(html.contains(word), "{word} is not in the page");
    }
    assert!(!html.contains("<script") && html.len() < 200_000);
    let listed =
        |words: &str| scene.json(&format!("runs list {words} --json"))["runs"].as_array().unwrap().len();
    let counts =
        ["", "--env cleaning", "--env leakage", "--model reference", "--unfinished", "--limit 0"].map(listed);
    assert_eq!(counts, [1, 1, 0, 1, 0, 0]);
    let tasks = scene.run("runs show last --tasks").stdout;
    assert!(tasks.contains("undecided"), "{tasks}");
}
