//! `envy tune plan`.

use envy_lab::calibrate::power::Question;
use serde_json::json;

use crate::fail::Failure;
use crate::output;

/// Say how many tasks and rollouts it takes to find a difference between two models.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The difference of pass rates to be found.
    #[arg(long, value_name = "X")]
    difference: f64,
    /// The pass rate of the weaker model.
    #[arg(long, value_name = "X", default_value_t = 0.25)]
    rate: f64,
    /// The chance of finding the difference.
    #[arg(long, value_name = "X", default_value_t = 0.8)]
    power: f64,
    /// The chance of finding one where there is none.
    #[arg(long, value_name = "X", default_value_t = 0.05)]
    alpha: f64,
    /// Rollouts of each task with each model.
    #[arg(long, value_name = "N", default_value_t = 4)]
    num_runs: u32,
    /// Standard deviation of the tasks' difficulties, logits.
    #[arg(long, value_name = "X", default_value_t = 0.7)]
    task_sd: f64,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let question = Question {
        rate: args.rate,
        difference: args.difference,
        power: args.power,
        alpha: args.alpha,
        rollouts: args.num_runs,
        task_sd: args.task_sd,
    };
    let need = question.need()?;
    if args.json {
        let mut document = serde_json::to_value(need).expect("plain data");
        document["schema"] = json!("envy.plan/1");
        return output::json(&document);
    }
    let rows = vec![
        vec!["the same".to_owned(), need.tasks_paired.to_string(), need.episodes_paired.to_string()],
        vec![
            "different ones".to_owned(),
            need.tasks_unpaired.to_string(),
            need.episodes_unpaired.to_string(),
        ],
    ];
    output::print(&output::table(&["tasks of both models", "tasks", "episodes in all"], rows, 1))
}
