//! The leakage environment, from seed to report, in real boxes.

use serde_json::Value;

use crate::scene::{Scene, boxes_work};

/// A small task; the figures of a report come from the presets, this one shows that the line holds.
const TASK: &str = "dataset generate leakage --num-rows 600 --test-rows 120 --deploy-rows 5000 --num-numeric 4 \
                    --leaks post-outcome,full-data-rate --seed 1 --json";

fn row<'a>(report: &'a Value, model: &str) -> &'a Value {
    let rows = report["rows"].as_array().unwrap();
    rows.iter().find(|row| row["model"] == model).unwrap_or_else(|| panic!("{model} has no row in {report}"))
}

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
    let verified = scene.json("verify last --json");
    let words: Vec<&Value> =
        verified["records"].as_array().unwrap().iter().map(|one| &one["verdict"]).collect();
    assert_eq!(words, ["same"; 3]);
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
            "predict_proba failed",
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
