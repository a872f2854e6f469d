//! `envy audit`.

use std::path::PathBuf;

use envy_core::Environment;
use envy_lab::audit::{self, Audit, Rung, Settings, Watch, audit};
use envy_lab::dataset::{Library, Order, TaskRef};
use envy_lab::{guess, registry};

use crate::commands::task_files;
use crate::fail::Failure;
use crate::output;
use crate::progress::Progress;
use crate::session::Session;

/// Tasks that are generated when nobody says how many.
const COUNT_DEFAULT: usize = 3;

/// Episodes at once for each core: scripted policies wait for nothing else.
const POLICIES_PER_CORE: usize = 2;

/// Check that tasks measure work and nothing but work: the reference solves them, nothing earns nothing, no cheat of the
/// zoo earns more, canaries stay hidden, the same spec makes the same bytes, and noise is smaller than skill.
///
/// Without a task, tasks are generated (--env, --count, --seed, --preset). Exits with 1 when a line falls short.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Audit generated tasks of this environment [default cleaning].
    #[arg(long, value_name = "ENV")]
    env: Option<String>,
    /// Generate this many tasks [default 3].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=audit::TASKS_MAX as u64))]
    count: Option<u64>,
    /// Where every random draw of the generation comes from.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Take the knobs of this preset for generated tasks.
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    /// Audit these datasets: ids, beginnings of ids, sets, folders.
    #[arg(long, value_name = "ID", num_args = 1.., conflicts_with_all = ["count", "seed", "preset"])]
    dataset: Vec<String>,
    /// Audit every task in this folder, or every file in the published task format.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["count", "seed", "preset", "dataset"])]
    tasks_dir: Option<PathBuf>,
    /// The secret salt of the tasks, a file.
    #[arg(long, value_name = "FILE")]
    salt_file: Option<PathBuf>,
    /// Play nothing: run the generator again with all that is public of each task, and say how much of the hidden half that
    /// gives. Exits with 1 where it helps.
    #[arg(long, conflicts_with_all = ["cheats", "ladder", "concurrency", "out"])]
    guess: bool,
    /// Play only these cheats.
    #[arg(long, value_name = "NAME", num_args = 1..)]
    cheats: Vec<String>,
    /// Play the ladder of policies and no cheat.
    #[arg(long, conflicts_with = "cheats")]
    ladder: bool,
    /// Episodes in flight at once.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    concurrency: Option<u32>,
    /// Write the audit to this file as one HTML page.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let session = Session::start()?;
    session.stop_on_interrupt();
    let (environment, tasks) = tasks(&session, args)?;
    if args.guess {
        return guess(&session, environment, &tasks, args.json);
    }
    let known: Vec<&str> =
        environment.policies().iter().chain(environment.exploits()).map(|policy| policy.name()).collect();
    if let Some(name) = args.cheats.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(Failure::usage(
            format!("{} has no cheat \"{name}\"", environment.info().name),
            envy_core::near::suggestion(name, known),
        ));
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let settings = Settings {
        salt: registry::salt(args.salt_file.as_deref())?,
        concurrency: args.concurrency.map_or(POLICIES_PER_CORE * cores, |count| count as usize),
        cheats: args.cheats.clone(),
        ladder_only: args.ladder,
    };
    let bench = session.bench()?.clone();
    let watch = Bar(std::sync::OnceLock::new());
    let cancel = session.cancel.clone();
    let found = session.block_on(audit(environment, &tasks, &settings, &bench, cancel, &watch))?;
    drop(watch);
    if let Some(file) = &args.out {
        audit::write(&found, file)?;
        output::note(format!("written to {}", file.display()));
    }
    if args.json {
        output::json(&found)?;
    } else {
        output::print(&text(&found))?;
    }
    let short: Vec<&str> =
        found.lines.iter().filter(|line| line.holds == Some(false)).map(|line| line.name).collect();
    if short.is_empty() {
        return Ok(());
    }
    Err(Failure::short(
        format!("{} of {} lines fall short: {}", short.len(), found.lines.len(), short.join(", ")),
        "the table says what was found; `envy eval --model policy/NAME` plays one policy by itself",
    ))
}

