//! Jobs: a program on an input in a fresh box.

use envy_core::{BoxFile, Exposure, Job, JobLimits, Wanted};
use envy_pycode::mutators::Project;

use super::outputs::{FITTED, HOLDOUT, METRICS, OOF, OUTPUT_BYTES_MAX};
use super::world::Draw;

/// What a run prints, as a file.
pub(super) const LOG: &str = "run.log";
/// The settings.
pub(super) const CONFIG: &str = "config.yaml";
/// Seconds that one run may take.
pub(super) const RUN_SECONDS: u64 = 60;
/// The most bytes of a log.
const LOG_BYTES_MAX: u64 = 64 << 10;
/// The program that runs the code, compiled in: what lies in a submission is never run in its place.
pub(super) const DRIVER: &str = "run_train.py";
/// Its source.
pub(super) const DRIVER_SOURCE: &str = include_str!("run_train.py");
/// The agent's test.
pub(super) const TEST: &str = "response/test_fix.py";

/// The job that runs a project on a draw.
pub(super) fn run(name: String, project: &[BoxFile], config: &[u8], draw: &Draw, exposure: Exposure) -> Job {
    let mut files = project.to_vec();
    files.push(BoxFile::new(DRIVER, DRIVER_SOURCE));
    files.extend(inputs(config, draw));
    let wanted = |path: &str, bytes_max| Wanted { path: path.to_owned(), bytes_max };
    let mut outputs: Vec<Wanted> =
        [OOF, FITTED, HOLDOUT, METRICS].iter().map(|path| wanted(path, OUTPUT_BYTES_MAX)).collect();
    outputs.push(wanted(LOG, LOG_BYTES_MAX));
    job(name, files, DRIVER, outputs, exposure)
}

/// The job that runs the agent's test on a project; it says with its exit code whether the project passes.
pub(super) fn test(name: String, project: &[BoxFile], config: &[u8], draw: &Draw, source: &[u8]) -> Job {
    let mut files = project.to_vec();
    files.push(BoxFile::new(DRIVER, DRIVER_SOURCE));
    files.push(BoxFile::new(TEST, source));
    files.extend(inputs(config, draw));
    job(name, files, TEST, Vec::new(), Exposure::Grading)
}

fn job(name: String, files: Vec<BoxFile>, script: &str, outputs: Vec<Wanted>, exposure: Exposure) -> Job {
    Job {
        name,
        files,
        // Without options, so that a warm interpreter takes it; the folder of the script holds nothing of the agent's.
        argv: ["python3", script].map(str::to_owned).to_vec(),
        limits: JobLimits { wall_ms: RUN_SECONDS * 1_000, ..JobLimits::standard() },
        outputs,
        exposure,
    }
}

fn inputs(config: &[u8], draw: &Draw) -> [BoxFile; 3] {
    [
        BoxFile::new(CONFIG, config),
        BoxFile::new("data/train.csv", draw.train.write()),
        BoxFile::new("data/holdout.csv", draw.holdout.write()),
    ]
}

/// The files of a project.
pub(super) fn files(project: &Project) -> Vec<BoxFile> {
    project.iter().map(|(path, module)| BoxFile::new(path.clone(), module.text())).collect()
}
