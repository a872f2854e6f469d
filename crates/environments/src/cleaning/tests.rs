//! The contract of the environment, on tasks that are generated once and shared by the tests.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use envy_core::{
    BoxFile, Brief, Digest, Environment, EpisodeSpec, GenerateInput, Generated, GradeInput, Grader, Job,
    JobEnd, JobResult, KnobKind, Knobs, Observation, Output, PolicyKind, Salt, Score, Seed, Submission,
    TaskSpec, drive, policy,
};
use envy_tabular::{RawLimits, RawTable};

use super::bench::{Bench, Learner};
use super::files::{self, CLEAN, CLEANED, TRAIN};
use super::shapes::Shape;
use super::solver::{Sight, solve};
use super::{Cleaning, grade, knobs, policies};

mod blame;
mod levels;
mod mixed;
mod own;
mod python;
mod ranks;
mod regression;
mod series;
mod serving;
mod tracks;
mod verdicts;

/// What makes a task that is generated fast: few rows, and a model that is trained in no time.
const FAST: [(&str, &str); 2] = [("num-rows", "600"), ("model", "knn15")];

fn generate(seed: u64) -> Generated {
    generate_with(seed, &FAST)
}

fn generate_with(seed: u64, settings: &[(&str, &str)]) -> Generated {
    let knobs = Knobs::resolve("cleaning", Cleaning.info().knobs, settings.iter().copied()).unwrap();
    let spec = TaskSpec::new("cleaning", seed, knobs, &Salt::public());
    let input = GenerateInput { spec, salt: Salt::public(), table: None };
    let ready = |_: Vec<Job>| Err::<Vec<JobResult>, _>("generation needs no box");
    drive(Cleaning.generate(input), ready).unwrap().unwrap()
}

fn shared() -> &'static Generated {
    static TASK: OnceLock<Generated> = OnceLock::new();
    TASK.get_or_init(|| generate(5))
}

/// What a policy's script leaves in the work directory, played without a box.
fn submission(name: &str, brief: &Brief) -> Submission {
    let policy = policies::ALL.iter().find(|policy| policy.name() == name).unwrap();
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut script = policy.start(brief, Seed::named("test"));
    let mut last: Vec<Observation> = Vec::new();
    while let policy::Move::Call(calls) = script.next(&last) {
        last = calls
            .iter()
            .map(|call| Observation { call: call.id.clone(), text: String::new(), is_error: false })
            .collect();
        for call in calls.iter().filter(|call| call.name == "write_file") {
            let text = |key: &str| call.arguments[key].as_str().unwrap().to_owned();
            files.insert(text("path"), text("content").into_bytes());
        }
    }
    let files = files.into_iter().map(|(path, bytes)| BoxFile { path, bytes }).collect();
    Submission { answer: serde_json::Value::Null, files }
}

fn grader(task: &Generated) -> Box<dyn Grader> {
    Cleaning.grader(&task.task.brief, &task.task.hidden).unwrap()
}

/// Grades with a runner that answers each job by `cleaned`: what the agent's code would leave behind, if anything.
fn grade(task: &Generated, submission: Submission, cleaned: impl FnMut(&Job) -> Option<Vec<u8>>) -> Score {
    grade_on("fixed", task, submission, cleaned)
}

/// The same on a track.
fn grade_on(
    track: &str,
    task: &Generated,
    submission: Submission,
    cleaned: impl FnMut(&Job) -> Option<Vec<u8>>,
) -> Score {
    let mut input = crate::verdicts::input(submission);
    track.clone_into(&mut input.episode.track);
    driven(task, input, cleaned)
}

/// The score of an input with such a runner.
fn driven(task: &Generated, input: GradeInput, mut cleaned: impl FnMut(&Job) -> Option<Vec<u8>>) -> Score {
    let run = |jobs: Vec<Job>| {
        let result = |job: &Job| {
            let output = cleaned(job).map_or(Output::Missing, Output::Bytes);
            let outputs = BTreeMap::from([(job.outputs[0].path.clone(), output)]);
            JobResult { end: JobEnd::Exited(0), outputs, stderr_tail: String::new() }
        };
        Ok::<_, String>(jobs.iter().map(result).collect())
    };
    drive(grader(task).grade(input), run).unwrap()
}

