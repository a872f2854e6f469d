//! `envy grade`.

use std::path::{Path, PathBuf};

use envy_core::Verdict;
use envy_lab::LabError;
use envy_lab::grade::grade;
use envy_lab::harbor::{REWARD_FILE, reward};
use serde_json::json;

use super::judge::JudgeFlags;
use crate::alone;
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
    /// Grade as on this track of the environment.
    #[arg(long, value_name = "NAME", default_value = envy_core::Track::FIXED.name)]
    track: String,
    #[command(flatten)]
    judge: JudgeFlags,
    /// Write the reward and the metrics to this file as a verifier of Harbor does; without a score it is not written.
    #[arg(long, value_name = "FILE")]
    reward: Option<PathBuf>,
    /// First end every other process that can be seen: for a verifier in the container that an agent worked in, whose
    /// rewards lie in /logs/verifier.
    #[arg(long, requires = "reward")]
    kill_others: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    if args.kill_others {
        // On a machine of one's own this would end everything one runs.
        if args.reward.as_deref() != Some(Path::new(REWARD_FILE)) {
            return Err(Failure::usage(
                "--kill-others is for a verifier of Harbor",
                format!("it goes with --reward {REWARD_FILE} alone"),
            ));
        }
        output::note(format!("processes that were ended first: {}", alone::kill_others()?));
    }
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
    let judge = args.judge.settings(&session)?.map(|judge| judge.judge(&session.home.store())).transpose()?;
    let outcome = session.block_on(grade(environment, task, &args.submission, &args.track, bench, judge))?;
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
    if let (Some(path), Some(score)) = (&args.reward, outcome.verdict.score()) {
        std::fs::write(path, reward(score).to_string())
            .map_err(|error| LabError::file("write", path, &error))?;
    }
    match outcome.verdict {
        Verdict::Graded(_) => Ok(()),
        Verdict::Void(fault) => Err(Failure::short(
            format!("there is no score: {}", fault.detail),
            "`envy doctor` shows what works here",
        )),
    }
}
