//! `envy dataset list`.

use envy_core::TaskId;
use envy_lab::dataset::{Listed, TaskRef};
use serde_json::json;

use crate::fail::Failure;
use crate::output;
use crate::session::Session;

/// List the datasets, oldest first.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let listed = Session::start()?.library().list()?;
    for broken in listed.iter().filter_map(|one| one.task.as_ref().err()) {
        output::note(format!("not listed: {broken}"));
    }
    if args.json {
        let datasets: Vec<_> = usable(&listed).map(|(task, set)| document(task, set)).collect();
        return output::json(&json!({"schema": "envy.dataset-list/1", "datasets": datasets}));
    }
    if listed.is_empty() {
        output::note("there is no dataset yet: make one with `envy dataset generate`");
        return Ok(());
    }
    let ids: Vec<&TaskId> = usable(&listed).map(|(task, _)| task.id()).collect();
    let rows = usable(&listed).map(|(task, set)| {
        let manifest = task.manifest();
        vec![
            task.id().shortest(&ids).to_owned(),
            manifest.environment.clone(),
            manifest.title.clone(),
            if manifest.certified { "yes" } else { "no" }.to_owned(),
            set.unwrap_or("-").to_owned(),
        ]
    });
    output::print(&output::table(
        &["id", "environment", "title", "certified", "set"],
        rows.collect(),
        usize::MAX,
    ))
}

fn usable(listed: &[Listed]) -> impl Iterator<Item = (&TaskRef, Option<&str>)> {
    listed.iter().filter_map(|one| Some((one.task.as_ref().ok()?, one.set.as_deref())))
}

fn document(task: &TaskRef, set: Option<&str>) -> serde_json::Value {
    let manifest = task.manifest();
    json!({
        "id": manifest.id,
        "environment": manifest.environment,
        "title": manifest.title,
        "generator": manifest.generator,
        "certified": manifest.certified,
        "set": set,
        "folder": task.folder(),
        "digest": task.digest(),
    })
}