/// A submission whose program is never run.
fn any_program() -> Submission {
    let files = vec![BoxFile::new(CLEAN, "def clean_data(tables): ...")];
    Submission { answer: serde_json::Value::Null, files }
}

fn export(job: &Job) -> RawTable {
    let file = job.files.iter().find(|file| file.path == TRAIN).unwrap();
    RawTable::read(&file.bytes, RawLimits::AGENT).unwrap()
}

/// The digest of everything that a task consists of.
fn digest(generated: &Generated) -> Digest {
    let mut bytes = Vec::new();
    for file in &generated.task.brief.files {
        bytes.extend_from_slice(file.path.as_bytes());
        bytes.extend_from_slice(&file.bytes);
    }
    for (name, entry) in generated.task.hidden.entries() {
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(entry);
    }
    Digest::of(&bytes)
}

/// Whoever climbs on the probe rows climbs on no row that counts.
#[test]
fn the_probe_rows_are_disjoint_from_the_final_ones_and_from_the_training_rows() {
    let hidden = &shared().task.hidden;
    let rows = |name: &str| -> std::collections::BTreeSet<String> {
        let text = String::from_utf8(hidden.get(name).unwrap().to_vec()).unwrap();
        // Row numbers begin anew in every table: the values behind them are compared.
        text.lines().skip(1).map(|line| line.split_once(',').unwrap().1.to_owned()).collect()
    };
    let probe = rows(files::ORACLE);
    assert!(probe.len() > 3_900, "{}", probe.len());
    for other in [files::VAL, files::GOLDEN, files::FRESH[1]] {
        assert_eq!(probe.intersection(&rows(other)).count(), 0, "{other}");
    }
}

/// Digests of the tasks of a fixed list of specs: a changed line is a changed generator.
const DIGESTS: &str = include_str!("tests/digests.txt");

#[test]
fn the_same_spec_gives_the_same_bytes() {
    assert_eq!(digest(shared()), digest(&generate(5)));
    let forest = [("num-rows", "500"), ("num-classes", "2"), ("domain", "clinic-vitals")];
    let hinted = [("evidence", "hinted"), ("model", "knn15"), ("faults", "3"), ("domain", "smart-meter")];
    let found = [
        format!("fast {}", digest(shared())),
        format!("forest {}", digest(&generate_with(7, &forest))),
        format!("hinted {}", digest(&generate_with(u64::MAX, &hinted))),
        format!("own-certified {}", digest(own::certified())),
        format!("own-uncertified {}", digest(own::uncertified())),
        format!("regression {}", digest(regression::task())),
        format!("serve {}", digest(serving::task())),
    ];
    assert_eq!(
        found.iter().map(String::as_str).collect::<Vec<_>>(),
        DIGESTS.lines().collect::<Vec<_>>(),
        "the generator changed: raise its version, then replace digests.txt"
    );
}

#[test]
fn nothing_hidden_shows_in_the_brief_or_in_a_job() {
    let task = &shared().task;
    let golden = String::from_utf8(task.hidden.get(files::GOLDEN).unwrap().to_vec()).unwrap();
    let dirty = String::from_utf8(task.brief.file(TRAIN).unwrap().to_vec()).unwrap();
    let repaired: Vec<&str> = golden.lines().filter(|line| !dirty.contains(line)).collect();
    assert!(repaired.len() > 100, "a task has many wrong rows");
    let val = String::from_utf8(task.hidden.get(files::VAL).unwrap().to_vec()).unwrap();
    let spec = serde_json::to_string(&task.spec).unwrap();
    let secrets: Vec<&str> = [task.hidden.canary(), task.id.as_str(), spec.as_str()]
        .into_iter()
        .chain(repaired)
        .chain(val.lines().skip(1).take(200))
        .collect();
    let mut jobs = Vec::new();
    grade(shared(), any_program(), |job| {
        jobs.push(job.clone());
        None
    });
    assert_eq!(jobs.len(), 2);
    let visible = task.brief.files.iter().chain(jobs.iter().flat_map(|job| &job.files));
    for file in visible {
        let text = String::from_utf8_lossy(&file.bytes);
        for secret in &secrets {
            assert!(!text.contains(secret), "{} holds {secret}", file.path);
        }
    }
    assert!(!serde_json::to_string(&task.brief.facts).unwrap().contains(task.id.as_str()));
}

