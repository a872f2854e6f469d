//! The programs of the policies, run as the grader's boxes run them, but without a box: only where a Python with
//! pandas is at hand (`ENVY_TEST_PYTHON`, else `python3`).

use std::path::Path;
use std::process::{Command, Stdio};

use envy_tabular::repair::{DATE_FORMATS, NumberFormat, OFFICE_FORMATS, comparable};
use envy_tabular::{Field, Fix, Formula, Kind, Monomial, Repair, RepairPlan, Role};

use super::*;
use crate::cleaning::schema::TableSchema;

/// A Python with pandas, if there is one.
pub(super) fn python() -> Option<String> {
    let name = std::env::var("ENVY_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let probe = command(&name).args(["-I", "-c", "import pandas, numpy"]).stderr(Stdio::null()).status();
    match probe {
        Ok(status) if status.success() => Some(name),
        _ => {
            #[allow(clippy::print_stderr, reason = "a skipped test says so")]
            {
                eprintln!("SKIPPED: needs a Python with pandas; name one in ENVY_TEST_PYTHON");
            }
            None
        }
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "the test compares our own programs with Rust; no box exists here"
)]
fn command(name: &str) -> Command {
    Command::new(name)
}

/// Runs a job's files in a folder of their own; what it leaves behind.
pub(super) fn run(python: &str, job: &Job) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    for file in &job.files {
        let path = folder.path().join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &file.bytes).unwrap();
    }
    let mut command = command(python);
    let output = command.args(&job.argv[1..]).current_dir(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::read(folder.path().join(Path::new(CLEANED))).ok()
}

fn play(python: &str, task: &Generated, name: &str) -> Score {
    grade(task, submission(name, &task.task.brief), |job| run(python, job))
}

/// True if two tables say the same in every cell.
fn same(left: &RawTable, right: &RawTable) -> bool {
    left.headers() == right.headers()
        && left.rows() == right.rows()
        && (0..left.rows()).all(|row| {
            (0..left.headers().len())
                .all(|column| comparable(left.cell(row, column)) == comparable(right.cell(row, column)))
        })
}

/// What a program makes of a table.
type Effect<'a> = &'a dyn Fn(&RawTable) -> RawTable;

