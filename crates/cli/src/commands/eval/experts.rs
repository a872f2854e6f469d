//! `envy eval --expert`: the scores that later runs are shown beside.

use envy_core::{Environment, Expert, TaskId};
use envy_lab::store::{Plan, Tally};
use envy_lab::{expert, registry};
use serde_json::json;

use super::{Args, existing, generate, of_tasks};
use crate::fail::Failure;
use crate::output;
use crate::session::Session;

/// Keeps and shows the expert scores if nobody has to play for them; false if somebody has.
pub(super) fn without_play(session: &Session, args: &Args) -> Result<bool, Failure> {
    let (tasks, environment) = if let Some(tasks) = existing(session, args)? {
        let environment = of_tasks(session, &tasks, args.tasks.env.as_deref())?;
        (tasks, environment)
    } else {
        let name = args.tasks.env.as_deref().unwrap_or(registry::DEFAULT_ENVIRONMENT);
        let environment = session.registry.environment(name)?;
        session.bench()?;
        (generate(session, args, environment)?, environment)
    };
    let mut experts = Vec::with_capacity(tasks.len());
    for task in &tasks {
        match expert::known(environment, task)? {
            Some(expert) => experts.push((task.id().clone(), expert)),
            None if experts.is_empty() => return played(args).map(|()| false),
            None => {
                return Err(Failure::usage(
                    format!("{} has no expert score: its certificate does not hold one", task.id().short()),
                    "name the other datasets alone",
                ));
            }
        }
    }
    for (task, (_, expert)) in tasks.iter().zip(&experts) {
        expert::keep(task, expert)?;
    }
    show(&experts, args.json())?;
    output::note("nothing was played: the model that is scored is the environment's own");
    Ok(true)
}

/// An expert score is of one model.
fn played(args: &Args) -> Result<(), Failure> {
    match &args.attempt.model[..] {
        [model] if !model.starts_with("policy/") => Ok(()),
        _ => Err(Failure::usage(
            "here the agent also models, so an expert score is what a model reaches on uncorrupted data",
            "give one --model provider/name",
        )),
    }
}

/// Keeps what was reached on uncorrupted data, and says so.
pub(super) fn tell_played(
    environment: &dyn Environment,
    plan: &Plan,
    tallies: &[Tally],
) -> Result<(), Failure> {
    for (task, expert) in expert::keep_played(environment, plan, tallies)? {
        output::note(format!("expert score of {}: {} {:.4}", task.short(), expert.metric, expert.score));
    }
    Ok(())
}

fn show(experts: &[(TaskId, Expert)], as_json: bool) -> Result<(), Failure> {
    if as_json {
        let all = experts.iter().map(|(task, expert)| {
            json!({"task": task, "score": expert.score, "floor": expert.floor, "metric": expert.metric})
        });
        return output::json(&json!({"schema": "envy.experts/1", "experts": all.collect::<Vec<_>>()}));
    }
    let ids: Vec<_> = experts.iter().map(|(task, _)| task).collect();
    let rows = experts.iter().map(|(task, expert)| {
        let floor = expert.floor.map_or("-".to_owned(), |floor| format!("{floor:.4}"));
        vec![task.shortest(&ids).to_owned(), format!("{:.4}", expert.score), floor]
    });
    output::print(&output::table(&["task", "expert score", "as given"], rows.collect(), 1))
}