fn guess(
    session: &Session,
    environment: &'static dyn Environment,
    tasks: &[TaskRef],
    json: bool,
) -> Result<(), Failure> {
    let bench = session.bench()?.clone();
    let guesses = session.block_on(guess::all(environment, tasks, &bench))?;
    if json {
        output::json(&serde_json::json!({"schema": "envy.guesses/1", "guesses": guesses}))?;
    } else {
        let rows = guesses.iter().flat_map(|guess| guess.tries.iter().map(move |one| (guess, one)));
        let rows = rows.map(|(guess, one)| {
            let same = if one.same_task { "the very task" } else { "another task" };
            let shares = [one.share, guess.unrelated].map(|share| format!("{share:.3}"));
            let [share, unrelated] = shares;
            vec![
                guess.task.short().to_owned(),
                guess.salt.clone(),
                one.with.clone(),
                same.to_owned(),
                share,
                unrelated,
            ]
        });
        let headers = ["task", "salt", "guessed with", "made", "hidden lines", "unrelated tasks"];
        output::print(&output::table(&headers, rows.collect(), 4))?;
    }
    match guesses.iter().filter(|guess| guess.helps).count() {
        0 => Ok(()),
        helped => Err(Failure::short(
            format!("running the generator again gives away {}", output::counted(helped, "task")),
            "make the tasks with --salt-file, and keep that file",
        )),
    }
}

fn tasks(session: &Session, args: &Args) -> Result<(&'static dyn Environment, Vec<TaskRef>), Failure> {
    let mut tasks = Vec::new();
    for written in &args.dataset {
        tasks.extend(session.library().find(written)?);
    }
    if let Some(folder) = &args.tasks_dir {
        let files = task_files::within(folder)?;
        for file in &files {
            tasks.push(task_files::task(session, file, None)?);
        }
        if files.is_empty() {
            tasks.extend(Library::tasks_at(folder)?);
        }
    }
    let Some(first) = tasks.first() else {
        let environment =
            session.registry.environment(args.env.as_deref().unwrap_or(registry::DEFAULT_ENVIRONMENT))?;
        return Ok((environment, generated(session, args, environment)?));
    };
    let name = first.manifest().environment.clone();
    let names = tasks.iter().map(|task| task.manifest().environment.as_str()).chain(args.env.as_deref());
    if let Some(other) = names.into_iter().find(|other| *other != name) {
        return Err(Failure::usage(
            format!("one audit cannot have tasks of {name} and of {other}"),
            "make an audit for each environment",
        ));
    }
    Ok((session.registry.environment(&name)?, tasks))
}

fn generated(
    session: &Session,
    args: &Args,
    environment: &'static dyn Environment,
) -> Result<Vec<TaskRef>, Failure> {
    let preset = args.preset.as_deref().map(|name| registry::preset(environment, name)).transpose()?;
    let order = Order {
        environment,
        knobs: registry::knobs(environment, preset, &[])?,
        seed: args.seed,
        count: args.count.map_or(COUNT_DEFAULT, |count| count as usize),
        salt: registry::salt(args.salt_file.as_deref())?,
        table: None,
        place: None,
    };
    Ok(session.generate(&order)?.tasks)
}

/// A bar, once it is known how many episodes there are.
struct Bar(std::sync::OnceLock<Progress>);

impl Watch for Bar {
    fn begun(&self, episodes: usize) {
        self.0.get_or_init(|| Progress::start("auditing", episodes));
    }

    fn over(&self, policy: &str) {
        if let Some(bar) = self.0.get() {
            bar.advance(|| policy.to_owned());
        }
    }
}

fn text(audit: &Audit) -> String {
    let lines = audit.lines.iter().map(|line| {
        let word = match line.holds {
            Some(true) => "holds",
            Some(false) => "FALLS SHORT",
            None => "not checked",
        };
        vec![line.name.to_owned(), word.to_owned(), line.detail.clone()]
    });
    let mut text = format!(
        "{}: {}, {}\n",
        audit.environment,
        output::counted(audit.tasks, "task"),
        output::counted(audit.episodes, "episode")
    );
    text += &output::table(&["line", "", "figures"], lines.collect(), usize::MAX);
    if !audit.note.is_empty() {
        text = format!("{text}{}\n", audit.note);
    }
    let headers = ["policy", "kind", "episodes", "voids", "pass rate", "mean", "most", "flags"];
    let rungs = audit.ladder.iter().chain(&audit.cheats).map(row);
    text += "\n";
    text += &output::table(&headers, rungs.collect(), 2);
    text
}

fn row(rung: &Rung) -> Vec<String> {
    let flags: Vec<String> = rung.flags.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    let [low, high] = rung.pass_interval;
    vec![
        rung.policy.clone(),
        rung.kind.to_owned(),
        rung.episodes.to_string(),
        rung.voids.to_string(),
        rung.pass_rate.map_or("-".to_owned(), |rate| format!("{rate:.2} [{low:.2}, {high:.2}]")),
        output::figure(rung.reward_mean),
        output::figure(rung.reward_max),
        flags.join(", "),
    ]
}
