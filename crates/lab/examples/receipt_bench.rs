//! What receipts cost: CPU of sealing a record, beside the same work without a receipt, and records checked a second.
//!
//! `cargo xtask bench receipts` (Linux: it reads `/proc/self`)

#![allow(clippy::print_stdout, reason = "its figures are its output")]

#[path = "../../rollout/examples/usage/mod.rs"]
mod usage;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use envy_core::{
    BoxFile, Digest, End, EpisodeSpec, JobEnd, JobResult, Knobs, Message, Observation, Output, Record, Reply,
    Salt, Score, Submission, TaskId, TaskSpec, ToolCall, Trajectory, Turn, Verdict,
};
use envy_lab::Registry;
use envy_lab::dataset::Library;
use envy_lab::models::ModelSettings;
use envy_lab::receipt::{KEY_FILE, SigningKey};
use envy_lab::store::{Plan, Store};
use envy_lab::verify::{Depth, Verifier};
use serde_json::json;
use usage::cpu_seconds;

/// Records of one measurement.
const RECORDS: u32 = 4_000;

/// Threads that seal at once.
const THREADS: u32 = 8;

fn main() {
    let home = tempfile::tempdir().expect("there is a temporary folder");
    let path = home.path().join("runs.sqlite");
    let store = Arc::new(Store::open(&path).expect("a store opens"));
    let record = record();
    let bytes = serde_json::to_vec(&record).expect("a record is plain data").len();
    let run = store.begin(&plan(&record)).expect("the store takes a run");
    let (cpu, wall) = (cpu_seconds(), Instant::now());
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (store, run, record) = (&store, &run, &record);
            scope.spawn(move || {
                for number in (thread..RECORDS).step_by(THREADS as usize) {
                    store.seal(run, number, record).expect("the store takes a record");
                }
            });
        }
    });
    let (cpu, wall) = (cpu_seconds() - cpu, wall.elapsed().as_secs_f64());
    let each = f64::from(RECORDS);
    println!("a record of {bytes} bytes sealed: {:.3} ms CPU, {:.0} a second", cpu * 1e3 / each, each / wall);
    let reader = store.reader().expect("the store is read");
    let chain = reader.chain(&run).expect("the store is read");
    let size = chain.iter().map(|link| link.receipt.text.len() + link.receipt.signature.len()).sum::<usize>();
    let key = SigningKey::of(&home.path().join(KEY_FILE)).expect("the store made it").public();
    let begun = Instant::now();
    assert!(chain.iter().all(|link| link.receipt.is_signed_by(&key)), "all are signed");
    println!(
        "receipts: {} bytes each; signatures checked: {:.0} a second",
        size / chain.len(),
        each / begun.elapsed().as_secs_f64()
    );
    let registry = Registry::standard();
    let verifier = Verifier {
        registry: &registry,
        library: Library::at(home.path().join("datasets")),
        task: None,
        key: Some(key),
        depth: Depth::Receipts,
        regrade: false,
        bench: None,
    };
    let runtime = tokio::runtime::Runtime::new().expect("threads are to be had");
    let (begun, mut held) = (Instant::now(), 0);
    let verified = runtime.block_on(
        verifier.run(&reader, &run, None, &mut |finding| held += u32::from(finding.wrong.is_empty())),
    );
    verified.expect("the store is read");
    assert_eq!(held, RECORDS, "every record holds");
    println!(
        "records checked with digests, chain and signature: {:.0} a second",
        each / begun.elapsed().as_secs_f64()
    );
}

/// An episode of six turns with a submission of two files.
fn record() -> Record {
    let spec = TaskSpec::new("cleaning", 1, Knobs::default(), &Salt::public());
    let turn = |number: u32| Turn {
        reply: Reply {
            text: "I look at the sources of the table before anything else. ".repeat(4),
            calls: vec![ToolCall {
                id: format!("call-{number}"),
                name: "run_python".to_owned(),
                arguments: json!({"code": "print(tables['train'].groupby('source').describe())"}),
            }],
            ..Reply::default()
        },
        observations: vec![Observation {
            call: format!("call-{number}"),
            text: "mean 12.5 sd 3.1\n".repeat(20),
            is_error: false,
        }],
        model_ms: 900,
        tools_ms: 40,
    };
    let opening = vec![Message::System { text: "You clean tables. ".repeat(60) }];
    let rows: Vec<String> = (0..200).map(|row| format!("{row},{},{}", row * 7 % 13, row % 3)).collect();
    let table = rows.join("\n");
    let result = JobResult {
        end: JobEnd::Exited(0),
        outputs: BTreeMap::from([("cleaned.csv".to_owned(), Output::Bytes(table.into_bytes()))]),
        stderr_tail: String::new(),
    };
    Record {
        schema: "envy.record/1".to_owned(),
        task: TaskId::of(&spec, "1", &Salt::public()),
        task_digest: Digest::of(b"task"),
        rollout: 0,
        attempt: 0,
        episode: EpisodeSpec::new("provider/model"),
        end: End::Submitted,
        trajectory: Trajectory { opening, turns: (0..6).map(turn).collect() },
        submission: Submission {
            answer: json!({"summary": "units of two sources"}),
            files: vec![BoxFile::new(
                "clean.py",
                "def clean_data(tables):\n    return tables['train']\n".repeat(20),
            )],
        },
        job_results: vec![vec![result.clone(), result]],
        rulings: Vec::new(),
        probes: 1,
        verdict: Verdict::Graded(Score { reward: 0.5, ..Score::zero("measured") }),
        grader: "cleaning 1".to_owned(),
        integrity: envy_core::Integrity::default(),
        sandbox: "native".to_owned(),
        runtime: "none".to_owned(),
        wall_ms: 6_000,
        notes: BTreeMap::new(),
    }
}

fn plan(record: &Record) -> Plan {
    Plan {
        schema: "envy.run-plan/1".to_owned(),
        environment: "cleaning".to_owned(),
        tasks: Vec::new(),
        models: vec![record.episode.model.clone()],
        reach: ModelSettings::default(),
        rollouts: RECORDS,
        until_placed: None,
        judge: None,
        episode: record.episode.clone(),
        settings: Vec::new(),
    }
}
