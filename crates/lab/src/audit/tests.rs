//! An audit of the tiny environment, and of tasks that fall short.

use std::sync::Arc;

use envy_environments::zoo::{HOLES, Kept};

use super::*;
use crate::dataset::{self, Library};
use crate::testing::{self, Guess, Memory, Quiet};

struct Unwatched;

impl Watch for Unwatched {}

fn settings() -> Settings {
    Settings { salt: Salt::public(), concurrency: 4, cheats: Vec::new(), ladder_only: false }
}

async fn audited(count: usize) -> (tempfile::TempDir, Audit) {
    let home = tempfile::tempdir().unwrap();
    let library = Library::at(home.path().join("datasets"));
    let tasks = dataset::generate(&testing::order(1, count), &library, &Quiet::default()).unwrap().tasks;
    let bench = Bench::of(Arc::new(Memory::default()));
    let audit = audit(&Guess, &tasks, &settings(), &bench, Cancel::new(), &Unwatched).await.unwrap();
    (home, audit)
}

fn line<'a>(audit: &'a Audit, name: &str) -> &'a Line {
    audit.lines.iter().find(|line| line.name == name).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_set_holds_line_by_line_and_says_what_cannot_be_checked() {
    let (home, audit) = audited(3).await;
    for name in [
        "solvable",
        "reference-at-the-top",
        "null-at-the-floor",
        "canary-clean",
        "deterministic",
        "honest-work-is-not",
    ] {
        assert_eq!(line(&audit, name).holds, Some(true), "{:?}", line(&audit, name));
    }
    assert_eq!(line(&audit, "needs-the-data").holds, Some(true), "{:?}", line(&audit, "needs-the-data"));
    assert_eq!(line(&audit, "cheats-at-the-floor").holds, None, "the tiny environment has no cheat");
    assert!(audit.holds() && audit.note.is_empty());
    let page = home.path().join("audit.html");
    write(&audit, &page).unwrap();
    let text = std::fs::read_to_string(&page).unwrap();
    assert!(text.contains("needs-the-data") && text.contains("not checked") && !text.contains("<script"));
    assert!(!text.contains("http://") && !text.contains("https://"), "a page needs no network");
    let json = serde_json::to_value(&audit).unwrap();
    assert_eq!(
        (json["schema"].as_str(), json["lines"][0]["holds"].as_bool()),
        (Some("envy.audit/1"), Some(true))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_task_is_audited_as_far_as_it_goes() {
    let (_home, audit) = audited(1).await;
    assert_eq!(line(&audit, "needs-the-data").holds, None);
    assert!(audit.holds());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_shows_its_canary_or_was_made_by_another_spec_falls_short() {
    let home = tempfile::tempdir().unwrap();
    let mut generated = testing::generated(1);
    let canary = generated.task.hidden.canary().to_owned();
    generated.task.brief.files.push(envy_core::BoxFile::new("note.txt", canary));
    let task = dataset::write(&generated, &home.path().join("task")).unwrap();
    let bench = Bench::of(Arc::new(Memory::default()));
    let audit = audit(&Guess, &[task], &settings(), &bench, Cancel::new(), &Unwatched).await.unwrap();
    assert_eq!(line(&audit, "canary-clean").holds, Some(false), "{:?}", line(&audit, "canary-clean"));
    assert_eq!(line(&audit, "deterministic").holds, Some(false));
    assert!(!audit.holds());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_tasks_too_many_and_a_stopped_audit_are_told() {
    let bench = Bench::of(Arc::new(Memory::default()));
    let error = audit(&Guess, &[], &settings(), &bench, Cancel::new(), &Unwatched).await.unwrap_err();
    assert!(error.to_string().contains("0 tasks"), "{error}");
    let home = tempfile::tempdir().unwrap();
    let task = dataset::write(&testing::generated(1), &home.path().join("task")).unwrap();
    let thrown = Cancel::new();
    thrown.cancel();
    let error = audit(&Guess, &[task], &settings(), &bench, thrown, &Unwatched).await.unwrap_err();
    assert!(error.to_string().contains("stopped"), "{error}");
}

#[test]
fn every_line_that_a_hole_names_is_one() {
    for hole in HOLES {
        if let Kept::Line(name) = hole.kept {
            assert!(LINES.iter().any(|(known, _)| *known == name), "{}: {name}", hole.name);
        }
    }
}
