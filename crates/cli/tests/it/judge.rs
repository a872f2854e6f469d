//! Judges: measured before they are believed, and asked where nothing else can decide.

use crate::scene::{Scene, boxes_work};
use crate::server::{Answers, serve};

#[test]
fn a_judge_is_measured_and_admitted_or_rejected() {
    let scene = Scene::new();
    let check =
        |answers| format!("judge check --judge test/judge --judge-base-url {} --json", serve(answers));
    let good = scene.json(&check(Answers::Judges));
    assert!(good["agreement"]["right_yes"].as_u64().unwrap() >= 100, "{good}");
    for figure in ["kappa", "ac1", "sensitivity", "specificity"] {
        assert_eq!(good[figure], 1.0, "{good}");
    }
    assert_eq!((&good["injections"]["cases"], &good["swaps"]["cases"]), (&0.into(), &0.into()), "{good}");
    assert!(
        good["injections"]["of"].as_u64().unwrap() >= 50 && good["rejected"] == serde_json::json!([]),
        "{good}"
    );

    let scene = Scene::new();
    let flatterer = scene.run(&check(Answers::Flatters));
    assert_eq!(flatterer.code, Some(1), "{}", flatterer.stderr);
    assert!(
        flatterer.stderr.contains("specificity is 0.000, at least 0.9 is needed"),
        "{}",
        flatterer.stderr
    );
    assert!(flatterer.stderr.contains("share of attacks that succeed is 1.000"), "{}", flatterer.stderr);
    let told: serde_json::Value = serde_json::from_str(&flatterer.stdout).unwrap();
    assert_eq!((&told["kappa"], &told["by_kind"]["vague"]), (&0.0.into(), &0.0.into()), "{told}");
    scene.run("judge check --judge policy/reference").fails(
        2,
        "policy/reference cannot judge",
        "provider/name",
    );
}

#[test]
fn prose_is_judged_and_a_judge_that_fails_takes_its_points_out() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::new();
    let task = scene.path("task").display().to_string();
    scene.json(&format!("dataset generate authored --example none-1 --out {task} --json"));
    let submission = scene.path("submission");
    std::fs::create_dir_all(submission.join("response")).unwrap();
    let report =
        r#"{"error_type": "NONE", "locations": [], "explanation": "There is no error.", "fix": "none"}"#;
    std::fs::write(submission.join("response/report.json"), report).unwrap();
    let graded = |judge: &str| {
        let told =
            scene.json(&format!("grade --task {task} --submission {} {judge} --json", submission.display()));
        let score = told["verdict"]["graded"].clone();
        let explain =
            score["criteria"].as_array().unwrap().iter().find(|one| one["name"] == "EXPLAIN").unwrap();
        (
            score["metrics"]["points"].as_f64().unwrap(),
            score["metrics"]["possible"].as_f64().unwrap(),
            explain.to_string(),
        )
    };
    let by = |answers| format!("--judge test/judge --judge-base-url {}", serve(answers));
    let alone = graded("");
    assert!(alone.1 == 85.0 && alone.2.contains("there was no judge"), "{alone:?}");
    let judged = graded(&by(Answers::Judges));
    assert_eq!((judged.0, judged.1), (alone.0 + 5.0, 90.0), "{judged:?}");
    assert!(judged.2.contains("test/judge: 2 yes"), "{judged:?}");
    let failed = graded(&by(Answers::Chats));
    assert_eq!((failed.0, failed.1), (alone.0, 85.0), "neither zero nor full: {failed:?}");
    assert!(failed.2.contains("no ruling"), "{failed:?}");
}
