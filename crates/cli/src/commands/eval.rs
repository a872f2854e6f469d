//! `envy eval`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use envy_core::{Environment, EpisodeSpec, Preset, RunId};
use envy_lab::dataset::{Library, Order, TaskRef};
use envy_lab::report::{Report, report};
use envy_lab::run::{Ran, Ready, Run, Watch, plan};
use envy_lab::store::{Plan, Store};
use envy_lab::{LabError, models, registry};

use super::runs::show::rows;
use crate::fail::Failure;
use crate::output;
use crate::session::{Session, open_store};
use crate::watch::Watcher;

/// Tasks that are generated when nobody says how many.
const COUNT_DEFAULT: usize = 5;

/// Rollouts of each task with each named model.
const ROLLOUTS_DEFAULT: u32 = 10;

/// Episodes in flight: most of them wait for a model; programs and pure computation wait for a core of their own.
const CONCURRENCY_DEFAULT: usize = 32;

/// Episodes in flight for each core when scripted policies alone play: they wait for nothing else.
const POLICIES_PER_CORE: usize = 2;

/// Run models on tasks and report what each earns.
///
/// Without a task, tasks are generated (--env, --count, --seed, --preset, --salt); a --model alone takes the newest
/// dataset. Without a --model, the environment's scripted policies are run, from null to reference, then the cheats,
/// once on each task.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    tasks: TaskFlags,
    #[command(flatten)]
    attempt: AttemptFlags,
    #[command(flatten)]
    flow: FlowFlags,
}

/// How the run goes on.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Run")]
struct FlowFlags {
    /// Episodes in flight at once [default 32, or two for each core if only policies play].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    concurrency: Option<u32>,
    /// One episode after the other.
    #[arg(long, conflicts_with = "concurrency")]
    sequential: bool,
    /// Finish this run as it was begun: what is graded is not repeated, what is void is tried again.
    #[arg(long, value_name = "RUN")]
    resume: Option<String>,
    /// Take the models' prices from this file.
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// Print each turn to stderr as it happens.
    #[arg(long, short)]
    verbose: bool,
    /// Print the report as one JSON object.
    #[arg(long)]
    json: bool,
}

impl FlowFlags {
    fn concurrency(&self, models: &[String]) -> usize {
        let scripted = models.iter().all(|name| name.starts_with("policy/"));
        match (self.sequential, self.concurrency) {
            (true, _) => 1,
            (false, Some(given)) => given as usize,
            (false, None) if scripted => {
                POLICIES_PER_CORE * std::thread::available_parallelism().map_or(1, usize::from)
            }
            (false, None) => CONCURRENCY_DEFAULT,
        }
    }
}

/// Which tasks.
#[derive(Debug, PartialEq, Eq, Default, clap::Args)]
#[command(next_help_heading = "Tasks")]
struct TaskFlags {
    /// Generate tasks of this environment [default cleaning].
    #[arg(long, value_name = "ENV")]
    env: Option<String>,
    /// Take these datasets: ids, beginnings of ids, sets, folders.
    #[arg(long, value_name = "ID", num_args = 1.., conflicts_with_all = ["count", "seed", "salt"])]
    dataset: Vec<String>,
    /// Take the task of this folder, or of the task.json in it.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["count", "seed", "salt"])]
    task: Vec<PathBuf>,
    /// Take every task in this folder.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["count", "seed", "salt"])]
    tasks_dir: Option<PathBuf>,
    /// Generate this many tasks [default 5].
    #[arg(long, value_name = "N")]
    count: Option<usize>,
    /// Where every random draw of the generation comes from [default 0].
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Mix in the secret of this file.
    #[arg(long, value_name = "FILE")]
    salt: Option<PathBuf>,
}

