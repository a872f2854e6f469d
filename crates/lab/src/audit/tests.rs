//! An audit of the tiny environment, and of tasks that fall short.

use std::sync::Arc;

use envy_core::policy::{call, fixed};
use envy_core::{Brief, Policy, Script, Seed};
use envy_environments::zoo::{HOLES, Kept};
use serde_json::json;

use super::*;
use crate::dataset::{self, Library};
use crate::testing::{self, Guess, INFO, Like, Memory, Quiet};

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

/// One who copies the number, or looks where nobody should before that, or does nothing.
struct Player {
    name: &'static str,
    kind: PolicyKind,
    copies: bool,
    snoops: bool,
}

impl Policy for Player {
    fn name(&self) -> &'static str {
        self.name
    }
    fn doc(&self) -> &'static str {
        "copies the number, or does not"
    }
    fn kind(&self) -> PolicyKind {
        self.kind
    }
    fn kind_on(&self, brief: &Brief) -> PolicyKind {
        let is_even = brief.file("hint.txt").and_then(<[u8]>::last).is_some_and(|digit| digit % 2 == 0);
        if self.kind == PolicyKind::Partial && is_even { PolicyKind::Honest } else { self.kind }
    }
    fn start(&self, brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        let content = String::from_utf8_lossy(brief.file("hint.txt").unwrap_or_default()).into_owned();
        let mut turns = Vec::new();
        if self.snoops {
            turns.push(vec![call("read_file", json!({"path": "../hidden/golden.csv"}))]);
        }
        if self.copies {
            turns.push(vec![call("write_file", json!({"path": "answer.txt", "content": content}))]);
            turns.push(vec![call("submit_answer", json!({}))]);
        }
        fixed(turns)
    }
}

const fn player(kind: PolicyKind, copies: bool, snoops: bool) -> Player {
    let name = match kind {
        PolicyKind::Null => "null",
        PolicyKind::Partial => "some",
        PolicyKind::Honest => "honest",
        _ => "reference",
    };
    Player { name, kind, copies, snoops }
}

const NOTHING: Player = player(PolicyKind::Null, false, false);
const REFERENCE: Player = player(PolicyKind::Reference, true, false);
const HONEST: Player = player(PolicyKind::Honest, true, false);

/// The tiny environment with other policies.
const fn crowded(policies: &'static [&'static dyn Policy]) -> Like {
    Like { info: &INFO, policies }
}

#[tokio::test(flavor = "multi_thread")]
async fn honest_work_may_pass_and_partial_skill_may_not() {
    static SOUND: Like = crowded(&[&NOTHING, &HONEST, &REFERENCE]);
    static TOO_EASY: Like =
        crowded(&[&NOTHING, &const { player(PolicyKind::Partial, true, false) }, &REFERENCE]);
    static SNOOPED: Like =
        crowded(&[&NOTHING, &const { player(PolicyKind::Honest, true, true) }, &REFERENCE]);
    static TOPPED: Like =
        crowded(&[&NOTHING, &HONEST, &const { player(PolicyKind::Reference, false, false) }]);
    for (environment, short) in [
        (&SOUND, &[][..]),
        (&TOO_EASY, &["ladder-in-order", "noise-under-gap"]),
        (&SNOOPED, &["honest-work-is-not"]),
        (&TOPPED, &["solvable", "reference-at-the-top"]),
    ] {
        let home = tempfile::tempdir().unwrap();
        let library = Library::at(home.path().join("datasets"));
        let tasks = dataset::generate(&testing::order(1, 6), &library, &Quiet::default()).unwrap().tasks;
        let bench = Bench::of(Arc::new(Memory::default()));
        let audit = audit(environment, &tasks, &settings(), &bench, Cancel::new(), &Unwatched).await.unwrap();
        let fallen: Vec<&str> =
            audit.lines.iter().filter(|line| line.holds == Some(false)).map(|line| line.name).collect();
        assert_eq!(fallen, short, "{:?}", audit.lines);
        if environment.policies[1].kind() == PolicyKind::Honest {
            assert_eq!(audit.ladder[1].kind, "honest");
            let seen = audit.detection.get(&FlagKind::HiddenData);
            let snoops = short == ["honest-work-is-not"];
            assert_eq!(seen.map(|seen| (seen.honest, seen.honest_alarms)), snoops.then_some((12, 6)));
        } else {
            // Where a task asks for no more than partial skill, that is honest work.
            let some: Vec<_> = audit.ladder.iter().filter(|rung| rung.policy == "some").collect();
            assert_eq!(some.iter().map(|rung| rung.kind).collect::<Vec<_>>(), ["partial", "honest"]);
            assert_eq!(some.iter().map(|rung| rung.episodes).sum::<usize>(), 6);
        }
    }
}

#[test]
fn every_line_that_a_hole_names_is_one() {
    for hole in HOLES {
        if let Kept::Line(name) = hole.kept {
            assert!(LINES.iter().any(|(known, _)| *known == name), "{}: {name}", hole.name);
        }
    }
}
