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