/// Who attempts them, and how.
#[derive(Debug, PartialEq, Eq, Default, clap::Args)]
#[command(next_help_heading = "Attempts")]
struct AttemptFlags {
    /// Who plays: policy/NAME, or provider/model with its key in the environment; may be given several times.
    #[arg(long, value_name = "MODEL")]
    model: Vec<String>,
    /// Reach the models at this OpenAI-compatible server.
    #[arg(long, value_name = "URL", requires = "model")]
    base_url: Option<String>,
    /// Take the knobs and settings of this preset.
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    /// Rollouts of each task with each model [default 10].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    num_runs: Option<u32>,
    /// Model turns of an episode [default 30].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_steps: Option<u32>,
    /// Tokens of one reply [default 3000].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_tokens: Option<u32>,
    /// Uses of `eval_model` in an episode [default 10].
    #[arg(long, value_name = "N")]
    max_eval_uses: Option<u32>,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let session = Session::start()?;
    session.stop_on_interrupt();
    let flow = &args.flow;
    let (run, store, environment) = match &flow.resume {
        Some(_) if args.tasks != TaskFlags::default() || args.attempt != AttemptFlags::default() => {
            return Err(Failure::usage(
                "--resume finishes a run as it was begun",
                "only --concurrency, --sequential, --prices, --verbose and --json go with it",
            ));
        }
        Some(written) => resume(&session, written, flow.prices.as_deref())?,
        None => begin(&session, args)?,
    };
    let left = run.left(&store)?.len();
    let concurrency = flow.concurrency(&run.plan().models);
    let bench = session.bench()?;
    output::note(format!(
        "{}: {} on {}",
        run.id(),
        output::counted(left, "episode"),
        output::counted(run.plan().tasks.len(), "task")
    ));
    let watch: Arc<dyn Watch> = Arc::new(Watcher::new(run.plan(), left, flow.verbose));
    let ran = session.block_on(run.play(bench, &store, concurrency, session.cancel.clone(), &watch));
    drop(watch);
    let ran = ran.map_err(|error| stopped_by(error, run.id()))?;
    let tallies = store.reader()?.tallies(run.id())?;
    let report = report(run.id(), run.plan(), environment.info(), &tallies);
    if flow.json {
        output::json(&report)?;
    } else {
        output::print(&rows(&report, environment.info()))?;
    }
    conclude(&report, ran)
}

type Begun = (Run, Arc<Store>, &'static dyn Environment);

fn resume(session: &Session, written: &str, prices: Option<&Path>) -> Result<Begun, Failure> {
    let store = open_store(&session.home)?;
    let reader = store.reader()?;
    let id = reader.find(written)?;
    let plan = reader.plan(&id)?;
    let environment = session.registry.environment(&plan.environment)?;
    let config = models::reach(plan.base_url.as_deref(), prices)?;
    let ready = Ready::check(environment, plan, &config)?;
    session.bench()?;
    Ok((ready.resume(id), store, environment))
}

fn begin(session: &Session, args: &Args) -> Result<Begun, Failure> {
    let attempt = &args.attempt;
    let default =
        || session.registry.environment(args.tasks.env.as_deref().unwrap_or(registry::DEFAULT_ENVIRONMENT));
    // An unknown model is told before anything is looked for, generated or built.
    let config = models::reach(attempt.base_url.as_deref(), args.flow.prices.as_deref())?;
    let check = |environment: &dyn Environment| -> Result<(), LabError> {
        attempt.model.iter().try_for_each(|name| models::open(environment, name, &config).map(drop))
    };
    let chosen = existing(session, args)
        .or_else(|missing| check(default()?).map_err(Failure::from).and(Err(missing)))?;
    let environment = match &chosen {
        Some(tasks) => of_tasks(session, tasks, args.tasks.env.as_deref())?,
        None => default()?,
    };
    let preset = attempt.preset.as_deref().map(|name| registry::preset(environment, name)).transpose()?;
    for name in &attempt.model {
        models::open(environment, name, &config)?.note.iter().for_each(output::note);
    }
    let (names, rollouts) = if attempt.model.is_empty() {
        (models::ladder(environment), 1)
    } else {
        (attempt.model.clone(), ROLLOUTS_DEFAULT)
    };
    let rollouts = setting(attempt.num_runs, preset, "num-runs", rollouts)?;
    let episode = attempt.episode(preset)?;
    let store = open_store(&session.home)?;
    let plan_of = |tasks: &[TaskRef]| Plan {
        base_url: attempt.base_url.clone(),
        ..plan(environment, tasks, names, rollouts, episode)
    };
    // What is cheap to check is checked first; then, before anything is generated or written, the sandbox must open.
    let ready = if let Some(tasks) = chosen {
        let ready = Ready::check(environment, plan_of(&tasks), &config)?;
        session.bench()?;
        ready
    } else {
        session.bench()?;
        let tasks = generate(session, &args.tasks, environment, preset)?;
        Ready::check(environment, plan_of(&tasks), &config)?
    };
    Ok((ready.begin(&store)?, store, environment))
}

/// The tasks that lie on disk already, if any are named; a model alone means the newest.
fn existing(session: &Session, args: &Args) -> Result<Option<Vec<TaskRef>>, Failure> {
    let (library, flags) = (session.library(), &args.tasks);
    let mut tasks = Vec::new();
    for written in &flags.dataset {
        tasks.extend(library.find(written)?);
    }
    for path in &flags.task {
        tasks.push(TaskRef::open(Library::folder_of(path))?);
    }
    if let Some(folder) = &flags.tasks_dir {
        tasks.extend(Library::tasks_at(folder)?);
    }
    let generates =
        flags.env.is_some() || flags.count.is_some() || flags.seed.is_some() || flags.salt.is_some();
    if tasks.is_empty() && !generates && !args.attempt.model.is_empty() {
        tasks = library.newest()?;
    }
    let mut seen = std::collections::BTreeSet::new();
    tasks.retain(|task| seen.insert(task.id().clone()));
    Ok((!tasks.is_empty()).then_some(tasks))
}

/// The one environment of all tasks.
fn of_tasks(
    session: &Session,
    tasks: &[TaskRef],
    wanted: Option<&str>,
) -> Result<&'static dyn Environment, Failure> {
    let name = tasks[0].manifest().environment.as_str();
    let other = tasks
        .iter()
        .map(|task| task.manifest().environment.as_str())
        .chain(wanted)
        .find(|other| *other != name);
    match other {
        None => Ok(session.registry.environment(name)?),
        Some(other) => Err(Failure::usage(
            format!("one run cannot have tasks of {name} and of {other}"),
            "make a run for each environment",
        )),
    }
}

