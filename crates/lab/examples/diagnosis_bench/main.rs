//! Measures the diagnosis environment in real boxes: for each mechanism how many candidates the gate admits and what
//! the reference earns, what every other policy earns, and the processor time of making and grading a task.
//!
//! `diagnosis_bench SEEDS FILE [MECHANISM ...]`: SEEDS tasks of each mechanism. Every task is a line of FILE as soon as it
//! is measured, and what stands there is not measured again: a stop loses nothing.

mod counted;
mod tally;
#[path = "../../../rollout/examples/usage/mod.rs"]
mod usage;

use std::io::Write as _;
use std::sync::Arc;

use envy_core::{
    Brief, Environment as _, EpisodeSpec, GenerateInput, Generated, Knobs, PolicyKind, Salt, Score, Seed,
    TaskSpec, drive,
};
use envy_environments::diagnosis::Diagnosis;
use envy_lab::{Backend, Bench, Home};
use envy_models::PolicyModel;
use envy_rollout::{EpisodeStart, OpenGrader, Toolbox, agent_box, play};

use counted::{Clocks, Counted};
use tally::{Earned, Line};

/// The most characters of an error that are kept.
const ERROR_CHARS_MAX: usize = 1_500;

struct Scene {
    bench: Bench,
    clocks: Arc<Clocks>,
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

    fn earned(&self, generated: &Generated, name: &str) -> Result<Earned, String> {
        let (graded, worked) = (self.clocks.grading(), self.clocks.agent());
        let score = self.play(generated, name)?;
        let unmet = score.criteria.iter().filter(|one| !one.met && !one.detail.contains("not offered"));
        Ok(Earned {
            points: score.metrics.get("points").copied().unwrap_or(0.0),
            passed: score.passed,
            graded: self.clocks.grading() - graded,
            worked: self.clocks.agent() - worked,
            lost: unmet.map(|one| format!("{}: {}", one.name, one.detail)).collect::<Vec<_>>().join(" | "),
        })
    }

    /// One task: the reference always, the gaming policies on the first of each mechanism and where there is no error.
    fn measure(&self, seed: u64, mechanism: &str) -> Line {
        let before = self.clocks.grading();
        let mut line = Line { mechanism: mechanism.to_owned(), seed, ..Line::default() };
        let generated = match self.generate(seed, mechanism) {
            Ok(generated) => generated,
            Err(error) => {
                line.error = Some(error.chars().take(ERROR_CHARS_MAX).collect());
                return line;
            }
        };
        line.made = self.clocks.grading() - before;
        line.rejected = generated
            .rejections
            .iter()
            .map(|rejection| format!("{}: {}", rejection.condition, rejection.detail))
            .collect();
        let plays_all = seed == 0 || mechanism == "none";
        let wanted =
            Diagnosis.policies().iter().filter(|one| plays_all || one.kind() == PolicyKind::Reference);
        for policy in wanted {
            match self.earned(&generated, policy.name()) {
                Ok(earned) => drop(line.earned.insert(policy.name().to_owned(), earned)),
                Err(error) => line.error = Some(format!("policy {}: {error}", policy.name())),
            }
        }
        line
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let (Some(seeds), Some(path)) = (words.next().and_then(|word| word.parse::<u64>().ok()), words.next())
    else {
        return Err("give the number of tasks of each mechanism and the file of results".into());
    };
    let named: Vec<String> = words.collect();
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    let mut lines: Vec<Line> = known.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(&path)?;
    let clocks = Arc::new(Clocks::default());
    let bench = Bench::open(&Home::discover()?, false, Backend::STANDARD, &mut |_| {})?;
    let bench = Bench::of(Arc::new(Counted { bench, clocks: Arc::clone(&clocks) }));
    let scene = Scene { bench, clocks, runtime: tokio::runtime::Runtime::new()? };
    // A task of each mechanism before the second of any: an early stop leaves none out.
    for seed in 0..seeds {
        let all = envy_pycode::mutators::ALL.iter().map(|mutator| mutator.name).chain(["none"]);
        for mechanism in all.filter(|name| named.is_empty() || named.iter().any(|one| one == name)) {
            if lines.iter().any(|line| line.seed == seed && line.mechanism == mechanism) {
                continue;
            }
            let line = scene.measure(seed, mechanism);
            writeln!(file, "{}", serde_json::to_string(&line)?)?;
            lines.push(line);
        }
    }
    tally::write(&lines, &mut std::io::stdout().lock())?;
    Ok(())
}
