//! `envy eval`.

mod experts;
mod flags;
mod fresh;
mod settings;
mod threshold;

use std::path::Path;
use std::sync::Arc;

use envy_core::{Environment, EpisodeSpec, RunId, TaskId};
use envy_lab::dataset::{Library, Order, TaskRef};
use envy_lab::exports::Source;
use envy_lab::models::{self, ModelSettings};
use envy_lab::report::{Report, report};
use envy_lab::run::{Ran, Ready, Run, Watch, plan};
use envy_lab::store::{Outcome, Plan, Store};
use envy_lab::{LabError, harbor, registry, replay};

pub(crate) use flags::{Args, ModelFlags};
use flags::{AttemptFlags, COUNT_DEFAULT, Resolved, TaskFlags};
pub(crate) use fresh::Fresh;
pub(crate) use settings::with_file;

use super::runs::show::rows;
use super::task_files;
use crate::fail::Failure;
use crate::output;
use crate::session::{Session, open_store};
use crate::watch::Watcher;

/// What was played, to its end or until it was stopped.
pub(crate) struct Played {
    run: Run,
    store: Arc<Store>,
    environment: &'static dyn Environment,
    ran: Ran,
}

impl Played {
    /// The run's name.
    pub(crate) fn run(&self) -> &RunId {
        self.run.id()
    }

    /// Episodes that are still to be played.
    pub(crate) fn left(&self) -> usize {
        self.ran.left
    }

    /// The tasks, in order.
    pub(crate) fn tasks(&self) -> Vec<TaskId> {
        self.run.plan().tasks.iter().map(|task| task.id.clone()).collect()
    }

    /// What came of each episode.
    ///
    /// # Errors
    /// The store failed.
    pub(crate) fn outcomes(&self) -> Result<Vec<Outcome>, Failure> {
        let tallies = self.store.reader()?.tallies(self.run.id())?;
        Ok(tallies.into_iter().map(|tally| tally.outcome).collect())
    }
}

/// Plays what the flags ask for.
///
/// # Errors
/// The flags make no sense, or the host cannot play.
pub(crate) fn play(session: &Session, args: &Args) -> Result<Played, Failure> {
    let flow = &args.flow;
    let (run, store, environment) = match &flow.resume {
        Some(_) if args.says_what_to_play() => {
            return Err(Failure::usage(
                "--resume finishes a run as it was begun",
                "only --concurrency, --sequential, --prices, --verbose and --json go with it",
            ));
        }
        Some(written) => resume(session, written, flow.prices.as_deref())?,
        None => begin(session, args)?,
    };
    let (left, tallies) = (run.left(&store)?.len(), store.reader()?.tallies(run.id())?);
    let concurrency = flow.concurrency(&run.plan().models);
    let bench = session.bench()?;
    output::note(format!(
        "{}: {} on {}",
        run.id(),
        output::counted(left, "episode"),
        output::counted(run.plan().tasks.len(), "task")
    ));
    let watch: Arc<dyn Watch> = Arc::new(Watcher::new(run.plan(), &tallies, left, flow.verbose));
    let ran = session.block_on(run.play(bench, &store, concurrency, session.cancel.clone(), &watch));
    drop(watch);
    let ran = ran.map_err(|error| stopped_by(error, run.id()))?;
    Ok(Played { run, store, environment, ran })
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let args = &with_file(args, &["eval"])?;
    let session = Session::start()?;
    session.stop_on_interrupt();
    session.want_slow(args.attempt.slow);
    if args.attempt.expert && args.flow.resume.is_none() && experts::without_play(&session, args)? {
        return Ok(());
    }
    let Played { run, store, environment, ran } = play(&session, args)?;
    let reader = store.reader()?;
    if let Some(folder) = &args.flow.output_dir {
        let source = Source {
            reader: &reader,
            run: run.id(),
            plan: run.plan(),
            info: environment.info(),
            reward_min: None,
        };
        task_files::write_results(&source, folder)?;
    }
    let tallies = reader.tallies(run.id())?;
    let report = report(run.id(), run.plan(), environment.info(), &tallies);
    if args.flow.json {
        output::json(&report)?;
    } else {
        output::print(&rows(&report, environment.info()))?;
    }
    if let [model] = &run.plan().models[..]
        && let Some(source) = replay::run_of(model)
    {
        tell_compared(&replay::Source::find(source, &session.home.store())?, &store, run.id())?;
    }
    conclude(&report, ran)?;
    if run.plan().episode.expert {
        experts::tell_played(environment, run.plan(), &tallies)?;
    }
    Ok(())
}

