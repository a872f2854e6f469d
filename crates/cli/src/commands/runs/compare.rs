//! `envy runs compare`.

use envy_lab::Home;
use envy_lab::calibrate::compare::{Comparison, Difference, Side, compare};
use envy_lab::store::Reader;
use serde_json::json;

use crate::fail::Failure;
use crate::output;

/// Compare two runs on the tasks that both played, task by task.
///
/// A run that is still under way is compared by what it has sealed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The first run: its id, the beginning or end of it, or `last`.
    #[arg(value_name = "RUN_A")]
    a: String,
    /// The second.
    #[arg(value_name = "RUN_B")]
    b: String,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let reader = Reader::open(&Home::discover()?.store())?;
    let (a, b) = (reader.find(&args.a)?, reader.find(&args.b)?);
    let (of_a, of_b) = (reader.tallies(&a)?, reader.tallies(&b)?);
    let compared = compare(&Side { run: &a, tallies: &of_a }, &Side { run: &b, tallies: &of_b })?;
    if args.json {
        return output::json(&json!({"schema": "envy.comparison/1", "a": a, "b": b, "rows": compared}));
    }
    let headers =
        ["model", "tasks", "pass A", "pass B", "difference", "reward A", "reward B", "difference", "verdict"];
    output::print(&output::table(&headers, compared.iter().map(cells).collect(), 1))
}

fn cells(row: &Comparison) -> Vec<String> {
    let model = if row.model_a == row.model_b {
        row.model_a.clone()
    } else {
        format!("{} / {}", row.model_a, row.model_b)
    };
    vec![
        model,
        row.tasks.to_string(),
        format!("{:.2}", row.pass.a),
        format!("{:.2}", row.pass.b),
        difference(&row.pass),
        format!("{:.3}", row.reward.a),
        format!("{:.3}", row.reward.b),
        difference(&row.reward),
        verdict(row),
    ]
}

fn difference(found: &Difference) -> String {
    match found.interval {
        Some([low, high]) => format!("{:+.3} [{low:+.3}, {high:+.3}]", found.difference),
        None => format!("{:+.3}", found.difference),
    }
}

fn verdict(row: &Comparison) -> String {
    match (row.pass.is_settled(), row.tasks_to_settle) {
        (true, _) if row.pass.difference > 0.0 => "A passes more".to_owned(),
        (true, _) => "B passes more".to_owned(),
        (false, Some(tasks)) => format!("open; about {tasks} tasks would settle it"),
        (false, None) => "no difference seen".to_owned(),
    }
}
