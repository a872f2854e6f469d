//! `envy dataset generate`.

use std::path::PathBuf;

use envy_lab::dataset::{Made, Order, OwnTable};
use envy_lab::registry;
use serde_json::json;

use crate::fail::Failure;
use crate::knobs::KnobFlags;
use crate::output;
use crate::session::Session;

/// Generate a task, or a set of them, each proved before it is written.
///
/// The same environment, knobs, seed, count and salt give the same bytes on every machine. The seeds of a set's tasks
/// are derived from the given one, so that sets of neighbouring seeds share nothing.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The kind of task.
    #[arg(value_name = "ENV", default_value = registry::DEFAULT_ENVIRONMENT)]
    environment: String,
    /// Take the knobs of this preset; single knobs still win.
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
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

/// A table of the user's own.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Your own table")]
struct TableFlags {
    /// Make the task from this CSV file instead of a generated table.
    #[arg(long, value_name = "FILE", requires = "target")]
    table: Option<PathBuf>,
    /// The column to predict: a name, or a number from 0 (negative counts from the end).
    #[arg(long, value_name = "COLUMN", requires = "table", allow_hyphen_values = true)]
    target: Option<String>,
    /// The first line is data already.
    #[arg(long, requires = "table")]
    no_header: bool,
    /// Pass over this many lines before the header or the data.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "table")]
    skip_lines: usize,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let session = Session::start()?;
    let environment = session.registry.environment(&args.environment)?;
    let preset = args.preset.as_deref().map(|name| registry::preset(environment, name)).transpose()?;
    let order = Order {
        environment,
        knobs: registry::knobs(environment, preset, &args.knobs.settings)?,
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

impl TableFlags {
    fn read(&self) -> Result<Option<OwnTable>, Failure> {
        let (Some(file), Some(target)) = (&self.table, &self.target) else { return Ok(None) };
        Ok(Some(OwnTable::read(file, target, !self.no_header, self.skip_lines)?))
    }
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