fn generate(
    session: &Session,
    flags: &TaskFlags,
    environment: &'static dyn Environment,
    preset: Option<&Preset>,
) -> Result<Vec<TaskRef>, Failure> {
    let order = Order {
        environment,
        knobs: registry::knobs(environment, preset, &[])?,
        seed: flags.seed.unwrap_or(0),
        count: flags.count.unwrap_or(COUNT_DEFAULT),
        salt: registry::salt(flags.salt.as_deref())?,
        table: None,
        place: None,
    };
    Ok(session.generate(&order)?.tasks)
}

impl AttemptFlags {
    fn episode(&self, preset: Option<&Preset>) -> Result<EpisodeSpec, Failure> {
        let mut spec = EpisodeSpec::new("");
        let limits = &mut spec.limits;
        limits.turns_max = setting(self.max_steps, preset, "max-steps", limits.turns_max)?;
        limits.reply_tokens_max = setting(self.max_tokens, preset, "max-tokens", limits.reply_tokens_max)?;
        limits.probes_max = setting(self.max_eval_uses, preset, "max-eval-uses", limits.probes_max)?;
        Ok(spec)
    }
}

/// The flag, else the preset's setting, else the default.
fn setting(flag: Option<u32>, preset: Option<&Preset>, name: &str, default: u32) -> Result<u32, Failure> {
    let of_preset = preset.and_then(|preset| preset.episode.iter().find(|(known, _)| *known == name));
    match (flag, of_preset) {
        (Some(flag), _) => Ok(flag),
        (None, Some((_, text))) => text.parse().map_err(|_| {
            Failure::usage(
                format!("the preset's {name} is \"{text}\", not a whole number"),
                format!("give --{name}"),
            )
        }),
        (None, None) => Ok(default),
    }
}

/// A run that the store stopped can be resumed; the hint says how.
fn stopped_by(error: LabError, run: &RunId) -> Failure {
    let mut failure = Failure::from(error);
    let hint = format!("then `envy eval --resume {run}` goes on");
    failure.hint = if failure.hint.is_empty() { hint } else { format!("{}; {hint}", failure.hint) };
    failure
}

/// Says how the run can be read, resumed or mended.
fn conclude(report: &Report, ran: Ran) -> Result<(), Failure> {
    let run = &report.run;
    if ran.left > 0 {
        return Err(Failure::short(
            format!("the run was stopped with {} left", output::counted(ran.left, "episode")),
            format!("`envy eval --resume {run}` goes on"),
        ));
    }
    output::note(format!("`envy runs show {run}` lists the episodes, `--episode N` prints one"));
    let voids: usize = report.rows.iter().map(|row| row.voids).sum();
    if voids > 0 {
        return Err(Failure::short(
            format!("{} of {} came out void", voids, output::counted(report.finished, "episode")),
            format!(
                "`envy runs show {run}` says whose fault it was; `envy eval --resume {run}` tries them again"
            ),
        ));
    }
    Ok(())
}
