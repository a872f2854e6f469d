//! `envy tune difficulty`.

use std::path::PathBuf;
use std::sync::Arc;

use envy_core::{Environment, EpisodeSpec};
use envy_lab::calibrate::band::{Band, Place};
use envy_lab::calibrate::dials;
use envy_lab::calibrate::tune::{Calibration, Player, Question, Seen, tune};
use envy_lab::dataset::Order;
use envy_lab::models::{self, ModelSettings};
use envy_lab::run::{Ready, Watch, plan};
use envy_lab::store::{Plan, Store};
use envy_lab::{LabError, registry};

use crate::fail::Failure;
use crate::knobs::KnobFlags;
use crate::output;
use crate::session::{Session, open_store};
use crate::watch::Watcher;

/// Episodes in flight at once, unless someone says otherwise.
const CONCURRENCY_DEFAULT: u32 = 8;

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
    /// Reach the model at this server.
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// The pass rates wanted.
    #[arg(long, value_name = "LOW..HIGH", default_value = "0.1..0.4")]
    band: String,
    /// Turn this knob; several may be given [default: the environment's own].
    #[arg(long = "knob", value_name = "NAME=EASY..HARD")]
    turned: Vec<String>,
    /// Rollouts in all, of which a third measures the promise.
    #[arg(long, value_name = "ROLLOUTS", default_value_t = 96)]
    budget: u64,
    /// Tasks of one step.
    #[arg(long, value_name = "N", default_value_t = 4)]
    batch: u64,
    /// Model turns of an episode.
    #[arg(long, value_name = "N", default_value_t = 30)]
    max_steps: u32,
    /// Tokens of one reply.
    #[arg(long, value_name = "N", default_value_t = 3_000)]
    max_tokens: u32,
    /// Episodes in flight at once.
    #[arg(long, value_name = "N", default_value_t = CONCURRENCY_DEFAULT)]
    concurrency: u32,
    /// Where every draw comes from.
    #[arg(long, value_name = "N", default_value_t = 0)]
    search_seed: u64,
    /// The calibration file, which is the search's journal too.
    #[arg(long, value_name = "FILE", default_value = "calibration.json")]
    out: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    held: KnobFlags,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let session = Session::start()?;
    let environment = session.registry.environment(&args.env)?;
    let info = environment.info();
    registry::knobs(environment, None, &args.held.settings)?;
    let question = Question {
        environment: info.name.to_owned(),
        generator: info.version.to_owned(),
        model: args.model.clone(),
        band: args.band.parse::<Band>()?,
        dials: dials::ranges(info, &args.turned)?,
        held: args.held.settings.clone(),
        budget: args.budget,
        batch: args.batch,
        seed: args.search_seed.to_string(),
    };
    let reach = ModelSettings { base_url: args.base_url.clone(), ..ModelSettings::default() };
    models::open(environment, &args.model, &reach.sources(&session.home.store())?)?;
    session.stop_on_interrupt();
    let store = open_store(&session.home)?;
    let mut player = Rollouts { session: &session, environment, args, reach, store };
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
    environment: &'static dyn Environment,
    args: &'a Args,
    reach: ModelSettings,
    store: Arc<Store>,
}

impl Player for Rollouts<'_> {
    fn play(&mut self, settings: &[(String, String)], seed: u64, tasks: u64) -> Result<(u64, u64), LabError> {
        let order = Order {
            environment: self.environment,
            knobs: registry::knobs(self.environment, None, settings)?,
            seed,
            count: tasks as usize,
            salt: registry::salt(None)?,
            table: None,
            place: None,
        };
        let bench = self.session.bench()?;
        let made = self.session.generate(&order)?;
        let mut spec = EpisodeSpec::new("");
        spec.limits.turns_max = self.args.max_steps;
        spec.limits.reply_tokens_max = self.args.max_tokens;
        let planned = plan(self.environment, &made.tasks, vec![self.args.model.clone()], 1, spec);
        let planned = Plan { reach: self.reach.clone(), ..planned };
        let sources = self.reach.sources(&self.session.home.store())?;
        let run = Ready::check(self.environment, planned, &sources)?.begin(&self.store)?;
        let watch: Arc<dyn Watch> = Arc::new(Watcher::new(run.plan(), made.tasks.len(), false));
        let concurrency = self.args.concurrency as usize;
        let cancel = self.session.cancel.clone();
        let ran = self.session.block_on(run.play(bench, &self.store, concurrency, cancel, &watch))?;
        if ran.left > 0 {
            return Err(LabError::usage("the search was stopped", "the same command goes on from its file"));
        }
        let tallies = self.store.reader()?.tallies(run.id())?;
        let graded = tallies.iter().map(|tally| &tally.outcome).filter(|outcome| outcome.counted().is_some());
        Ok(graded.fold((0, 0), |(passed, all), outcome| (passed + u64::from(outcome.passed), all + 1)))
    }

    fn seen(&mut self, step: &Seen<'_>) {
        let (passed, episodes, (spent, budget)) = (step.passed, step.episodes, step.spent);
        output::note(format!("[{spent}/{budget}] {}: {passed} of {episodes} passed", knobs(step.settings)));
    }
}

fn knobs(settings: &[(String, String)]) -> String {
    settings.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

fn tell(calibration: &Calibration, args: &Args) -> Result<(), Failure> {
    let Some(promise) = &calibration.promise else { return Ok(()) };
    let [low, high] = promise.interval;
    output::line(format!(
        "{}: {} of {} passed on fresh seeds; pass rate {:.2} [{low:.2}, {high:.2}], {} ({:.0} % of the posterior in {})",
        knobs(&calibration.settings),
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
