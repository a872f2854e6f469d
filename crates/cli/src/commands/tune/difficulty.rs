//! `envy tune difficulty`.

use std::path::PathBuf;

use envy_core::Digest;
use envy_lab::calibrate::band::{Band, Place};
use envy_lab::calibrate::dials;
use envy_lab::calibrate::tune::{Calibration, Player, Question, Seen, tune};
use envy_lab::{models, registry};

use super::super::eval::{self, Fresh, ModelFlags};
use crate::fail::Failure;
use crate::knobs;
use crate::output;
use crate::session::Session;

/// Digits of a folder's name that tell the steps of all searches apart.
const FOLDER_DIGITS: usize = 16;

/// Search the knobs at which a model's pass rate lies in a band.
///
/// Each step generates fresh tasks and plays each once. The file is written after every step; the same command goes on from
/// it. The promise at the end is measured on seeds that the search never drew. `policy/reference@0.8` stands for a model:
/// it overlooks one line in five of what it reads.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The environment.
    #[arg(long, value_name = "ENV", default_value = registry::DEFAULT_ENVIRONMENT)]
    env: String,
    /// Who plays: provider/name, or policy/NAME, or policy/NAME@SKILL.
    #[arg(long, value_name = "MODEL")]
    model: String,
    /// The pass rates wanted.
    #[arg(long, value_name = "LOW..HIGH", default_value = "0.1..0.4")]
    band: String,
    /// Turn this knob from its easy end to its hard end, or hold it at a value; may be given several times [default: the
    /// environment's own dials].
    #[arg(long, value_name = "NAME=EASY..HARD|VALUE")]
    knob: Vec<String>,
    /// Rollouts in all, of which a third measures the promise.
    #[arg(long, value_name = "ROLLOUTS", default_value_t = 96)]
    budget: u64,
    /// Tasks of one step.
    #[arg(long, value_name = "N", default_value_t = 4)]
    batch: u64,
    /// Model turns of an episode [default 30].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_steps: Option<u32>,
    /// Tokens of one reply [default 3000].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_tokens: Option<u32>,
    /// Episodes in flight at once.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    concurrency: Option<u32>,
    /// Where every draw comes from; no evaluation draws from it.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// The calibration file, which is the search's journal too.
    #[arg(long, value_name = "FILE", default_value = "calibration.json")]
    out: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    reach: ModelFlags,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let session = Session::start()?;
    let environment = session.registry.environment(&args.env)?;
    let info = environment.info();
    let (turned, held): (Vec<String>, Vec<String>) =
        args.knob.iter().cloned().partition(|text| text.contains(".."));
    let held = knobs::settings(&held)?;
    registry::knobs(environment, None, &held)?;
    let question = Question {
        environment: info.name.to_owned(),
        generator: info.version.to_owned(),
        model: args.model.clone(),
        band: args.band.parse::<Band>()?,
        dials: dials::ranges(info, &turned)?,
        held,
        budget: args.budget,
        batch: args.batch,
        seed: args.seed.to_string(),
    };
    let mut player = Rollouts { session: &session, args };
    // An unknown model is told before the search begins.
    let reach = player.fresh(&[], 0, 1).resolve(environment)?.reach;
    models::open(environment, &args.model, &reach.sources(&session.home.store())?)?;
    session.stop_on_interrupt();
    let calibration = tune(question, &args.out, &mut player)?;
    if args.json {
        output::json(&calibration)?;
    } else {
        tell(&calibration, args)?;
    }
    conclude(&calibration)
}

/// Plays the steps of a search as runs of the store.
struct Rollouts<'a> {
    session: &'a Session,
    args: &'a Args,
}

impl Rollouts<'_> {
    /// The evaluation that one step is.
    fn fresh(&self, settings: &[(String, String)], seed: u64, tasks: u64) -> eval::Args {
        let args = self.args;
        // Searches of one seed ask for the same seeds with other knobs.
        let order = Digest::of(format!("{settings:?} {seed} {tasks}").as_bytes());
        let folder = format!("difficulty-{}-{}", args.env, &order.as_str()[..FOLDER_DIGITS]);
        eval::Args::fresh(Fresh {
            env: args.env.clone(),
            preset: None,
            knobs: settings.to_vec(),
            model: args.model.clone(),
            max_steps: args.max_steps,
            max_tokens: args.max_tokens,
            count: tasks as usize,
            seed,
            place: self.session.home.tuning_tasks().join(folder),
            concurrency: args.concurrency,
            reach: args.reach.clone(),
        })
    }
}

impl Player for Rollouts<'_> {
    type Error = Failure;

    fn play(&mut self, settings: &[(String, String)], seed: u64, tasks: u64) -> Result<(u64, u64), Failure> {
        let played = eval::play(self.session, &self.fresh(settings, seed, tasks))?;
        if played.left() > 0 {
            return Err(Failure::short("the search was stopped", "the same command goes on from its file"));
        }
        let outcomes = played.outcomes()?;
        let graded = outcomes.iter().filter(|outcome| outcome.counted().is_some());
        Ok(graded.fold((0, 0), |(passed, all), outcome| (passed + u64::from(outcome.passed), all + 1)))
    }

    fn seen(&mut self, step: &Seen<'_>) {
        let (passed, episodes, (spent, budget)) = (step.passed, step.episodes, step.spent);
        output::note(format!("[{spent}/{budget}] {}: {passed} of {episodes} passed", shown(step.settings)));
    }
}

fn shown(settings: &[(String, String)]) -> String {
    settings.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

fn tell(calibration: &Calibration, args: &Args) -> Result<(), Failure> {
    let Some(promise) = &calibration.promise else { return Ok(()) };
    let [low, high] = promise.interval;
    output::line(format!(
        "{}: {} of {} passed on fresh seeds; pass rate {:.2} [{low:.2}, {high:.2}], {} ({:.0} % of the posterior in {})",
        shown(&calibration.settings),
        promise.passed,
        promise.episodes,
        promise.mean,
        promise.place,
        100.0 * promise.mass,
        calibration.question.band,
    ))?;
    output::note(format!(
        "`envy dataset generate {} --calibration {}` uses it",
        args.env,
        args.out.display()
    ));
    Ok(())
}

/// A search that ended outside the band fell short.
fn conclude(calibration: &Calibration) -> Result<(), Failure> {
    let hint = match calibration.promise.map(|promise| promise.place) {
        Some(Place::Above) => "the tasks are too easy at the hard end: widen a --knob, or turn more of them",
        Some(Place::Below) => "the tasks are too hard at the easy end: widen a --knob, or turn more of them",
        _ => return Ok(()),
    };
    Err(Failure::short(format!("the pass rate lies outside {}", calibration.question.band), hint))
}
