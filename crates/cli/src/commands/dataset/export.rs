//! `envy dataset export`.

use std::path::PathBuf;

use envy_core::near;
use envy_lab::{LabError, task_json};

use crate::fail::Failure;
use crate::output;
use crate::session::Session;

/// The one format there is.
const TASK_JSON: &str = "task-json";

/// Write tasks in the published task format, answers included: `envy eval --task FILE` runs such a file.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Ids, beginnings of ids, sets, folders.
    #[arg(value_name = "ID", required = true, num_args = 1..)]
    tasks: Vec<String>,
    /// The format: task-json.
    #[arg(long, value_name = "FORMAT", default_value = TASK_JSON)]
    format: String,
    /// Write into this folder [default: the current one].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    if args.format != TASK_JSON {
        let what = format!("unknown format \"{}\"", args.format);
        return Err(Failure::usage(what, near::suggestion(&args.format, [TASK_JSON])));
    }
    let session = Session::start()?;
    let out = args.out.clone().unwrap_or_default();
    if !out.as_os_str().is_empty() {
        std::fs::create_dir_all(&out).map_err(|error| LabError::file("create", &out, &error))?;
    }
    for written in &args.tasks {
        for task in session.library().find(written)? {
            let path = out.join(format!("{}.json", task.id()));
            std::fs::write(&path, task_json::text(&task)?)
                .map_err(|error| LabError::file("write", &path, &error))?;
            output::line(path.display().to_string())?;
        }
    }
    Ok(())
}