/// The reference passes, clipping and dropping do not; the reward of clipping.
fn the_reference_is_above_lesser_work(task: &Generated) -> f64 {
    let sight = Sight::new(&task.task.brief).unwrap();
    let plan = solve(&sight);
    let write = |table: RawTable| Some(table.write());
    let reference = grade(task, any_program(), |job| write(plan.apply(&export(job)).unwrap()));
    assert!(reference.passed && reference.reward > 0.9, "{reference:?}");
    let lazy = grade(task, any_program(), |job| write(policies::clipped(&sight.fields, &export(job))));
    let drop =
        grade(task, any_program(), |job| write(policies::unsuspicious(&sight, &plan, &export(job)).unwrap()));
    for lesser in [&lazy, &drop] {
        assert!(!lesser.passed && lesser.reward < reference.reward, "{lesser:?}");
    }
    lazy.reward
}

#[test]
fn the_reference_passes_and_lesser_work_does_not() {
    assert!(the_reference_is_above_lesser_work(shared()) < 0.2);
}

#[test]
fn no_work_identity_and_crashes_earn_exactly_nothing() {
    let task = shared();
    let identity = grade(task, any_program(), |job| Some(export(job).write()));
    let crash = grade(task, any_program(), |_| None);
    let noise = grade(task, any_program(), |_| Some(b"\xff\xfe not a table".to_vec()));
    let none = grade(task, Submission::default(), |_| panic!("no job without a program"));
    for score in [&identity, &crash, &noise, &none] {
        assert_eq!((score.reward, score.passed), (0.0, false), "{score:?}");
    }
    assert_eq!(noise.flags[0].name, "output-unreadable");
}

#[test]
fn numbers_without_a_square_are_graded_like_any_others() {
    let score = grade(shared(), any_program(), |job| {
        let table = export(job);
        let huge = |cell: &str| if cell.contains('.') { "1e308" } else { cell }.to_owned();
        let line = |row| (0..table.headers().len()).map(|column| huge(table.cell(row, column))).collect();
        let rows = (0..table.rows()).map(line).collect();
        Some(RawTable::new(table.headers().to_vec(), rows).unwrap().write())
    });
    assert_eq!((score.reward, score.passed), (0.0, false));
    assert!(score.metrics.values().all(|value| value.is_finite()), "{:?}", score.metrics);
    assert!(score.metrics["damage"] > 0.1);
}

#[test]
fn repairs_of_the_given_draw_alone_earn_nothing() {
    let task = shared();
    let golden = task.task.hidden.get(files::GOLDEN).unwrap().to_vec();
    let score = grade(task, any_program(), |job| {
        Some(if job.name == "clean/given" { golden.clone() } else { export(job).write() })
    });
    assert_eq!((score.reward, score.passed), (0.0, false));
    assert!(score.metrics["recovery_given"] > 0.9 && score.metrics["recovery_fresh"] == 0.0);
    assert!(score.flags.iter().any(|flag| flag.name == "given-draw-only"));
}

#[test]
fn row_rules_take_invented_and_repeated_rows_out() {
    let task = shared();
    let score = grade(task, any_program(), |job| {
        let table = export(job);
        let width = table.headers().len();
        let row = |row: usize| -> Vec<String> {
            (0..width).map(|column| table.cell(row, column).to_owned()).collect()
        };
        let mut rows: Vec<Vec<String>> = (0..table.rows()).map(row).collect();
        for number in 0..50 {
            let mut invented = rows[number].clone();
            invented[0] = format!("99999{number}");
            rows.push(invented);
            rows.push(rows[number].clone());
        }
        Some(RawTable::new(table.headers().to_vec(), rows).unwrap().write())
    });
    assert_eq!(score.reward, 0.0);
    let flags: Vec<&str> = score.flags.iter().map(|flag| flag.name.as_str()).collect();
    assert!(flags.contains(&"rows-unknown") && flags.contains(&"rows-repeated"), "{flags:?}");
}

