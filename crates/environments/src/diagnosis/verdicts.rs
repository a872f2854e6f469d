//! Verdicts on fixed work: see `crate::verdicts`. No program is run: what one would leave is made up from its inputs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use envy_core::{
    BoxFile, Brief, Certificate, Environment as _, Hidden, Job, JobEnd, JobResult, Knobs, Output, Ruling,
    Salt, Seed, Submission, Task, TaskId, TaskSpec, drive,
};
use envy_pycode::mutators::{ErrorClass, Located};
use envy_pycode::{Place, Span};
use envy_tabular::{RawLimits, RawTable, domains};
use serde_json::{Value, json};

use super::candidate::Spot;
use super::harness::Norm;
use super::hidden::{Clearing, Named, Secret, Truth};
use super::measures::figures;
use super::outputs::{self, FITTED, HOLDOUT, METRICS, OOF};
use super::world::{Columns, Form, World};
use super::{Diagnosis, jobs, judging};
use crate::verdicts::{Case, hold, input};

/// The program's one file: the error is in its third line, the decoy in its fifth.
const WRONG: &str = "def fit(rows):\n    rows = list(rows)\n    scale = len(rows) + held_out(rows)\n    # so it is\n    seed = 7\n    return scale, seed\n";
const RIGHT: &str = "def fit(rows):\n    rows = list(rows)\n    scale = len(rows)\n    # so it is\n    seed = 7\n    return scale, seed\n";
/// What agents hand in: as right as the reference, and another text, so that it has to be run.
const MENDED: &str = "def fit(rows):\n    rows = list(rows)\n    scale = len(rows)  # no others\n    # so it is\n    seed = 7\n    return scale, seed\n";
const FILE: &str = "src/train.py";

fn located(line: usize) -> Located {
    let place = |column| Place { line, column };
    Located {
        file: FILE.to_owned(),
        span: Span { start: place(4), end: place(20), symbol: "fit".to_owned() },
    }
}

fn table(job: &Job, path: &str) -> RawTable {
    let file = job.files.iter().find(|file| file.path == path).unwrap();
    RawTable::read(&file.bytes, RawLimits::OWN).unwrap()
}

/// A score that knows something of the label, the less the greater `blur` is; the rest is drawn from the row's number.
fn score(id: &str, label: bool, blur: f64) -> f64 {
    let drawn = Seed::named("verdicts").derive(id).rng().uniform();
    (1.0 - blur) * (0.15 + 0.7 * f64::from(u8::from(label))) + blur * drawn
}

/// Row numbers, labels and scores of one file.
fn scored(job: &Job, path: &str, columns: &Columns, blur: f64) -> Vec<(String, bool, f64)> {
    let table = table(job, path);
    let [id, target] = ["row_id", columns.target()].map(|name| table.position(name).unwrap());
    let row = |row: usize| {
        let (id, label) = (table.cell(row, id).to_owned(), columns.is_one(table.cell(row, target)));
        let score = score(&id, label, blur);
        (id, label, score)
    };
    (0..table.rows()).map(row).collect()
}

/// What a program leaves that scores rows so.
fn left(job: &Job, columns: &Columns, blur: f64) -> JobResult {
    let [train, holdout] =
        ["data/train.csv", "data/holdout.csv"].map(|path| scored(job, path, columns, blur));
    let measured = |rows: &[(String, bool, f64)]| -> Value {
        let labels: Vec<bool> = rows.iter().map(|row| row.1).collect();
        let scores: Vec<f64> = rows.iter().map(|row| row.2).collect();
        let decisions: Vec<bool> = scores.iter().map(|score| *score >= 0.5).collect();
        let found = figures(&labels, &scores, &decisions).unwrap();
        json!({"auc": found.auc, "average_precision": found.average_precision, "recall": found.recall,
            "macro_f1": found.macro_f1})
    };
    let metrics = json!({"cross_validation": measured(&train), "holdout": measured(&holdout)});
    let file = |header: &str, lines: Vec<String>| {
        let mut text = format!("{header}\n");
        for line in lines {
            // A string takes every line.
            let _ = writeln!(text, "{line}");
        }
        Output::Bytes(text.into_bytes())
    };
    let folds = train.iter().enumerate().map(|(row, (id, _, score))| format!("{id},{score},{}", row % 5));
    let fitted = train.iter().map(|(id, _, score)| format!("{id},{score}"));
    let decided = holdout.iter().map(|(id, _, score)| format!("{id},{score},{}", u8::from(*score >= 0.5)));
    let outputs = BTreeMap::from([
        (OOF.to_owned(), file("row_id,score,fold", folds.collect())),
        (FITTED.to_owned(), file("row_id,score", fitted.collect())),
        (HOLDOUT.to_owned(), file("row_id,score,decision", decided.collect())),
        (METRICS.to_owned(), Output::Bytes(metrics.to_string().into_bytes())),
    ]);
    JobResult { end: JobEnd::Exited(0), outputs, stderr_tail: String::new() }
}