#[test]
fn the_programs_do_what_rust_does() {
    let Some(python) = python() else { return };
    let task = shared();
    let sight = Sight::new(&task.task.brief).unwrap();
    let plan = solve(&sight);
    let pairs: [(&str, Effect<'_>); 3] = [
        ("reference", &|raw| plan.apply(raw).unwrap()),
        ("drop", &|raw| policies::unsuspicious(&sight, &plan, raw).unwrap()),
        ("lazy", &|raw| policies::clipped(&sight.fields, raw)),
    ];
    for (name, expected) in pairs {
        grade(task, submission(name, &task.task.brief), |job| {
            let cleaned = run(&python, job).unwrap();
            let found = RawTable::read(&cleaned, RawLimits::AGENT).unwrap();
            assert!(same(&found, &expected(&export(job))), "{name} on {}", job.name);
            None
        });
    }
}

#[test]
fn every_kind_of_step_is_carried_out_alike() {
    let Some(python) = python() else { return };
    let fields = sight_fields();
    let raw = every_kind_of_cell();
    for plan in every_kind_of_step() {
        let expected = plan.apply(&raw).unwrap();
        let program = policies::repairing_program(&plan);
        let job = Job {
            name: "steps".to_owned(),
            files: vec![
                BoxFile::new(CLEAN, program),
                BoxFile::new(files::DRIVER, grade::DRIVER_SOURCE),
                BoxFile::new(files::SCHEMA, TableSchema::new("train", &fields, &[]).write()),
                BoxFile::new(TRAIN, raw.write()),
            ],
            argv: ["python3", "-I", files::DRIVER].map(str::to_owned).to_vec(),
            limits: envy_core::JobLimits::standard(),
            outputs: Vec::new(),
            exposure: envy_core::Exposure::Agent,
        };
        let cleaned = run(&python, &job).unwrap();
        let found = RawTable::read(&cleaned, RawLimits::AGENT).unwrap();
        assert!(same(&found, &expected), "{:?}\n{}", plan.steps, String::from_utf8_lossy(&cleaned));
    }
}

#[test]
fn cheats_earn_nothing() {
    let Some(python) = python() else { return };
    let names =
        policies::ALL.iter().filter(|policy| policy.kind() == PolicyKind::Cheat).map(|policy| policy.name());
    // What kills processes or searches the machine belongs into a box, and only there.
    for name in
        names.filter(|name| !["cheat-kill-box", "cheat-read-hidden", "cheat-forge-reward"].contains(name))
    {
        let score = play(&python, shared(), name);
        assert_eq!((score.reward, score.passed), (0.0, false), "{name}: {score:?}");
    }
    assert!(play(&python, shared(), "reference").passed);
}

/// A table whose cells need every kind of step.
fn every_kind_of_cell() -> RawTable {
    let headers = ["row_id", "source", "recorded_at", "city", "height", "weight", "count", "bmi", "y"];
    let lines = [
        "1,A,2024-03-05 14:22:10,Leeds,172.4,70.3,5,23.7,0",
        "2,A,05/03/2024 14:22:10,LEEDS,17.24,-999,7,,1",
        "3,A,1709648530,new_york,1.724,\"1.234,5\",,22.0,2",
        "4,B,170964853000,New Yorkk,1724.0,154.98,9,inf,0",
        "5,B,20240305T142210,ZÃ¼rich,,0.5,11,-3,1.0",
        "6,B,2024-03-05 14:22:10,Zürich,172.4,70.3,5,23.7,0",
        "7,B,2024-03-05 14:22:11,Zürich,172.40,70.3,5.0,23.70,0",
        "8,A,31/02/2024 00:00:00,2,3.5e-305,1'234.5,x,1e300,2",
        "9,A,2024-03-01 00:00:00,Leeds,172.4,70.3 kg,-100,23.7,1",
        "10,B,05.03.24 14:22:10,,Leeds,180.0,81.0,25.0,",
        "11,B,45356.598727,Total,,350.2,300,,",
        "12,A,2024-03-04 14:22:10,Leeds,172.4,70.3,5,23.7,2",
        "13,A,03/05/24 14:22:10,York,182.4,70.3,5,24.0,2",
    ];
    let text = format!("{}\n{}\n", headers.join(","), lines.join("\n"));
    RawTable::read(text.as_bytes(), RawLimits::AGENT).unwrap()
}

fn sight_fields() -> Vec<Field> {
    let kinds = [
        ("row_id", Kind::Integer, Role::Id),
        ("source", Kind::Category, Role::Source),
        ("recorded_at", Kind::Time, Role::Time),
        ("city", Kind::Category, Role::Feature),
        ("height", Kind::Number, Role::Feature),
        ("weight", Kind::Number, Role::Feature),
        ("count", Kind::Integer, Role::Feature),
        ("bmi", Kind::Number, Role::Derived),
        ("y", Kind::Category, Role::Target),
    ];
    kinds.into_iter().map(|(name, kind, role)| Field::new(name, kind, role)).collect()
}

fn time() -> String {
    "recorded_at".to_owned()
}

fn solving(formula: &Formula) -> Fix {
    Fix::Solve { derived: "bmi".to_owned(), formula: formula.clone(), decimals: Some(1) }
}

/// Plans that hold every kind between them.
fn every_kind_of_step() -> Vec<RepairPlan> {
    let levels = || ["Leeds", "New York", "Zürich"].map(str::to_owned).to_vec();
    let map =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    let powers = vec![("weight".to_owned(), 1), ("height".to_owned(), -2)];
    let formula = Formula { terms: vec![Monomial { coefficient: 10_000.0, powers }], decimals: 1 };
    let mut steps: Vec<(&[&str], Fix)> = vec![
        (&["height", "count"], Fix::Affine { factor: 2.2046, offset: 0.5, decimals: Some(1) }),
        (&["weight"], Fix::Affine { factor: -1.0, offset: 0.0, decimals: None }),
        (&["height"], Fix::DecimalShift { low: 100.0, high: 210.0, decimals: Some(1) }),
        (&["height", "bmi"], Fix::BitFlip { low: 1.0, high: 300.0 }),
        (&["weight"], Fix::Sentinel { values: vec!["-999.0".to_owned()] }),
        (&["weight", "bmi"], Fix::OutOfRange { low: 0.0, high: 300.0 }),
        (&["y"], Fix::Recode { map: map(&[("0", "1"), ("1", "2"), ("2", "0")]) }),
        (&["city"], Fix::Recode { map: map(&[("2", "Zürich")]) }),
        (&["city"], Fix::Canonical { levels: levels(), aliases: map(&[("yorkk", "New York")]) }),
        (&["city"], Fix::Nearest { levels: levels() }),
        (&["city"], Fix::Mojibake { rounds: 1 }),
        (&["height", "weight"], Fix::Swap),
        (&["height", "weight", "city"], Fix::Lag { lag: 2 }),
        (&["height", "weight"], Fix::Lag { lag: -1 }),
        (&["source", "city", "height", "weight", "count", "bmi", "y"], Fix::Dedupe),
        (&["bmi"], Fix::Fill { formula: formula.clone() }),
        (&["count"], Fix::Wrap { low: 80.0, high: 220.0, modulus: 256.0, decimals: Some(0) }),
        (&["weight"], Fix::Affix { affixes: vec!["lb".to_owned(), "kg".to_owned()] }),
        (&["recorded_at"], Fix::Moment { seconds: -19_800 }),
        (&["city"], Fix::Lookup { by: "y".to_owned(), map: map(&[("0", "Zürich"), ("2", "Leeds")]) }),
        (&["height", "weight", "bmi"], solving(&formula)),
        (&["weight"], Fix::Drift { time: time(), origin: 1_709_000_000, rate: 0.013, decimals: Some(1) }),
        (
            &["y"],
            Fix::RecodeSince { time: time(), since: 1_709_500_000, map: map(&[("1", "0"), ("2", "1")]) },
        ),
        (&["city"], Fix::Discard { marks: vec!["Total".to_owned(), "city".to_owned()] }),
        (&["source", "city", "height", "weight", "recorded_at"], Fix::Supersede),
        (&["city", "height", "weight", "count", "bmi"], Fix::Unshift),
        (&["height"], Fix::Trend { time: time(), origin: 1_709_000_000, rate: 0.5, decimals: 1 }),
        (&["height", "weight"], Fix::Unmean { width: 3, decimals: 2 }),
        (&["recorded_at"], Fix::Zone { since: 1_709_600_000, before: 3_600, after: 7_200 }),
        (&["height"], Fix::Twin { twin: "weight".to_owned() }),
        (&["count"], Fix::Undelta { decimals: 0 }),
        (&["recorded_at"], Fix::Buffered { step_s: 7_200 }),
        (&["count"], Fix::Unreset { decimals: 0 }),
        (&["count"], Fix::Despike { reach: 50.0 }),
        (&["height", "weight"], Fix::Frozen { run: 2 }),
        (&["recorded_at"], Fix::OffGrid { step_s: 10 }),
    ];
    let formats = DATE_FORMATS.iter().chain(&OFFICE_FORMATS);
    steps.extend(formats.map(|format| (&["recorded_at"][..], Fix::Dates { format: *format })));
    for format in [NumberFormat::DotComma, NumberFormat::BlankComma, NumberFormat::ApostrophePoint] {
        steps.push((&["weight"], Fix::Number { format }));
    }
    let mut plans = Vec::new();
    for sources in [vec![], vec!["B".to_owned()]] {
        let step = |(columns, fix): &(&[&str], Fix)| Repair {
            sources: sources.clone(),
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
            fix: fix.clone(),
        };
        // Starting Python takes longer than any of this: a few steps share one run.
        plans.extend(steps.chunks(5).map(|some| RepairPlan::new("source", some.iter().map(step).collect())));
    }
    plans
}
