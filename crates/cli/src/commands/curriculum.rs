//! `envy curriculum`.

use std::path::{Path, PathBuf};

use envy_lab::calibrate::curriculum::{Curriculum, Draw};
use envy_lab::calibrate::dials;
use envy_lab::dataset::TaskRef;
use envy_lab::store::Reader;
use envy_lab::{Home, Registry};
use serde_json::json;

use crate::fail::Failure;
use crate::output;

/// Choose which tasks to train on next: those that are neither always nor never solved.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Start(Start),
    Next(Next),
    Learn(Learn),
    Show(Show),
}

/// Begin a curriculum: a ladder of rungs along the knobs that make an environment harder.
#[derive(Debug, clap::Args)]
struct Start {
    /// The environment.
    #[arg(value_name = "ENV")]
    environment: String,
    /// The file to keep it in.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Turn this knob along the ladder; several may be given [default: the environment's own].
    #[arg(long = "knob", value_name = "NAME=EASY..HARD")]
    knobs: Vec<String>,
    /// Rungs of the ladder.
    #[arg(long, value_name = "N", default_value_t = 8)]
    rungs: usize,
    /// Keep every N-th rung out of training, to measure on; 0 keeps none out.
    #[arg(long, value_name = "N", default_value_t = 4)]
    hold_out: usize,
    /// Where every draw comes from.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

/// Draw the next tasks: their knobs and seeds, as `envy dataset generate` takes them.
#[derive(Debug, clap::Args)]
struct Next {
    /// The curriculum's file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// How many tasks.
    #[arg(long, value_name = "N", default_value_t = 1)]
    count: usize,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Take in what became of rollouts.
#[derive(Debug, clap::Args)]
struct Learn {
    /// The curriculum's file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// All graded episodes of this run, each at the rung that its task's knobs show.
    #[arg(long, value_name = "RUN", conflicts_with = "rung")]
    run: Option<String>,
    /// The rung that was played.
    #[arg(long, value_name = "N", required_unless_present = "run", requires = "rollouts")]
    rung: Option<usize>,
    /// Rollouts that passed.
    #[arg(long, value_name = "N", default_value_t = 0)]
    passed: u64,
    /// Rollouts in all.
    #[arg(long, value_name = "N")]
    rollouts: Option<u64>,
}

/// Show what was learned at each rung.
#[derive(Debug, clap::Args)]
struct Show {
    /// The curriculum's file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    match &args.action {
        Action::Start(args) => start(args),
        Action::Next(args) => next(args),
        Action::Learn(args) => learn(args),
        Action::Show(args) => show(args),
    }
}

fn start(args: &Start) -> Result<(), Failure> {
    if args.out.exists() {
        return Err(Failure::usage(
            format!("{} is there already", args.out.display()),
            "name another file with --out: a curriculum is never overwritten",
        ));
    }
    let info = Registry::standard().environment(&args.environment)?.info();
    let dials = dials::ranges(info, &args.knobs)?;
    let curriculum = Curriculum::new(info, &dials, args.rungs, args.hold_out, args.seed)?;
    curriculum.write(&args.out)?;
    output::note(format!("{} in {}", output::counted(curriculum.rungs.len(), "rung"), args.out.display()));
    Ok(())
}

fn next(args: &Next) -> Result<(), Failure> {
    let mut curriculum = read(&args.file)?;
    let draws = curriculum.draw(args.count);
    // Saved before it is told: a draw is never given twice.
    curriculum.write(&args.file)?;
    if args.json {
        return output::json(&json!({
            "schema": "envy.curriculum-draws/1", "environment": curriculum.environment, "draws": draws,
        }));
    }
    draws.iter().try_for_each(|draw| output::line(order(&curriculum.environment, draw)))
}

/// A draw as a command line.
fn order(environment: &str, draw: &Draw) -> String {
    let knobs = draw.settings.iter().map(|(name, value)| format!(" --{name} {value}"));
    format!("envy dataset generate {environment} --seed {}{}", draw.seed, knobs.collect::<String>())
}

fn learn(args: &Learn) -> Result<(), Failure> {
    let mut curriculum = read(&args.file)?;
    let learned = match (&args.run, args.rung, args.rollouts) {
        (Some(run), ..) => learn_run(&mut curriculum, run)?,
        (None, Some(rung), Some(rollouts)) => {
            curriculum.learn(rung, args.passed, rollouts)?;
            rollouts
        }
        _ => {
            return Err(Failure::usage(
                "nothing to learn from",
                "give --run, or --rung with --passed and --rollouts",
            ));
        }
    };
    curriculum.write(&args.file)?;
    output::note(format!("learned from {}", output::counted(learned as usize, "rollout")));
    Ok(())
}

/// Takes in the graded episodes of a run; how many there were.
fn learn_run(curriculum: &mut Curriculum, run: &str) -> Result<u64, Failure> {
    let reader = Reader::open(&Home::discover()?.store())?;
    let run = reader.find(run)?;
    let plan = reader.plan(&run)?;
    let tallies = reader.tallies(&run)?;
    let mut learned = 0;
    for planned in &plan.tasks {
        let task = TaskRef::open(&planned.folder)?;
        let Some(rung) = curriculum.rung_of(&task.origin()?.spec.knobs) else { continue };
        if curriculum.rungs[rung].held_out {
            continue;
        }
        let graded = tallies.iter().map(|tally| &tally.outcome);
        let graded = graded.filter(|outcome| outcome.task == planned.id && outcome.counted().is_some());
        let (passed, rollouts) =
            graded.fold((0, 0), |(passed, all), outcome| (passed + u64::from(outcome.passed), all + 1));
        curriculum.learn(rung, passed, rollouts)?;
        learned += rollouts;
    }
    if learned == 0 {
        return Err(Failure::usage(
            format!("{run} has no graded episode at a rung of this curriculum"),
            "play tasks that `envy curriculum next` drew",
        ));
    }
    Ok(learned)
}

fn show(args: &Show) -> Result<(), Failure> {
    let curriculum = read(&args.file)?;
    if args.json {
        return output::json(&curriculum);
    }
    let rows = curriculum.rungs.iter().enumerate().map(|(index, rung)| {
        let knobs: Vec<String> =
            rung.settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let state = match (rung.held_out, rung.open) {
            (true, _) => "held out",
            (false, true) => "open",
            (false, false) => "closed",
        };
        vec![
            index.to_string(),
            knobs.join(" "),
            state.to_owned(),
            rung.rollouts.to_string(),
            format!("{:.2}", rung.rate()),
            format!("{:.3}", rung.learnability()),
        ]
    });
    let headers = ["rung", "knobs", "state", "rollouts", "pass rate", "learnability"];
    output::print(&output::table(&headers, rows.collect(), 3))
}

fn read(file: &Path) -> Result<Curriculum, Failure> {
    let registry = Registry::standard();
    Ok(Curriculum::read(file, |name| Ok(registry.environment(name)?.info().version))?)
}
