//! Diagnosis from task to verdict: the task proves itself, the reference passes, a gaming policy and nothing do not.

use crate::scene::{Scene, boxes_work};

#[test]
fn an_error_is_admitted_found_and_mended_and_neither_nothing_nor_accusing_is_worth_much() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::new();
    let folder = scene.path("task").display().to_string();
    scene.json(&format!(
        "dataset generate diagnosis --skeleton scorecard --mechanism features_fitted_on_holdout --out {folder} --json"
    ));
    let report = scene.json(&format!(
        "eval --dataset {folder} --model policy/null --model policy/accuser --model policy/reference --num-runs 1 --json"
    ));
    let rows: Vec<(f64, bool)> = report["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["metrics"]["points"].as_f64().unwrap_or(0.0), row["passed"] == 1))
        .collect();
    let [null, accuser, reference] = rows[..] else { panic!("{report}") };
    assert_eq!(null, (0.0, false), "{report}");
    assert!(accuser.0 < 30.0 && !accuser.1, "{report}");
    assert_eq!(reference, (80.0, true), "{report}");
    scene.proves_every_verdict(3);
}

#[test]
fn a_file_in_the_published_format_is_run_as_it_is_and_its_results_are_in_its_form() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::new();
    let text = r#"{"task_id": "mine", "prompt": [{"type": "text", "text": "Find the leak."}],
        "rubric_text": "+5|NO_FILE|report.json exists|\n+7|TYPE|The report names the leak.|",
        "task_files": {"/app/code.py": "x = 1\n"}, "max_turns": 9}"#;
    let (file, out) = (scene.file("mine.json", text), scene.path("results").display().to_string());
    let report =
        scene.json(&format!("eval --task {file} --model policy/null --num-runs 1 --output-dir {out} --json"));
    assert_eq!(report["environment"], "authored");
    let read = |path: &std::path::Path| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    };
    let summary = read(&scene.path("results/summary.json"));
    assert_eq!((&summary["total_tasks"], &summary["average_percentage"]), (&1.into(), &0.0.into()));
    let name = summary["results"][0]["file"].as_str().unwrap();
    let result = read(&scene.path("results").join(name));
    assert_eq!((&result["model"], &result["evaluation"]["score"]), (&"policy/null".into(), &0.0.into()));
    scene.proves_every_verdict(1);
    let bad = scene.file("bad.json", &text.replace("+5|", "five|"));
    scene.run(&format!("eval --task {bad} --model policy/null")).fails(1, "line 1 of rubric_text", "format");
}
