//! Measures the diagnosis environment in real boxes: for each mechanism how many candidates the gate admits, what the
//! reference earns, and on some of the tasks what the gaming policies earn.
//!
//! `cargo run --example diagnosis_bench -- TASKS [MECHANISM ...]`, with TASKS for each mechanism (default 1).

use std::sync::Arc;
use std::time::Instant;

use envy_core::{
    Brief, Environment as _, EpisodeSpec, GenerateInput, Generated, Knobs, PolicyKind, Salt, Score, Seed,
    TaskSpec, drive,
};
use envy_environments::diagnosis::Diagnosis;
use envy_lab::{Backend, Bench, Home};
use envy_models::PolicyModel;
use envy_rollout::{EpisodeStart, OpenGrader, Toolbox, agent_box, play};

/// Lines that hold figures begin with this.
const MARK: &str = "FIGURE";

/// The gaming policies are played on the first task of every so many mechanisms.
const GAMED_EVERY: usize = 8;

struct Scene {
    bench: Bench,
    runtime: tokio::runtime::Runtime,
}

impl Scene {
    fn generate(&self, seed: u64, mechanism: &str) -> Result<Generated, String> {
        let knobs = Knobs::resolve("diagnosis", Diagnosis.info().knobs, [("mechanism", mechanism)])
            .map_err(|error| error.to_string())?;
        let spec = TaskSpec::new("diagnosis", seed, knobs, &Salt::public());
        let work = Diagnosis.generate(GenerateInput { spec, salt: Salt::public(), table: None });
        let run = |jobs| self.bench.run_jobs(self.runtime.handle(), jobs);
        drive(work, run).map_err(|error| error.to_string())?.map_err(|error| format!("{error}: {error:?}"))
    }

    fn play(&self, generated: &Generated, name: &str) -> Result<Score, String> {
        let task = &generated.task;
        let grader: Arc<dyn envy_core::Grader> = Diagnosis.grader(&task.brief, &task.hidden)?.into();
        let open_grader: OpenGrader = Arc::new(move || Ok(Arc::clone(&grader)));
        let info = Diagnosis.info();
        let spec = EpisodeSpec::new(&format!("policy/{name}"));
        let brief = Arc::new(Brief::clone(&task.brief));
        let toolbox =
            Toolbox::new(info.tools, &(info.submission_schema)()).map_err(|error| error.to_string())?;
        let start = EpisodeStart {
            prompt: Diagnosis.prompt(&brief, &spec),
            brief,
            spec,
            toolbox: Arc::new(toolbox),
            runner: self.bench.runner().clone(),
            box_limits: agent_box(),
            open_grader,
            judge: None,
            seed: Seed::named("bench"),
            observer: None,
            reviewer: None,
        };
        let model = PolicyModel::find(name, Diagnosis.policies()).map_err(|error| error.to_string())?;
        let outcome = self.runtime.block_on(play(start, Arc::new(model)));
        outcome.verdict.score().cloned().ok_or_else(|| format!("{:?}", outcome.verdict))
    }
}

fn points(score: &Score) -> f64 {
    score.metrics.get("points").copied().unwrap_or(0.0)
}

fn lost(score: &Score) -> String {
    let unmet = score.criteria.iter().filter(|one| !one.met && !one.detail.contains("not offered"));
    unmet.map(|one| format!("{}: {}", one.name, one.detail)).collect::<Vec<_>>().join(" | ")
}

/// One mechanism, line by line to `out`.
fn measure(
    scene: &Scene,
    (number, mechanism): (usize, &str),
    tasks: u64,
    out: &mut dyn std::io::Write,
) -> std::io::Result<()> {
    let (mut admitted, mut candidates, mut passed, mut sum) = (0, 0, 0, 0.0);
    for seed in 0..tasks {
        let started = Instant::now();
        let generated = match scene.generate(seed, mechanism) {
            Ok(generated) => generated,
            Err(error) => {
                writeln!(out, "{mechanism} {seed}: {}", error.chars().take(1_500).collect::<String>())?;
                continue;
            }
        };
        let made = started.elapsed().as_secs_f64();
        admitted += 1;
        candidates += 1 + generated.rejections.len();
        for rejection in &generated.rejections {
            writeln!(out, "{mechanism} {seed} rejected: {} {}", rejection.condition, rejection.detail)?;
        }
        match scene.play(&generated, "reference") {
            Ok(score) => {
                passed += u32::from(score.passed);
                sum += points(&score);
                writeln!(out, "{mechanism} {seed} {made:.1} s {} {}", points(&score), lost(&score))?;
            }
            Err(error) => writeln!(out, "{mechanism} {seed}: {error}")?,
        }
        if seed == 0 && number.is_multiple_of(GAMED_EVERY) {
            for policy in Diagnosis.policies().iter().filter(|policy| policy.kind() != PolicyKind::Reference)
            {
                let earned = scene.play(&generated, policy.name()).as_ref().map_or(f64::NAN, points);
                writeln!(out, "{MARK} policy {} {mechanism} {earned:.1}", policy.name())?;
            }
        }
    }
    let mean = sum / f64::from(admitted.max(1));
    writeln!(
        out,
        "{MARK} mechanism {mechanism} tasks {admitted} of {tasks} candidates {candidates} passed {passed} mean {mean:.1}"
    )?;
    out.flush()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let tasks = words.next().and_then(|word| word.parse().ok()).unwrap_or(1);
    let named: Vec<String> = words.collect();
    let bench = Bench::open(&Home::discover()?, false, Backend::STANDARD, &mut |_| {})?;
    let scene = Scene { bench, runtime: tokio::runtime::Runtime::new()? };
    let mut out = std::io::stdout().lock();
    let all = envy_pycode::mutators::ALL.iter().map(|mutator| mutator.name).chain(["none"]);
    for mechanism in
        all.enumerate().filter(|(_, name)| named.is_empty() || named.iter().any(|one| one == name))
    {
        measure(&scene, mechanism, tasks, &mut out)?;
    }
    Ok(())
}
