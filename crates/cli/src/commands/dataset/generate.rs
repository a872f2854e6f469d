//! `envy dataset generate`.

use std::path::PathBuf;

use envy_lab::dataset::{Made, Order};
use envy_lab::registry;
use serde_json::json;

use crate::difficulty::DifficultyFlags;
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
    /// Mix in the secret of this file: without it nobody can generate the tasks again.
    #[arg(long, value_name = "FILE")]
    salt: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    table: TableFlags,
    #[command(flatten)]
    knobs: KnobFlags,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let session = Session::start()?;
    let environment = session.registry.environment(&args.environment)?;
    let order = Order {
        environment,
        knobs: args.difficulty.knobs(environment, &args.knobs.settings)?,
        seed: args.seed,
        count: args.count,
        salt: registry::salt(args.salt.as_deref())?,
        table: args.table.read()?,
        place: args.out.clone(),
    };
    session.stop_on_interrupt();
    let made = session.generate(&order)?;
    if args.json { output::json(&document(&made)) } else { output::print(&text(&made)) }
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
