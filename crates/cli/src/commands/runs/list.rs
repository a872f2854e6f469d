//! `envy runs list`.

use envy_lab::Home;
use envy_lab::store::Reader;
use serde_json::json;

use crate::fail::Failure;
use crate::output;

/// List the runs, oldest first.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let path = Home::discover()?.store();
    let runs = if path.exists() { Reader::open(&path)?.runs()? } else { Vec::new() };
    if args.json {
        return output::json(&json!({"schema": "envy.run-list/1", "runs": runs}));
    }
    if runs.is_empty() {
        output::note("there is no run yet: `envy eval` makes one");
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