type Begun = (Run, Arc<Store>, &'static dyn Environment);

fn resume(session: &Session, written: &str, prices: Option<&Path>) -> Result<Begun, Failure> {
    let store = open_store(&session.home)?;
    let reader = store.reader()?;
    let id = reader.find(written)?;
    let plan = reader.plan(&id)?;
    let environment = session.registry.environment(&plan.environment)?;
    session.want_slow(plan.episode.slow);
    let prices = prices.map(Path::to_owned).or_else(|| plan.reach.prices.clone());
    let sources = ModelSettings { prices, ..plan.reach.clone() }.sources(&session.home.store())?;
    let ready = Ready::check(environment, plan, &sources)?;
    session.bench()?;
    Ok((ready.resume(id), store, environment))
}

/// A replay plays what its run played, in the same way.
fn replayed(session: &Session, args: &Args, run: &str) -> Result<Begun, Failure> {
    let alone = AttemptFlags { model: args.attempt.model.clone(), ..AttemptFlags::default() };
    let others = args.tasks != TaskFlags::default() || args.model != ModelFlags::default();
    if others || args.attempt != alone || alone.model.len() > 1 {
        return Err(Failure::usage(
            "a replay plays the tasks of its run, in the way they were played",
            "only --concurrency, --sequential, --verbose and --json go with --model replay/RUN",
        ));
    }
    let store_file = session.home.store();
    let source = replay::Source::find(run, &store_file)?;
    let environment = session.registry.environment(&source.plan().environment)?;
    session.want_slow(source.plan().episode.slow);
    let reach = ModelSettings::default();
    let sources = reach.sources(&store_file)?;
    let mut plan = Plan { models: vec![source.name()], reach, ..source.plan().clone() };
    // A replay asks nobody: what a reviewer said is in the recorded run.
    plan.episode.review = None;
    let ready = Ready::check(environment, plan, &sources)?;
    session.bench()?;
    let store = open_store(&session.home)?;
    Ok((ready.begin(&store)?, store, environment))
}

fn begin(session: &Session, args: &Args) -> Result<Begun, Failure> {
    if let Some(run) = args.attempt.model.iter().find_map(|name| replay::run_of(name)) {
        return replayed(session, args, run);
    }
    let default =
        || session.registry.environment(args.tasks.env.as_deref().unwrap_or(registry::DEFAULT_ENVIRONMENT));
    // An unknown model is told before anything is looked for, generated or built.
    let open = |environment: &dyn Environment| unpriced(session, args, environment);
    let chosen = existing(session, args).or_else(|missing| open(default()?).and(Err(missing)))?;
    let environment = if let Some(tasks) = &chosen {
        let environment = of_tasks(session, tasks, args.tasks.env.as_deref())?;
        args.attempt.difficulty.check(environment, tasks)?;
        task_files::choose_backend(tasks)?;
        environment
    } else {
        let environment = default()?;
        args.knobs(environment)?;
        environment
    };
    for name in open(environment)? {
        output::note(format!(
            "no price is known for {name}: its cost is not counted (--prices FILE names a table that has it)"
        ));
    }
    let mut args = args.clone();
    if args.attempt.max_steps.is_none() && args.attempt.difficulty.preset.is_none() {
        args.attempt.max_steps = task_files::turns(chosen.as_deref())?;
    }
    let Resolved { models, rollouts, until_placed, episode, reach, settings } = args.resolve(environment)?;
    let sources = reach.sources(&session.home.store())?;
    let judge = args.judge.settings(session)?;
    let store = open_store(&session.home)?;
    let plan_of = |tasks: &[TaskRef]| -> Result<Plan, Failure> {
        let tau = threshold::tuned(session, args.attempt.threshold_file.as_deref(), environment, tasks)?;
        let planned = plan(environment, tasks, models, rollouts, EpisodeSpec { tau, ..episode });
        Ok(Plan { reach, settings, until_placed, judge, ..planned })
    };
    // What is cheap to check is checked first; then, before anything is generated or written, the sandbox must open.
    let ready = if let Some(tasks) = chosen {
        let ready = Ready::check(environment, plan_of(&tasks)?, &sources)?;
        session.bench()?;
        ready
    } else {
        session.bench()?;
        let tasks = generate(session, &args, environment)?;
        Ready::check(environment, plan_of(&tasks)?, &sources)?
    };
    Ok((ready.begin(&store)?, store, environment))
}

/// The named models without a price, once all are found; a bound on their cost could not hold.
fn unpriced(session: &Session, args: &Args, environment: &dyn Environment) -> Result<Vec<String>, Failure> {
    let sources = args.resolve(environment)?.reach.sources(&session.home.store())?;
    let mut unpriced = Vec::new();
    for name in &args.attempt.model {
        if !models::open(environment, name, &sources)?.is_priced {
            unpriced.push(name.clone());
        }
    }
    match unpriced.first().filter(|_| args.attempt.cost_budget.is_some()) {
        Some(name) => Err(Failure::usage(
            format!("no price is known for {name}, so --cost-budget could not hold"),
            "name a table with its price by --prices FILE, or bound it by --token-budget",
        )),
        None => Ok(unpriced),
    }
}

/// The tasks that lie on disk already, if any are named; a model alone means the newest.
fn existing(session: &Session, args: &Args) -> Result<Option<Vec<TaskRef>>, Failure> {
    let (library, flags) = (session.library(), &args.tasks);
    let mut tasks = Vec::new();
    for written in &flags.dataset {
        tasks.extend(library.find(written)?);
    }
    for path in &flags.task {
        tasks.push(if task_files::is_one(path) {
            task_files::task(session, path, flags.files.as_deref())?
        } else {
            TaskRef::open(Library::folder_of(path))?
        });
    }
    if let Some(folder) = &flags.tasks_dir {
        let files = task_files::within(folder)?;
        for file in &files {
            tasks.push(task_files::task(session, file, flags.files.as_deref())?);
        }
        if files.is_empty() {
            tasks.extend(Library::tasks_at(folder)?);
        }
    }
    if let Some(folder) = &flags.harbor {
        tasks.extend(harbor::import(folder, &library)?);
    }
    if tasks.is_empty() && !args.generates() && !args.attempt.model.is_empty() {
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
    args: &Args,
    environment: &'static dyn Environment,
) -> Result<Vec<TaskRef>, Failure> {
    let flags = &args.tasks;
    let order = Order {
        environment,
        knobs: args.knobs(environment)?,
        seed: flags.seed.unwrap_or(0),
        count: flags.count.unwrap_or(COUNT_DEFAULT),
        salt: registry::salt(flags.salt_file.as_deref())?,
        table: flags.own.read()?,
        place: flags.place.clone(),
    };
    Ok(session.generate(&order)?.tasks)
}

/// A run that the store stopped can be resumed; the hint says how.
fn stopped_by(error: LabError, run: &RunId) -> Failure {
    let mut failure = Failure::from(error);
    let hint = format!("then `envy eval --resume {run}` goes on");
    failure.hint = if failure.hint.is_empty() { hint } else { format!("{}; {hint}", failure.hint) };
    failure
}

/// Says whether a replay came out as its run did.
fn tell_compared(source: &replay::Source, store: &Store, run: &RunId) -> Result<(), Failure> {
    let compared = source.compare(&store.reader()?, run)?;
    let all = output::counted(compared.same + compared.different.len(), "episode");
    output::note(format!(
        "{} of {all} came out as recorded, with the same trajectory and verdict",
        compared.same
    ));
    match compared.different.first() {
        None => Ok(()),
        Some(first) => Err(Failure::short(
            format!("{} of {all} came out otherwise than recorded", compared.different.len()),
            format!(
                "compare `envy runs show {run} --episode {first}` with the same episode of the recorded run"
            ),
        )),
    }
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
        let why = report.rows.iter().flat_map(|row| &row.fault_details).next();
        return Err(Failure::short(
            format!(
                "{voids} of {} came out void{}",
                output::counted(report.finished, "episode"),
                why.map(|why| format!(" ({why})")).unwrap_or_default()
            ),
            format!(
                "`envy runs show {run}` says whose fault it was; `envy eval --resume {run}` tries them again"
            ),
        ));
    }
    Ok(())
}
