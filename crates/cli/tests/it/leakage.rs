//! The leakage environment, from seed to report, in real boxes.

use crate::scene::{Scene, boxes_work, row};

/// A small task; the figures of a report come from the presets, this one shows that the line holds.
const TASK: &str = "dataset generate leakage --num-rows 600 --test-rows 120 --deploy-rows 5000 --num-numeric 4 \
                    --leaks post-outcome,full-data-rate --seed 1 --json";

#[test]
fn the_reference_passes_in_boxes_and_what_leaks_does_not() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::new();
    scene.json(TASK);
    let report = scene.json(
        "eval --model policy/null --model policy/uses-everything --model policy/reference --num-runs 1 --json",
    );
    assert_eq!(report["environment"], "leakage");
    let figure = |model: &str, name: &str| row(&report, model)["metrics"][name].as_f64().unwrap();
    assert_eq!(row(&report, "policy/null")["reward_mean"], 0.0);
    let (leaky, reference) = ("policy/uses-everything", "policy/reference");
    assert_eq!((&row(&report, leaky)["passed"], &row(&report, reference)["passed"]), (&0.into(), &1.into()));
    assert!(figure(leaky, "public_auroc") > figure(leaky, "deployed_auroc") + 0.1, "{report}");
    assert!(figure(reference, "deployed_auroc") > figure(leaky, "deployed_auroc"), "{report}");
    scene.proves_every_verdict(3);
}

#[test]
fn code_that_misbehaves_is_graded_as_found_and_never_void() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::new();
    scene.json(TASK);
    let folder = scene.path("submission");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("report.json"), "no json {").unwrap();
    let program = |body: &str| format!("import os, sys, numpy as np\n{body}\n");
    for (what, body, expected) in [
        (
            "prints gigabytes",
            "def fit(d):\n    while True: os.write(1, b'x' * (1 << 20))\ndef predict_proba(m, d): return d",
            "the run",
        ),
        (
            "another shape",
            "def fit(d): return 0\ndef predict_proba(m, d): return np.zeros((len(d), 3))",
            "something else than one probability for each row",
        ),
        (
            "kills itself",
            "def fit(d): os.kill(os.getpid(), 9)\ndef predict_proba(m, d): return d",
            "ended by signal",
        ),
        (
            "another model each time",
            "def fit(d): return np.random.default_rng()\ndef predict_proba(m, d): return m.random(len(d))",
            "report.json is not JSON",
        ),
    ] {
        std::fs::write(folder.join("pipeline.py"), program(body)).unwrap();
        let task = scene.task();
        let graded =
            scene.json(&format!("grade --task {} --submission {} --json", task.display(), folder.display()));
        let score = &graded["verdict"]["graded"];
        assert_eq!((&score["reward"], &score["passed"]), (&0.0.into(), &false.into()), "{what}: {graded}");
        let details = score["criteria"].to_string();
        assert!(details.contains(expected), "{what}: {details}");
    }
}

#[test]
fn predictions_from_a_session_pass_on_their_track_and_earn_nothing_on_the_other() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::new();
    scene.json(TASK);
    let eval = |track: &str| {
        let words =
            format!("eval --dataset leakage --model policy/honest-predictions --num-runs 1 --json{track}");
        row(&scene.json(&words), "policy/honest-predictions").clone()
    };
    let on_track = eval(" --track predictions");
    assert_eq!((&on_track["passed"], &on_track["voids"]), (&1.into(), &0.into()), "{on_track}");
    let other = eval("");
    assert_eq!((&other["passed"], &other["reward_mean"]), (&0.into(), &0.0.into()), "{other}");
    let seen = scene.run("runs show last --episode 0").stdout;
    assert!(seen.contains("python_expression") && seen.contains("p: 0."), "{seen}");
}

/// Policies that submit nothing cost no box, so what is shown here is where a threshold comes from and goes to.
#[test]
fn a_tuned_threshold_is_written_used_and_kept_from_its_own_tasks() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::new();
    let tune = "tune threshold --preset easy --model policy/null --runs 2 --quantile 0.5 --json";
    let wide = scene.json(tune);
    assert!(wide["file"].is_null(), "{wide}");
    assert!(
        scene
            .run("tune threshold --preset easy --model policy/null --runs 2")
            .stderr
            .contains("nothing was written")
    );
    let dry = scene.run("tune threshold --preset easy --model policy/null --runs 2 --dry-run");
    assert!(
        dry.stdout.contains("pass rate   0.00 [0.00, 0.84]") && dry.stderr.contains("--dry-run"),
        "{}",
        dry.stdout
    );
    let tuned = scene.json(&format!("{tune} --accept-wide"));
    let calibration = &tuned["calibration"];
    assert_eq!(
        (&calibration["runs"], &calibration["unsound"], &calibration["lambda"]),
        (&2.into(), &2.into(), &0.0.into())
    );
    assert!(tuned["file"].as_str().unwrap().ends_with("calibration/threshold-leakage-easy.json"));
    let eval = "eval --env leakage --preset easy --model policy/null --num-runs 1 --count 1";
    assert!(scene.run(eval).stderr.contains("threshold: the place 0.000 of"), "it is used by itself");
    assert!(!scene.run(&format!("{eval} --threshold-file none")).stderr.contains("threshold: the place"));
    assert!(
        !scene.run(&eval.replace("easy", "medium")).stderr.contains("threshold: the place"),
        "other knobs"
    );
    let tasks = scene.path("home/calibration/tasks");
    let set = std::fs::read_dir(tasks).unwrap().next().unwrap().unwrap().path();
    scene.run(&format!("eval --tasks-dir {} --model policy/null", set.display())).fails(
        2,
        "was tuned on",
        "--threshold-file none",
    );
    scene.run("tune threshold --mode agent").fails(2, "--model", "");
    scene.run("tune threshold --model gpt-4o-mini").fails(2, "plays scripted policies", "--mode agent");
    scene.run("tune threshold --mode agent --model policy/null").fails(2, "is no agent", "--mode local");
    scene.run("tune threshold --quantile 1.5").fails(2, "between 0 and 1", "");
}
