//! `envy dataset generate`.

use std::path::{Path, PathBuf};

use envy_core::TaskSpec;
use envy_lab::dataset::{Made, Order};
use envy_lab::{LabError, registry};
use serde_json::json;

use crate::difficulty::DifficultyFlags;
use crate::dynamics::DynamicsFlags;
use crate::fail::Failure;
use crate::knobs::KnobFlags;
use crate::output;
use crate::session::Session;
use crate::table::TableFlags;

/// Generate a task, or a set of them, each proved before it is written.
///
/// The same environment, knobs, seed, count and salt give the same bytes on every machine. The seeds of a set's tasks
/// are derived from the given one, so that sets of neighbouring seeds share nothing.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The kind of task.
    #[arg(value_name = "ENV", default_value = registry::DEFAULT_ENVIRONMENT)]
    environment: String,
    #[command(flatten)]
    difficulty: DifficultyFlags,
    /// Where every random draw comes from.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// How many tasks; more than one make a set.
    #[arg(long, value_name = "N", default_value_t = 1)]
    count: usize,
    /// Write to this folder instead of among the datasets.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Mix in the secret of this file: without it nobody can generate the tasks again [default: the file that
    /// `ENVY_SALT_FILE` names].
    #[arg(long, value_name = "FILE")]
    salt_file: Option<PathBuf>,
    /// Generate the one task of this spec, alone or within what `envy dataset show ID --json` printed.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["environment", "seed", "count", "preset", "level"])]
    spec: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    dynamics: DynamicsFlags,
    #[command(flatten)]
    table: TableFlags,
    #[command(flatten)]
    knobs: KnobFlags,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let session = Session::start()?;
    let (salt, table) = (registry::salt(args.salt_file.as_deref())?, args.table.read()?);
    let order = match &args.spec {
        Some(_)
            if !args.knobs.settings.is_empty()
                || args.difficulty.calibration.is_some()
                || args.dynamics.is_given() =>
        {
            return Err(Failure::usage(
                "a spec has every knob already",
                "leave the knobs out, or edit the spec",
            ));
        }
        Some(file) => {
            let order = Order::of_spec(&session.registry, &spec(file)?, salt, table)?;
            Order { place: args.out.clone(), ..order }
        }
        None => {
            let environment = session.registry.environment(&args.environment)?;
            Order {
                environment,
                knobs: args.dynamics.knobs(&session, &args.knobs.settings, |settings| {
                    args.difficulty.knobs(environment, settings)
                })?,
                seed: args.seed,
                count: args.count,
                salt,
                table,
                place: args.out.clone(),
            }
        }
    };
    session.stop_on_interrupt();
    let made = session.generate(&order)?;
    if args.json { output::json(&document(&made)) } else { output::print(&text(&made)) }
}

/// The spec of a file: the whole of it, or its member `spec`.
fn spec(file: &Path) -> Result<TaskSpec, Failure> {
    let text = std::fs::read(file).map_err(|error| LabError::file("read", file, &error))?;
    let read = || -> Result<TaskSpec, serde_json::Error> {
        let mut document: serde_json::Value = serde_json::from_slice(&text)?;
        let inner = document.get_mut("spec").map(serde_json::Value::take);
        serde_json::from_value(inner.unwrap_or(document))
    };
    read().map_err(|error| {
        let what = format!("{} holds no task spec ({error})", file.display());
        Failure::usage(what, "`envy dataset show ID --json` prints one")
    })
}

fn document(made: &Made) -> serde_json::Value {
    json!({
        "schema": "envy.generated/1",
        "folder": made.folder,
        "set": made.set,
        "tasks": made.tasks.iter().map(|task| json!({
            "id": task.id(),
            "title": task.manifest().title,
            "certified": task.manifest().certified,
            "folder": task.folder(),
        })).collect::<Vec<_>>(),
        "rejected": made.rejected,
        "notes": made.notes,
        "reused": made.reused,
    })
}

fn text(made: &Made) -> String {
    let tasks = made.tasks.iter().map(|task| {
        let proof = if task.manifest().certified { "certified" } else { "not certified" };
        format!("{}  {}  {proof}\n", task.id().short(), task.manifest().title)
    });
    format!("{}{}\n", tasks.collect::<String>(), made.folder.display())
}
