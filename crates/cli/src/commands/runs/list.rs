//! `envy runs list`.

use envy_lab::Home;
use envy_lab::store::{Reader, RunSummary};
use serde_json::json;

use crate::fail::Failure;
use crate::output;

/// List the runs, oldest first.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Those of this environment.
    #[arg(long, value_name = "ENV")]
    env: Option<String>,
    /// Those in which a model plays whose name has this in it.
    #[arg(long, value_name = "TEXT")]
    model: Option<String>,
    /// Those that can be resumed: episodes are left, or void.
    #[arg(long)]
    unfinished: bool,
    /// What to sort by.
    #[arg(long, value_name = "COLUMN", value_enum, default_value_t = Column::Begun)]
    sort: Column,
    /// The other way round.
    #[arg(long)]
    reverse: bool,
    /// The first N of what is left.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// A column to sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Column {
    /// When it began.
    Begun,
    /// The environment.
    Environment,
    /// Graded episodes.
    Graded,
    /// Void episodes.
    Voids,
}

impl Args {
    /// What is wanted of `runs`, in the order that is wanted.
    fn choose(&self, mut runs: Vec<RunSummary>) -> Vec<RunSummary> {
        runs.retain(|run| {
            let environment = self.env.as_ref().is_none_or(|wanted| run.environment == *wanted);
            let model =
                self.model.as_ref().is_none_or(|part| run.models.iter().any(|name| name.contains(part)));
            let open = (run.graded as usize) < run.planned || run.voids > 0;
            environment && model && (open || !self.unfinished)
        });
        match self.sort {
            Column::Begun => runs.sort_by(|a, b| a.id.cmp(&b.id)),
            Column::Environment => runs.sort_by(|a, b| a.environment.cmp(&b.environment)),
            Column::Graded => runs.sort_by_key(|run| run.graded),
            Column::Voids => runs.sort_by_key(|run| run.voids),
        }
        if self.reverse {
            runs.reverse();
        }
        runs.truncate(self.limit.unwrap_or(usize::MAX));
        runs
    }
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let path = Home::discover()?.store();
    let runs = if path.exists() { args.choose(Reader::open(&path)?.runs()?) } else { Vec::new() };
    if args.json {
        return output::json(&json!({"schema": "envy.run-list/1", "runs": runs}));
    }
    if runs.is_empty() {
        output::note("there is no such run: `envy eval` makes one");
        return Ok(());
    }
    let rows = runs.into_iter().map(|run| {
        let models = match &run.models[..] {
            [one] => one.clone(),
            several => output::counted(several.len(), "model"),
        };
        let (graded, planned) = (run.graded, run.planned);
        vec![
            run.id.0,
            run.created,
            run.environment,
            models,
            run.tasks.to_string(),
            format!("{graded}/{planned}"),
            run.voids.to_string(),
        ]
    });
    let headers = ["run", "begun", "environment", "models", "tasks", "graded", "voids"];
    output::print(&output::table(&headers, rows.collect(), 4))
}
