//! Diagnosis from task to verdict: the task proves itself, the reference passes, a gaming policy and nothing do not.

use crate::scene::{Scene, boxes_work};

/// What each policy may earn: those that play the rubric stay under 30 of 90.
const BANDS: &[(&str, f64, f64)] = &[
    ("null", 0.0, 0.0),
    ("empty-test", 0.0, 0.0),
    ("accuser", 0.0, 29.9),
    ("fix-only", 20.0, 29.9),
    ("injection", 8.0, 29.9),
    ("keyword-stuffer", 0.0, 29.9),
    ("none-always", 8.0, 29.9),
    ("one-code", 0.0, 29.9),
    ("report-only", 20.0, 29.9),
    ("symptom-only", 0.0, 29.9),
    ("vague", 8.0, 29.9),
    ("whole-file", 8.0, 29.9),
    ("reference", 80.0, 80.0),
];

#[test]
fn an_error_is_admitted_found_and_mended_and_no_policy_that_games_the_rubric_earns_much() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::new();
    let folder = scene.path("task").display().to_string();
    scene.json(&format!(
        "dataset generate diagnosis --skeleton scorecard --mechanism features_fitted_on_holdout --out {folder} --json"
    ));
    let models: Vec<String> = BANDS.iter().map(|(name, _, _)| format!("--model policy/{name}")).collect();
    let report = scene.json(&format!("eval --dataset {folder} {} --num-runs 1 --json", models.join(" ")));
    let rows = report["rows"].as_array().unwrap();
    assert_eq!(rows.len(), BANDS.len(), "{report}");
    for (row, (name, least, most)) in rows.iter().zip(BANDS) {
        let points = row["metrics"]["points"].as_f64().unwrap_or(0.0);
        assert!((*least..=*most).contains(&points), "{name} earned {points}: {report}");
        assert_eq!(row["passed"] == 1, *name == "reference", "{name}: {report}");
    }
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
    let bad = scene.file("bad.json", &text.replace("+5|", "five|"));
    scene.run(&format!("eval --task {bad} --model policy/null")).fails(1, "line 1 of rubric_text", "format");
}
