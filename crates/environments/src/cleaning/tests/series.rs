//! The contract of the shape `series`, on one task that the tests share.

use super::*;
use crate::cleaning::notes::Told;
use crate::cleaning::shapes;

/// What makes a task of readings fast: few windows, and a model that is trained in no time.
const SERIES: [(&str, &str); 3] = [("shape", "series"), ("num-rows", "500"), ("model", "knn15")];

fn series() -> &'static Generated {
    static TASK: OnceLock<Generated> = OnceLock::new();
    TASK.get_or_init(|| generate_with(3, &SERIES))
}

#[test]
fn the_reference_of_series_passes_and_lesser_work_does_not() {
    let task = series();
    let (sight, plan) = shapes::planned(&task.task.brief).unwrap();
    let reference = grade(task, any_program(), |job| Some(plan.apply(&export(job)).unwrap().write()));
    assert!(reference.passed && reference.reward > 0.9, "{reference:?}");
    assert!(reference.metrics["repair_f1"] > 0.9, "{:?}", reference.metrics);
    let lazy = grade(task, any_program(), |job| Some(policies::clipped(&sight.fields, &export(job)).write()));
    let drop = grade(task, any_program(), |job| {
        Some(policies::unsuspicious(&sight, &plan, &export(job)).unwrap().write())
    });
    for lesser in [&lazy, &drop] {
        assert!(!lesser.passed && lesser.reward < reference.reward, "{lesser:?}");
    }
}

#[test]
fn no_work_on_series_earns_exactly_nothing_and_one_draws_answers_neither() {
    let task = series();
    let identity = grade(task, any_program(), |job| Some(export(job).write()));
    let crash = grade(task, any_program(), |_| None);
    let nothing = grade(task, any_program(), |_| Some(b"row_id\n".to_vec()));
    for score in [&identity, &crash, &nothing] {
        assert_eq!((score.reward, score.passed), (0.0, false), "{score:?}");
    }
    let golden = task.task.hidden.get(files::GOLDEN).unwrap().to_vec();
    let given = grade(task, any_program(), |job| {
        Some(if job.name == "clean/given" { golden.clone() } else { export(job).write() })
    });
    assert_eq!((given.reward, given.passed), (0.0, false));
    assert!(given.metrics["recovery_given"] == 1.0 && given.metrics["recovery_fresh"] == 0.0);
}

#[test]
fn each_draw_of_series_comes_with_its_own_windows() {
    let task = series();
    let mut jobs = Vec::new();
    grade(task, any_program(), |job| {
        jobs.push(job.clone());
        None
    });
    let windows = |job: &Job| -> Vec<Vec<u8>> {
        let own = job.files.iter().filter(|file| file.path == "windows.csv");
        own.map(|file| file.bytes.clone()).collect()
    };
    assert_eq!(windows(&jobs[0]), [task.task.brief.file("windows.csv").unwrap().to_vec()]);
    assert_eq!(windows(&jobs[1]), [task.task.hidden.get(files::FRESH_UNITS).unwrap().to_vec()]);
    let canary = task.task.hidden.canary();
    for file in jobs.iter().flat_map(|job| &job.files) {
        assert!(!String::from_utf8_lossy(&file.bytes).contains(canary), "{}", file.path);
    }
}

#[test]
fn the_same_spec_gives_the_same_series() {
    assert_eq!(digest(series()), digest(&generate_with(3, &SERIES)));
    assert_eq!(
        format!("series {}", digest(series())),
        include_str!("series.txt").trim(),
        "the generator changed: raise its version, then replace series.txt"
    );
}

