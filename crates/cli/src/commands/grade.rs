//! `envy grade`.

use std::path::PathBuf;

use envy_core::Verdict;
use envy_lab::grade::grade;
use serde_json::json;

use crate::fail::Failure;
use crate::output;
use crate::session::Session;
use crate::transcript;

/// Grade a folder of submitted files offline: the verdict that a run would have given them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The task: its folder or its id.
    #[arg(long, value_name = "DIR")]
    task: String,
    /// The folder with the submitted files; `answer.json` in it, if there is one, stands for the answer's arguments.
    #[arg(long, value_name = "DIR")]
    submission: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let session = Session::start()?;
    let tasks = session.library().find(&args.task)?;
    let [task] = &tasks[..] else {
        return Err(Failure::usage(
            format!("\"{}\" means {} tasks", args.task, tasks.len()),
            "name the folder or the id of one task",
        ));
    };
    let environment = session.registry.environment(&task.manifest().environment)?;
    let bench = session.bench()?;
    let outcome = session.block_on(grade(environment, task, &args.submission, bench))?;
    for line in &outcome.left_out {
        output::note(format!("left out: {line}"));
    }
    if args.json {
        output::json(&json!({
            "schema": "envy.grade/1",
            "task": task.id(),
            "task_digest": task.digest(),
            "files": outcome.submission.files.iter().map(|file| &file.path).collect::<Vec<_>>(),
            "verdict": outcome.verdict,
        }))?;
    } else {
        output::print(&transcript::verdict(&outcome.verdict))?;
    }
    match outcome.verdict {
        Verdict::Graded(_) => Ok(()),
        Verdict::Void(fault) => Err(Failure::short(
            format!("there is no score: {}", fault.detail),
            "`envy doctor` shows what works here",
        )),
    }
}
