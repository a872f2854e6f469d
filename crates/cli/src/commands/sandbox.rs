//! `envy sandbox`.

use std::io::Write as _;
use std::path::PathBuf;

use envy_core::{BoxFile, BoxSpec, Exec, ExecResult, JobEnd, JobLimits, LimitHit};
use envy_lab::LabError;
use envy_lab::suite::{self, Outcome};
use serde_json::json;

use crate::fail::Failure;
use crate::output;
use crate::session::Session;

/// Check the boxes that agent code runs in, or run a program in one.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Try to break out of a box in every way the suite knows, and run into every limit.
    Check {
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Run a program in a fresh box: no network, nothing of this machine but the runtime.
    Exec(ExecArgs),
}

#[derive(Debug, clap::Args)]
struct ExecArgs {
    /// Put this file into the work directory, under its own name.
    #[arg(long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// End it after this many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u64,
    /// The program and its arguments.
    #[arg(value_name = "PROGRAM", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    argv: Vec<String>,
}

/// Bytes kept of each stream.
const STREAM_BYTES: u64 = 1 << 20;

pub(crate) fn run(args: Args) -> Result<(), Failure> {
    match args.action {
        Action::Check { json } => check(json),
        Action::Exec(args) => exec(args),
    }
}

fn check(as_json: bool) -> Result<(), Failure> {
    let session = Session::start()?;
    let sandbox = session.bench()?.runner().sandbox();
    let cases = session.block_on(suite::run(sandbox));
    let rows = cases.iter().map(|case| {
        let (word, detail) = match &case.outcome {
            Outcome::Passed => ("passed", ""),
            Outcome::Failed(seen) => ("FAILED", seen.as_str()),
            Outcome::Skipped(needs) => ("SKIPPED", needs.as_str()),
        };
        [case.name, word, case.spec_line, detail].map(str::to_owned).to_vec()
    });
    let rows: Vec<Vec<String>> = rows.collect();
    if as_json {
        let cases = rows.iter().map(|row| {
            json!({"name": row[0], "outcome": row[1].to_lowercase(), "promise": row[2], "detail": row[3]})
        });
        let cases: Vec<_> = cases.collect();
        output::json(&json!({"schema": "envy.sandbox-check/1", "sandbox": sandbox.name(), "cases": cases}))?;
    } else {
        output::line(sandbox.name())?;
        output::print(&output::table(&["case", "outcome", "promise", "seen"], rows, usize::MAX))?;
    }
    let failed = cases.iter().filter(|case| matches!(case.outcome, Outcome::Failed(_))).count();
    match failed {
        0 => Ok(()),
        _ => Err(Failure::short(
            format!("{} of the boxes did not hold", output::counted(failed, "promise")),
            "do not run agent code here; please report what was seen",
        )),
    }
}

fn exec(args: ExecArgs) -> Result<(), Failure> {
    let session = Session::start()?;
    let mut files = Vec::new();
    for path in &args.files {
        let bytes = std::fs::read(path).map_err(|error| LabError::file("read", path, &error))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        files.push(BoxFile::new(name, bytes));
    }
    let wall_ms = args.timeout.saturating_mul(1_000);
    let limits = JobLimits { wall_ms, stream_bytes: STREAM_BYTES, ..JobLimits::standard() };
    let exec = Exec { argv: args.argv, cwd: String::new(), wall_ms, stream_bytes: STREAM_BYTES };
    let sandbox = session.bench()?.runner().sandbox();
    let result = session.block_on(async {
        let mut workbox = sandbox.open(BoxSpec { files, limits }).await?;
        workbox.exec(exec).await
    });
    finish(&result.map_err(LabError::from)?)
}

fn finish(result: &ExecResult) -> Result<(), Failure> {
    output::print(&String::from_utf8_lossy(&result.stdout))?;
    // Without a stderr there is nobody to tell.
    let _gone = std::io::stderr().write_all(&result.stderr);
    let message = match result.end {
        JobEnd::Exited(0) => return Ok(()),
        JobEnd::Exited(code) => format!("the program exited with {code}"),
        JobEnd::Signaled(signal) => format!("signal {signal} ended the program"),
        JobEnd::Limit(limit) => format!(
            "the box ended the program at its limit of {}",
            match limit {
                LimitHit::Time => "time",
                LimitHit::Memory => "memory",
                LimitHit::Processes => "processes",
                LimitHit::Disk => "disk",
                LimitHit::Output => "output",
            }
        ),
    };
    Err(Failure::short(message, ""))
}
