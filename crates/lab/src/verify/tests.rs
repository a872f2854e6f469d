//! Every way to change a sealed record, and what is said of it.

use std::path::PathBuf;
use std::sync::Arc;

use envy_core::{BoxFile, Environment, EnvironmentInfo, EpisodeSpec, Output, Verdict};

use super::*;
use crate::dataset;
use crate::grade::grade;
use crate::receipt::{KEY_FILE, SigningKey};
use crate::run::plan;
use crate::store::Store;
use crate::testing::{self, Guess, INFO, Like, Memory};

/// The tiny environment with a newer grader.
static NEWER: Like = Like { info: &EnvironmentInfo { grader: "2", ..INFO }, policies: testing::POLICIES };

/// A run of three sealed episodes: 0 is wrong, 1 is right, 2 is void.
struct Scene {
    home: tempfile::TempDir,
    run: RunId,
    task: TaskRef,
    bench: Bench,
    key: PublicKey,
}

impl Scene {
    async fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let task = dataset::write(&testing::generated(1), &home.path().join("task")).unwrap();
        let bench = Bench::of(Arc::new(Memory::default()));
        let hint = task.brief().unwrap().file("hint.txt").unwrap().to_vec();
        let mut records = Vec::new();
        for (number, answer) in [b"wrong".to_vec(), hint].into_iter().enumerate() {
            let folder = home.path().join(format!("submission-{number}"));
            std::fs::create_dir(&folder).unwrap();
            std::fs::write(folder.join("answer.txt"), answer).unwrap();
            let outcome = grade(&Guess, &task, &folder, "fixed", &bench, None).await.unwrap();
            records.push(Record {
                submission: outcome.submission,
                job_results: outcome.job_results,
                rulings: outcome.rulings,
                verdict: outcome.verdict,
                ..testing::record(number as u32, 0, None)
            });
        }
        records.push(testing::record(2, 0, None));
        let scene = {
            let key = SigningKey::of(&home.path().join(KEY_FILE)).unwrap().public();
            Self { run: RunId(String::new()), home, task, bench, key }
        };
        let store = Store::open(&scene.store()).unwrap();
        let planned =
            plan(&Guess, std::slice::from_ref(&scene.task), vec!["m".to_owned()], 3, EpisodeSpec::new(""));
        let run = store.begin(&planned).unwrap();
        for (number, record) in records.into_iter().enumerate() {
            let (id, digest) = (scene.task.id().clone(), scene.task.digest());
            let record = Record { task: id, task_digest: digest, runtime: "none".to_owned(), ..record };
            store.seal(&run, number as u32, &record).unwrap();
        }
        Self { run, ..scene }
    }

    fn store(&self) -> PathBuf {
        self.home.path().join("runs.sqlite")
    }

    fn sql(&self, statement: &str) {
        rusqlite::Connection::open(self.store()).unwrap().execute_batch(statement).unwrap();
    }

    /// Puts an edited text in the place of an episode's record, packed as the store packs it.
    fn edit(&self, number: u32, edit: impl Fn(&str) -> String) {
        let text = self.reader().sealed_text(&self.run, number, 0).unwrap().text.unwrap();
        let edited = edit(&text);
        assert_ne!(edited, text, "the edit changes something");
        let packed = miniz_oxide::deflate::compress_to_vec_zlib(edited.as_bytes(), 3);
        let raw = rusqlite::Connection::open(self.store()).unwrap();
        raw.execute("UPDATE episodes SET record = ?1 WHERE number = ?2", (packed, number)).unwrap();
    }

    fn reader(&self) -> Reader {
        Reader::open(&self.store()).unwrap()
    }

    async fn verify_with(
        &self,
        change: impl FnOnce(&mut Verifier<'_>),
        environment: &'static dyn Environment,
    ) -> Vec<Finding> {
        let all: &'static [&'static dyn Environment] = Box::leak(Box::new([environment]));
        let registry = Registry::of(all);
        let mut verifier = Verifier {
            registry: &registry,
            library: Library::at(self.home.path().join("datasets")),
            task: None,
            key: Some(self.key),
            depth: Depth::Rerun,
            regrade: false,
            bench: Some(&self.bench),
        };
        change(&mut verifier);
        let mut findings = Vec::new();
        verifier.run(&self.reader(), &self.run, None, &mut |finding| findings.push(finding)).await.unwrap();
        findings
    }

    async fn verify(&self) -> Vec<Finding> {
        self.verify_with(|_| {}, &Guess).await
    }

    /// All that does not hold, each with the end of the record's name in front.
    async fn wrong(&self) -> Vec<String> {
        let name = self.run.to_string();
        let of = |finding: Finding| {
            let place = finding.record.strip_prefix(&name).unwrap().to_owned();
            finding.wrong.into_iter().map(move |what| format!("{place}: {what}")).collect::<Vec<_>>()
        };
        self.verify().await.into_iter().flat_map(of).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_untouched_run_holds_at_every_depth() {
    let scene = Scene::new().await;
    for (depth, standing) in [
        (Depth::Receipts, [Standing::Unchecked; 3]),
        (Depth::Outputs, [Standing::Same, Standing::Same, Standing::Void]),
        (Depth::Rerun, [Standing::Same, Standing::Same, Standing::Void]),
    ] {
        let findings = scene.verify_with(|verifier| verifier.depth = depth, &Guess).await;
        let standings: Vec<Standing> = findings.iter().map(|finding| finding.verdict).collect();
        assert_eq!(standings, standing, "{findings:?}");
        assert!(findings.iter().all(|finding| finding.receipt && finding.wrong.is_empty()), "{findings:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_changed_field_of_a_record_is_named_with_its_record() {
    let edits: &[(&str, &str, &str)] = &[
        ("\"reward\":0.0", "\"reward\":1.0", "/0: `verdict` was changed after the record was sealed"),
        ("\"probes\":0", "\"probes\":1", "/0: `probes` was changed"),
        ("\"end\":\"submitted\"", "\"end\":\"gave_up\"", "/0: `end` was changed"),
        ("guess 1", "guess 9", "/0: `grader` was changed"),
        ("\"wall_ms\":1500", "\"wall_ms\":1501", "/0: `wall_ms` was changed"),
    ];
    for (from, to, told) in edits {
        let scene = Scene::new().await;
        scene.edit(0, |text| text.replacen(from, to, 1));
        let wrong = scene.wrong().await;
        assert!(wrong[0].starts_with(told), "{wrong:?}");
        assert!(wrong.iter().all(|what| what.starts_with("/0")), "no other record is named: {wrong:?}");
    }
    // A verdict that was changed is also not the one that the outputs give, and the field is named.
    let scene = Scene::new().await;
    scene.edit(0, |text| text.replacen("\"reward\":0.0", "\"reward\":1.0", 1));
    let wrong = scene.wrong().await;
    assert!(wrong[1].contains("reward is 0.0 now, 1.0 in the record"), "{wrong:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_beside_a_record_is_covered_too() {
    let update = |table: &str, change: &str| format!("UPDATE {table} SET {change} WHERE number = 1");
    let first = "(SELECT receipt FROM receipts WHERE number = 0)";
    let cases = [
        (update("episodes", "seal = replace(seal, 'a', 'b')"), "/1: `seal`"),
        (update("episodes", "outcome = replace(outcome, '1.0', '0.9')"), "/1: `outcome`, which reports read"),
        (
            update("receipts", "receipt = replace(receipt, 'guess 1', 'guess 2')"),
            "/1: `grader` of its receipt was",
        ),
        (update("receipts", "signature = replace(signature, '0', '1')"), "/1: its receipt was changed"),
        (update("receipts", &format!("receipt = {first}")), "/1: `submission` of its receipt was changed"),
        (update("receipts", "receipt = substr(receipt, 1, 100)"), "/1: its receipt cannot be read"),
        (update("episodes", "record = substr(record, 1, 100)"), "/1: the record is cut off or damaged"),
        ("UPDATE runs SET plan = replace(plan, '3', '4')".to_owned(), "/0: the plan of its run was changed"),
        ("DELETE FROM receipts WHERE number = 1".to_owned(), "/1: it has no receipt"),
        ("DELETE FROM receipts WHERE number = 1".to_owned(), ": receipt 1 of its chain is missing"),
        ("DELETE FROM episodes WHERE number = 1".to_owned(), ": the record of episode 1 attempt 0 is gone"),
        (
            "UPDATE receipts SET position = 7 WHERE number = 2".to_owned(),
            ": 5 receipts of its chain are missing",
        ),
    ];
    for (statement, told) in cases {
        let scene = Scene::new().await;
        scene.sql(&statement);
        let wrong = scene.wrong().await;
        assert!(wrong.iter().any(|what| what.starts_with(told)), "{statement}: {wrong:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_one_run_cannot_stand_for_each_other() {
    let scene = Scene::new().await;
    scene.sql(
        "UPDATE episodes SET (seal, outcome, record) =
           (SELECT seal, outcome, record FROM episodes WHERE number = 1) WHERE number = 0",
    );
    let wrong = scene.wrong().await;
    assert!(wrong.iter().any(|what| what.starts_with("/0: `submission` was changed")), "{wrong:?}");
    let scene = Scene::new().await;
    scene.sql(
        "UPDATE receipts SET number = 9 WHERE number = 0; UPDATE receipts SET number = 0 WHERE number = 1;
         UPDATE receipts SET number = 1 WHERE number = 9",
    );
    let wrong = scene.wrong().await;
    assert!(
        wrong.iter().any(|what| what.contains(&format!("its receipt is that of {}/1", scene.run))),
        "{wrong:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_key_is_named_and_an_unknown_one_not_trusted() {
    let scene = Scene::new().await;
    let other = SigningKey::of(&scene.home.path().join("other.key")).unwrap().public();
    for (key, told) in [(Some(other), format!("not by {other}")), (None, "nobody vouched for".to_owned())] {
        let findings = scene.verify_with(|verifier| verifier.key = key, &Guess).await;
        for finding in findings {
            assert_eq!(finding.wrong.len(), 1, "{finding:?}");
            assert!(finding.wrong[0].contains(&told) && finding.wrong[0].contains(&scene.key.to_string()));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_graders_record_says_so_and_is_graded_anew_on_request() {
    let scene = Scene::new().await;
    let findings = scene.verify_with(|_| {}, &NEWER).await;
    assert_eq!(findings[1].verdict, Standing::OtherGrader);
    assert_eq!(
        findings[1].wrong,
        ["it was graded by guess 1, and this envy grades by guess 2: --regrade grades it anew"]
    );
    let findings = scene.verify_with(|verifier| verifier.regrade = true, &NEWER).await;
    assert!(findings.iter().all(|finding| finding.wrong.is_empty()), "{findings:?}");
    assert_eq!(findings[1].detail, "reward 1 now, 1 when it was sealed by guess 1");
}

/// Only who has the key can seal outputs that its submission never left; running it again tells.
#[tokio::test(flavor = "multi_thread")]
async fn outputs_that_a_submission_does_not_leave_are_found_by_running_it_again() {
    let scene = Scene::new().await;
    let reader = scene.reader();
    let right = reader.record(&scene.run, 1).unwrap().record;
    let Verdict::Graded(_) = right.verdict else { panic!("it was graded") };
    let Output::Bytes(_) = right.job_results[0][0].outputs["answer.txt"] else { panic!("it left an answer") };
    let mut forged = right;
    forged.submission.files = vec![BoxFile::new("answer.txt", "wrong")];
    let store = Store::open(&scene.store()).unwrap();
    store.seal(&scene.run, 3, &forged).unwrap();
    let findings = scene.verify_with(|verifier| verifier.depth = Depth::Outputs, &Guess).await;
    assert_eq!((findings[3].verdict, findings[3].wrong.len()), (Standing::Same, 0));
    let findings = scene.verify().await;
    assert_eq!(findings[3].verdict, Standing::Unsteady);
    assert!(
        findings[3].wrong[0].contains("answer.txt of job 0 of batch 0, so reward is 0.0 now"),
        "{findings:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_records_file_carries_its_receipt_and_a_truncated_one_is_told() {
    let scene = Scene::new().await;
    let reader = scene.reader();
    let text = reader.sealed_text(&scene.run, 1, 0).unwrap().text.unwrap();
    let file = file(&text, reader.receipt(&scene.run, 1).unwrap().as_ref());
    let registry = Registry::of(&[&Guess]);
    let verifier = Verifier {
        registry: &registry,
        library: Library::at(scene.home.path().join("datasets")),
        task: Some(scene.task.clone()),
        key: Some(scene.key),
        depth: Depth::Rerun,
        regrade: false,
        bench: Some(&scene.bench),
    };
    let found = verifier.file("r.json", &file).await;
    assert_eq!((found.verdict, found.wrong.len(), found.receipt), (Standing::Same, 0, true), "{found:?}");
    let edited = verifier.file("r.json", &file.replace("\"wall_ms\": 1500", "\"wall_ms\": 1600")).await;
    assert_eq!(edited.wrong, ["`wall_ms` was changed after the record was sealed"]);
    let cut = verifier.file("r.json", &file[..file.len() / 2]).await;
    assert!(cut.wrong[0].starts_with("the record is cut off after"), "{cut:?}");
    let other = verifier.file("r.json", "no json").await;
    assert!(other.wrong[0].contains("is no record"), "{other:?}");
    let bare = verifier.file("r.json", &text).await;
    assert!(bare.wrong[0].contains("no receipt") && bare.verdict == Standing::Same, "{bare:?}");
}