#[test]
fn the_verdict_has_the_same_bits_every_time_and_the_rows_order_does_not_matter() {
    let task = shared();
    let plan = solve(&Sight::new(&task.task.brief).unwrap());
    let reversed = |job: &Job| {
        let table = plan.apply(&export(job)).unwrap();
        let width = table.headers().len();
        let row = |row: usize| (0..width).map(|column| table.cell(row, column).to_owned()).collect();
        let rows = (0..table.rows()).rev().map(row).collect();
        Some(RawTable::new(table.headers().to_vec(), rows).unwrap().write())
    };
    let first = grade(task, any_program(), |job| Some(plan.apply(&export(job)).unwrap().write()));
    let again = grade(task, any_program(), |job| Some(plan.apply(&export(job)).unwrap().write()));
    assert_eq!(serde_json::to_string(&first).unwrap(), serde_json::to_string(&again).unwrap());
    assert_eq!(first, grade(task, any_program(), reversed));
}

#[test]
fn the_driver_is_ours_whatever_is_submitted() {
    let mut jobs = Vec::new();
    let mut forged = submission("cheat-tamper-driver", &shared().task.brief);
    forged.files.push(BoxFile::new("logs/more.py", "print(1)"));
    grade(shared(), forged, |job| {
        jobs.push(job.clone());
        None
    });
    for job in &jobs {
        let drivers: Vec<_> = job.files.iter().filter(|file| file.path == files::DRIVER).collect();
        assert_eq!(drivers.len(), 1);
        assert_eq!(drivers[0].bytes, grade::DRIVER_SOURCE.as_bytes());
        assert!(job.files.iter().all(|file| file.path != "logs/more.py"));
        assert_eq!(job.argv, ["python3", "-I", files::DRIVER]);
    }
}

#[test]
fn the_gate_and_the_grader_measure_alike() {
    let task = shared();
    let bench = Bench::new(&task.task.brief, &task.task.hidden).unwrap();
    let figures = &task.task.certificate.figures;
    for (draw, name) in [(0, "given"), (1, "fresh")] {
        assert_eq!(bench.draws[draw].scale.headroom(), figures[&format!("headroom_{name}")]);
        let plan = solve(&Sight::new(&task.task.brief).unwrap());
        let table = plan.apply(bench.draws[draw].truth.dirty()).unwrap();
        let measure = bench.measure_table(draw, table, None, &Learner::Fixed, &mut Vec::new());
        assert_eq!(measure.recovery(), figures[&format!("recovery_reference_{name}")]);
    }
}

#[test]
fn the_prompt_says_all_and_leaves_no_place_open() {
    let (system, user) = Cleaning.prompt(&shared().task.brief, &EpisodeSpec::new("policy/test"));
    for word in ["{{", "}}", "\u{201c}"] {
        assert!(!system.contains(word) && !user.contains(word), "{word}");
    }
    for word in ["clean_data(tables: dict[str, pd.DataFrame])", "next week's export", "0.85", "5 uses", "2 %"]
    {
        assert!(user.contains(word), "{word} in {user}");
    }
    assert!(system.contains("30 turns"));
}

#[test]
fn the_submission_is_checked_before_it_ends_an_episode() {
    let grader = grader(shared());
    assert!(grader.check(&Submission::default()).unwrap_err().contains("clean.py"));
    let empty = Submission { files: vec![BoxFile::new(CLEAN, "print(1)")], ..Submission::default() };
    assert!(grader.check(&empty).unwrap_err().contains("clean_data"));
    assert!(grader.check(&any_program()).is_ok());
}

#[test]
fn policies_are_named_by_their_kind_and_in_order() {
    let kinds: Vec<PolicyKind> = policies::ALL.iter().map(|policy| policy.kind()).collect();
    assert!(kinds.is_sorted(), "from null to reference, then the cheats");
    for policy in policies::ALL {
        assert_eq!(
            policy.name().starts_with("cheat-"),
            policy.kind() == PolicyKind::Cheat,
            "{}",
            policy.name()
        );
    }
    assert!(policies::ALL.len() >= 10);
}

#[test]
fn knobs_name_every_operator_and_presets_resolve() {
    let choices = |name: &str| match knobs::KNOBS.iter().find(|knob| knob.name == name).unwrap().kind {
        KnobKind::Choice(names) | KnobKind::List(names) => names.to_vec(),
        _ => Vec::new(),
    };
    let shapes = Shape::NAMES.iter().filter_map(|name| Shape::named(name));
    let mut operators: Vec<&str> = shapes.flat_map(Shape::operators).collect();
    operators.sort_unstable();
    assert_eq!(choices("operators"), operators);
    for preset in knobs::PRESETS {
        Knobs::resolve("cleaning", knobs::KNOBS, preset.knobs.iter().copied()).unwrap();
    }
}
