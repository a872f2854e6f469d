//! `envy dataset export`.

use std::path::{Path, PathBuf};

use envy_core::near;
use envy_lab::dataset::TaskRef;
use envy_lab::harbor::{self, GRADER_HINT, HarborExport};
use envy_lab::{LabError, runtime, task_json};

use crate::fail::Failure;
use crate::output;
use crate::session::Session;

/// The published task format.
const TASK_JSON: &str = "task-json";

/// Task folders of Harbor (task.toml 1.4).
const HARBOR: &str = "harbor";

/// Write tasks for other tools, answers included: in the published task format, or as task folders of Harbor.
///
/// `envy eval --task FILE` runs a file of the published format. A folder of Harbor brings its grader: a static envy, which
/// runs the agent's code in boxes of its own inside the verifier's and writes no reward where it cannot; the reference
/// policy plays each task once, for the oracle's solution.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Ids, beginnings of ids, sets, folders.
    #[arg(value_name = "ID", required = true, num_args = 1..)]
    tasks: Vec<String>,
    /// The format: task-json or harbor.
    #[arg(long, value_name = "FORMAT", default_value = TASK_JSON)]
    format: String,
    /// Write into this folder [default: the current one].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// With harbor: the image of agent and verifier; the folder `image` holds its recipe.
    #[arg(long, value_name = "NAME", default_value = "envy-runtime:latest")]
    image: String,
    /// With harbor: the static envy that grades [default: this program, if it is one].
    #[arg(long, value_name = "FILE")]
    grader: Option<PathBuf>,
    /// With harbor: let each task build an image of its own, with the data in it, for readers that put no loose files
    /// into a container (inspect-harbor).
    #[arg(long)]
    dockerfile: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let known = [TASK_JSON, HARBOR];
    if !known.contains(&args.format.as_str()) {
        let what = format!("unknown format \"{}\"", args.format);
        return Err(Failure::usage(what, near::suggestion(&args.format, known)));
    }
    let session = Session::start()?;
    let out = args.out.clone().unwrap_or_default();
    if !out.as_os_str().is_empty() {
        std::fs::create_dir_all(&out).map_err(|error| LabError::file("create", &out, &error))?;
    }
    let mut tasks = Vec::new();
    for written in &args.tasks {
        tasks.extend(session.library().find(written)?);
    }
    if args.format == HARBOR {
        return folders(args, &session, &tasks, &out);
    }
    for task in &tasks {
        let path = out.join(format!("{}.json", task.id()));
        std::fs::write(&path, task_json::text(task)?)
            .map_err(|error| LabError::file("write", &path, &error))?;
        output::line(path.display().to_string())?;
    }
    Ok(())
}

/// The tasks as folders of Harbor beneath `tasks`, and the recipe of their image beneath `image`.
fn folders(args: &Args, session: &Session, tasks: &[TaskRef], out: &Path) -> Result<(), Failure> {
    let grader = match &args.grader {
        Some(path) => path.clone(),
        None => std::env::current_exe().map_err(|error| {
            Failure::short(format!("this program cannot find itself: {error}"), GRADER_HINT)
        })?,
    };
    let export = HarborExport { image: &args.image, grader: &grader, dockerfile: args.dockerfile };
    match (export.runs_anywhere()?, &args.grader) {
        (true, _) => {}
        (false, None) => {
            let what =
                "this program needs libraries that a verifier's image may not have, so it cannot grade there";
            return Err(Failure::usage(what, GRADER_HINT));
        }
        (false, Some(path)) => {
            output::note(format!("{} is not static: the image must have its libraries", path.display()));
        }
    }
    let bench = session.bench()?;
    if let Some(runtime) = runtime::find(session.home.cache(), false).map_err(LabError::from)? {
        harbor::write_image(&runtime, &out.join("image"))?;
    }
    for task in tasks {
        let environment = session.registry.environment(&task.manifest().environment)?;
        let solution = session.block_on(harbor::solve(environment, task, bench))?;
        let folder = export.write(environment, task, &solution, &out.join("tasks"))?;
        output::line(folder.display().to_string())?;
    }
    Ok(())
}
