//! `envy runs export`.

use std::path::PathBuf;

use envy_core::near;
use envy_lab::exports::{self, RunExport, Source};
use envy_lab::store::Reader;
use envy_lab::{Home, LabError, Registry};
use serde_json::json;

use crate::fail::Failure;
use crate::output;

/// Write a run for other tools to read: jsonl (whole records), parquet (the same in columns), atif, inspect, openenv-trace
/// (token ids for trainers), or sft (chats for fine-tuning).
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A run's id, its beginning or end, or `last`.
    #[arg(value_name = "RUN")]
    run: String,
    /// The format.
    #[arg(long, value_name = "FORMAT")]
    format: String,
    /// Write into this folder [default: a folder of the run's name in the current one].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Leave out voids and episodes with a smaller reward.
    #[arg(long, value_name = "X")]
    min_reward: Option<f64>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let format = find(&args.format)?;
    let reader = Reader::open(&Home::discover()?.store())?;
    let run = reader.find(&args.run)?;
    let plan = reader.plan(&run)?;
    let info = Registry::standard().environment(&plan.environment)?.info();
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from(&run.0));
    std::fs::create_dir_all(&out).map_err(|error| LabError::file("create", &out, &error))?;
    let source = Source { reader: &reader, run: &run, plan: &plan, info, reward_min: args.min_reward };
    let exported = format.write(&source, &out)?;
    if args.json {
        let (format, files) = (format.name(), &exported.files);
        return output::json(&json!({
            "schema": "envy.export/1", "run": run, "format": format, "episodes": exported.episodes, "files": files,
        }));
    }
    output::note(format!("{} as {}", output::counted(exported.episodes, "episode"), format.name()));
    exported.files.iter().try_for_each(|file| output::line(file.display().to_string()))
}

fn find(name: &str) -> Result<&'static dyn RunExport, Failure> {
    let found = exports::ALL.iter().copied().find(|format| format.name() == name);
    found.ok_or_else(|| {
        let known = exports::ALL.iter().map(|format| format.name());
        Failure::usage(format!("unknown format \"{name}\""), near::suggestion(name, known))
    })
}