/// A task whose error is one line, on a fixed draw.
fn task() -> Task {
    let world = World::new(domains::ALL[0], &Seed::named("verdicts/world"), 0.4, Form::Plain);
    let draw = world.draw(&Seed::named("verdicts/draw"));
    let program = |text: &str| vec![BoxFile::new(FILE, text)];
    let run = jobs::run("norm".to_owned(), &program(RIGHT), b"", &draw, envy_core::Exposure::Grading);
    let right = outputs::read(&left(&run, &world.columns, 0.6)).unwrap();
    let truth = Truth {
        errors: vec![Named {
            error_type: ErrorClass::DataLeakage,
            mechanism: super::knobs::MECHANISMS[2].to_owned(),
        }],
        spots: vec![Spot { places: vec![located(3)], anchors: Vec::new() }],
        decoys: vec![Clearing { name: "seed".to_owned(), why: "It is fixed.".to_owned(), place: located(5) }],
        effect: 0.08,
        failed: vec!["H1".to_owned()],
        norm: Norm::of(&draw, &world.columns, &right).unwrap(),
        columns: world.columns.clone(),
        ..Truth::default()
    };
    let programs = [program(RIGHT), program(WRONG), program(WRONG)];
    let secret = Secret { truth, columns: world.columns, draw, programs };
    let mut hidden = Hidden::new(&Seed::named("verdicts/hidden"));
    secret.write(&mut hidden);
    let spec = TaskSpec::new("diagnosis", 1, Knobs::default(), &Salt::public());
    let brief = Brief {
        environment: "diagnosis".to_owned(),
        title: "verdicts".to_owned(),
        files: vec![BoxFile::new(FILE, WRONG), BoxFile::new(jobs::CONFIG, "seed: 7\n")],
        collect: vec!["response/".to_owned()],
        facts: BTreeMap::new(),
    };
    Task {
        id: TaskId::of(&spec, "verdicts", &Salt::public()),
        spec,
        generator: "verdicts".to_owned(),
        brief,
        hidden,
        certificate: Certificate { certified: true, note: String::new(), figures: BTreeMap::new() },
    }
}

fn report(class: &str, lines: &[usize]) -> BoxFile {
    let place = |line: &usize| json!({"file": FILE, "start": line, "end": line, "symbol": "fit"});
    let mechanism = if class == "NONE" { "none" } else { super::knobs::MECHANISMS[2] };
    let report = json!({"error_type": class, "mechanism": mechanism, "locations": lines.iter().map(place).collect::<Vec<_>>(),
        "explanation": "Rows of the holdout are counted.", "effect": {"direction": "higher", "size": 0.07}, "fix": "Leave them out."});
    BoxFile::new("response/report.json", report.to_string())
}

#[test]
fn verdicts_move_only_with_the_graders_version() {
    let task = task();
    let secret = Secret::read(&task.hidden).unwrap();
    let grader = Diagnosis.grader(&task.brief, &task.hidden).unwrap();
    let said = report("DATA_LEAKAGE", &[3]);
    let mended = BoxFile::new("response/revised/src/train.py", MENDED);
    let touched = BoxFile::new("response/revised/src/further.py", "seed = 8\n");
    let test = BoxFile::new("response/test_fix.py", "import train\nassert train.fit([1])[0] == 1\n");
    let all = vec![said.clone(), mended.clone(), test.clone()];
    let work: [(&'static str, Vec<BoxFile>, f64); 9] = [
        ("whole", all.clone(), 0.6),
        ("judged", all.clone(), 0.6),
        ("worse", all.clone(), 0.9),
        ("crash", all, 2.0),
        ("said", vec![said.clone()], 0.6),
        ("touched", vec![said, touched, test], 0.6),
        ("accused", vec![report("OUTLIER", &[1, 5]), mended], 0.6),
        ("cleared", vec![report("NONE", &[])], 0.6),
        ("nothing", Vec::new(), 0.6),
    ];
    let cases: Vec<Case> = work
        .into_iter()
        .map(|(name, files, blur)| {
            let mut input = input(Submission { answer: Value::Null, files });
            if name == "judged" {
                input.rulings = ruled();
            }
            let result = |job: &Job| match job.name.as_str() {
                "grade/test-reference" => ended(0),
                test if test.starts_with("grade/test-") => ended(1),
                // The program cannot do without its inputs as they were.
                _ if blur > 1.0 => ended(1),
                _ => left(job, &secret.columns, blur),
            };
            let run = |jobs: Vec<Job>| Ok::<_, ()>(jobs.iter().map(&result).collect());
            Case::new(name, &task, input, |input| drive(grader.grade(input), run).unwrap())
        })
        .collect();
    hold(&Diagnosis, include_str!("verdicts.txt"), &cases);
}

fn ended(code: i32) -> JobResult {
    JobResult { end: JobEnd::Exited(code), outputs: BTreeMap::new(), stderr_tail: String::new() }
}

/// A judge's yes to the explanation and no to the fix.
fn ruled() -> Vec<Ruling> {
    let ruling = |criterion: &str, yes: u32| Ruling {
        criterion: criterion.to_owned(),
        judge: "test/judge".to_owned(),
        yes,
        no: 3 - yes,
        quote: "Rows of the holdout".to_owned(),
        ..Ruling::default()
    };
    vec![ruling(judging::EXPLANATION, 3), ruling(judging::FIX, 1)]
}
