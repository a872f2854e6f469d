//! The tasks that come along, graded without a box: what a probe would leave is made up here.

use std::collections::BTreeMap;

use envy_core::{
    BoxFile, Environment as _, EpisodeSpec, GenerateInput, Generated, GradeInput, JobEnd, JobResult, Knobs,
    Next, Output, Salt, Score, Submission, TaskSpec,
};
use serde_json::{Value, json};

use super::{Authored, EXAMPLE_NAMES, EXAMPLES, example};

mod verdicts;

fn generated(name: &str, file: Option<&str>) -> Result<Generated, String> {
    let knobs = Knobs::resolve("authored", Authored.info().knobs, [("example", name)]).unwrap();
    let spec = TaskSpec::new("authored", 1, knobs, &Salt::public());
    let table = file.map(|text| text.as_bytes().to_vec());
    let mut work = Authored.generate(GenerateInput { spec, salt: Salt::public(), table });
    let Next::Done(made) = work.advance(Vec::new()) else { panic!("a file needs no box") };
    made.map_err(|error| error.to_string())
}

/// The task's files, with a report beside them.
fn submitted(made: &Generated, report: Option<&Value>) -> Submission {
    let mut files = made.task.brief.files.clone();
    files.extend(report.map(|report| BoxFile::new("response/report.json", report.to_string())));
    Submission { answer: json!({}), files }
}

/// The score of a report and of what the probe of the task would say.
fn graded(made: &Generated, report: Option<&Value>, probe: &Value) -> Score {
    let grader = Authored.grader(&made.task.brief, &made.task.hidden).unwrap();
    let submission = submitted(made, report);
    let mut work = grader.grade(GradeInput {
        submission,
        episode: EpisodeSpec::new("test"),
        probes: 0,
        rulings: Vec::new(),
    });
    let mut results = Vec::new();
    loop {
        match work.advance(results) {
            Next::Done(score) => return score,
            Next::Run(jobs) => {
                for job in &jobs {
                    let whole =
                        job.files.iter().map(|file| String::from_utf8_lossy(&file.bytes).into_owned());
                    assert!(
                        !whole.collect::<String>().contains("expect"),
                        "a probe is not told what is expected"
                    );
                }
                let outputs = BTreeMap::from([(
                    "probe.json".to_owned(),
                    Output::Bytes(probe.to_string().into_bytes()),
                )]);
                let left = JobResult { end: JobEnd::Exited(0), outputs, stderr_tail: String::new() };
                results = vec![left; jobs.len()];
            }
        }
    }
}

fn check<'a>(file: &'a Value, name: &str) -> &'a Value {
    let rubrics = file["rubrics"].as_array().unwrap();
    &rubrics.iter().find(|one| one["name"] == name).unwrap()["check"]
}

#[test]
fn every_task_that_comes_along_is_worth_all_to_the_right_answer_and_nothing_to_none() {
    assert!(EXAMPLES.iter().map(|(name, _)| *name).eq(EXAMPLE_NAMES.iter().copied()));
    for (name, text) in EXAMPLES {
        let made = generated(name, None).unwrap();
        let file: Value = serde_json::from_str(text).unwrap();
        let (class, place) = (&check(&file, "IDENTIFY_ISSUE_TYPE")["value"], check(&file, "LOCALISE"));
        let places = if *class == "NONE" {
            json!([])
        } else {
            json!([{"file": place["file"], "start": place["start"], "end": place["end"]}])
        };
        let report = json!({"error_type": class, "locations": places, "explanation": "x", "fix": "x"});
        let right = &check(&file, "FIX")["expect"];
        let score = graded(&made, Some(&report), right);
        assert!(score.passed && score.metrics["points"] == 85.0, "{name}: {score:?}");
        assert_eq!((score.metrics["possible"], score.metrics["total"]), (85.0, 90.0));
        let judged = score.criteria.iter().find(|one| one.name == "EXPLAIN").unwrap();
        assert!(judged.detail.contains("not offered"), "{judged:?}");
        assert_eq!(graded(&made, None, right).reward, 0.0, "{name}: nothing was done");
        let vague =
            json!({"error_type": "ALL", "locations": [{"file": "src/code.py", "start": 1, "end": 500}]});
        let score = graded(&made, Some(&vague), &json!({}));
        assert!(!score.passed && score.metrics["points"] < 30.0, "{name}: {score:?}");
    }
}

#[test]
fn the_agent_sees_neither_probe_nor_rubric() {
    for (name, _) in EXAMPLES {
        let made = generated(name, None).unwrap();
        let brief = &made.task.brief;
        assert!(brief.files.iter().all(|file| file.path.starts_with("src/")), "{name}");
        let seen = format!("{:?}", brief.facts) + &Authored.prompt(brief, &EpisodeSpec::new("test")).1;
        assert!(
            !seen.contains("envy-canary") && !seen.contains("probe") && !seen.contains("IDENTIFY"),
            "{name}"
        );
    }
}

#[test]
fn a_file_is_run_as_it_is_and_prose_is_offered_to_nobody() {
    let text = r#"{"task_id": "mine", "prompt": [{"type": "text", "text": "Find the leak."}],
        "rubric_text": "+5|NO_FILE|report.json exists|\n+7|TYPE|The report names the leak.|",
        "task_files": {"/app/code.py": "x = 1\n"}, "use_docker": true, "max_turns": 9}"#;
    let made = generated("error-analysis-1", Some(text)).unwrap();
    assert_eq!(super::turns_asked(&made.task.brief), Some(9));
    assert!(super::wants_container(&made.task.hidden));
    assert!(!super::wants_container(&generated("error-analysis-1", None).unwrap().task.hidden));
    assert!(made.notes.iter().any(|note| note == "7 of 12 points need a judge"), "{:?}", made.notes);
    assert_eq!(super::task_json(&made.task.hidden).unwrap(), text);
    let grader = Authored.grader(&made.task.brief, &made.task.hidden).unwrap();
    let submission = Submission { answer: json!({}), files: vec![BoxFile::new("report.json", "{}")] };
    let mut work = grader.grade(GradeInput {
        submission,
        episode: EpisodeSpec::new("test"),
        probes: 0,
        rulings: Vec::new(),
    });
    let Next::Done(score) = work.advance(Vec::new()) else { panic!("there is no probe") };
    assert_eq!(
        (score.metrics["points"], score.metrics["possible"], score.metrics["total"]),
        (5.0, 5.0, 12.0)
    );
    assert!(generated("error-analysis-1", Some("{")).is_err());
    assert!(example("none-1").is_some() && example("none-2").is_none());
}