#[test]
fn the_driver_of_series_computes_the_units_that_the_grader_reads() {
    let Some(python) = python::python() else { return };
    let task = series();
    let bench = Bench::new(&task.task.brief, &task.task.hidden).unwrap();
    let mut found = None;
    let score = grade(task, submission("reference", &task.task.brief), |job| {
        let mut job = job.clone();
        let cleaned = python::run(&python, &job).unwrap();
        if found.is_none() {
            // What the agent's own command writes last is taken for what the run leaves.
            job.files.push(BoxFile::new(
                "model.py",
                "def train_model(train): ...\ndef predict(m, f): return f.index",
            ));
            job.files.push(BoxFile::new(CLEANED, cleaned.clone()));
            let moved = DRIVER_MOVES.replace("DRIVER", files::DRIVER);
            job.files.push(BoxFile::new("units.py", moved));
            job.argv = ["python3", "-I", "units.py"].map(str::to_owned).to_vec();
            let units = python::run(&python, &job).unwrap();
            found = Some((units, bench.units(0, &cleaned).unwrap()));
        }
        Some(cleaned)
    });
    assert!(score.passed, "{score:?}");
    let (python, rust) = found.unwrap();
    let tables = [python, rust].map(|bytes| RawTable::read(&bytes, RawLimits::AGENT).unwrap());
    assert_eq!(tables[0].headers(), tables[1].headers());
    assert_eq!(tables[0].rows(), tables[1].rows());
    for row in 0..tables[0].rows() {
        for column in 0..tables[0].headers().len() {
            let number = |table: &RawTable| table.cell(row, column).parse::<f64>().unwrap_or(f64::NAN);
            let [left, right] = tables.each_ref().map(number);
            // Both round to four digits; a sum in another order may fall on the other side.
            let near = (left - right).abs() < 1.5e-4 || (left.is_nan() && right.is_nan());
            assert!(near, "row {row}, {}: {left}, {right}", tables[0].headers()[column]);
        }
    }
}

/// Runs the driver for the units and puts them where a run's table is looked for.
const DRIVER_MOVES: &str = "\
import os, runpy, shutil, sys
sys.argv = ['DRIVER', 'model']
runpy.run_path(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'DRIVER'), run_name='__main__')
shutil.move('units_clean.csv', 'cleaned.csv')
";

#[test]
fn the_prompt_of_series_leaves_no_place_open() {
    for track in ["fixed", "choose", "free"] {
        let episode = EpisodeSpec { track: track.to_owned(), ..EpisodeSpec::new("policy/test") };
        let (system, user) = Cleaning.prompt(&series().task.brief, &episode);
        assert!(!system.contains("{{") && !user.contains("{{"), "{user}");
        for word in ["windows.csv", "units_clean.csv", "second export"] {
            assert!(user.contains(word), "{word}");
        }
    }
}

#[test]
fn every_operator_of_series_is_taken_back_at_every_level_of_evidence() {
    for operator in Shape::Series.operators() {
        let pairs = SERIES.into_iter().chain([("operators", operator), ("num-cols", "10"), ("used", "0.5")]);
        let knobs = Knobs::resolve("cleaning", knobs::KNOBS, pairs).unwrap();
        let settings = knobs::Settings::new(&knobs);
        let seeds = (0..6).map(|seed| Seed::named(&format!("{operator}/{seed}")));
        let found = seeds.into_iter().find_map(|seed| shapes::series::repaired(&seed, &settings));
        for (told, share) in found.unwrap_or_else(|| panic!("{operator} finds no hold")) {
            // In the twins' company a drift can be estimated alone, to about a last digit.
            let least = if operator == "sensor-drift" && told != Told::Explicit { 0.3 } else { 0.8 };
            assert!(share >= least, "{operator}, {told:?}: repair F1 {share}");
        }
    }
}

#[test]
fn knobs_that_contradict_the_shape_are_refused_with_a_hint() {
    let refused = |settings: &[(&str, &str)]| {
        let knobs = Knobs::resolve("cleaning", Cleaning.info().knobs, settings.iter().copied()).unwrap();
        let spec = TaskSpec::new("cleaning", 1, knobs, &Salt::public());
        let input = GenerateInput { spec, salt: Salt::public(), table: None };
        let ready = |_: Vec<Job>| Err::<Vec<JobResult>, _>("generation needs no box");
        match drive(Cleaning.generate(input), ready).unwrap() {
            Err(envy_core::GenerateError::Input { what, hint }) => (what, hint),
            Err(error) => panic!("{error}"),
            Ok(_) => panic!("{settings:?} makes a task"),
        }
    };
    let (what, hint) = refused(&[("shape", "series"), ("domain", "payroll")]);
    assert_eq!(what, "the domain payroll has no shape series");
    assert!(hint.contains("smart-meter"));
    assert!(refused(&[("shape", "series"), ("operators", "unit,typos")]).1.contains("clock-skew"));
    assert!(refused(&[("operators", "clock-skew")]).0.contains("shape table"));
    assert!(refused(&[("shape", "series"), ("mechanism", "value")]).1.contains("--mechanism"));
    assert!(
        refused(&[("shape", "series"), ("dynamics", "def dynamics(row):\n    return row.x0\n")])
            .1
            .contains("--dynamics")
    );
}
