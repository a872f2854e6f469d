//! `envy sandbox`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use envy_core::{BoxFile, BoxSpec, BoxUsage, Exec, ExecResult, JobEnd, JobLimits, SandboxError};
use envy_lab::LabError;
#[cfg(target_os = "linux")]
use envy_lab::suite::{self, Outcome};
use serde_json::{Value, json};

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
    /// Run a Python script in a fresh box, with the runtime's packages.
    Python(PythonArgs),
    /// Print the seccomp profile under which envy can make boxes in a container, for `docker run --security-opt`.
    Profile,
    /// Serve boxes over the standard streams: what runs in a container.
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    Server {
        /// With the packages of slow training work.
        #[arg(long)]
        slow: bool,
        /// One box, separated by the container; its programs run as this user.
        #[arg(long, value_name = "USER", value_parser = clap::value_parser!(u32).range(1000..))]
        plain: Option<u32>,
    },
}

#[derive(Debug, clap::Args)]
struct ExecArgs {
    #[command(flatten)]
    setting: Setting,
    /// The program and its arguments.
    #[arg(value_name = "PROGRAM", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    argv: Vec<String>,
}

#[derive(Debug, clap::Args)]
struct PythonArgs {
    #[command(flatten)]
    setting: Setting,
    /// The script.
    #[arg(value_name = "FILE")]
    script: PathBuf,
    /// Its arguments.
    #[arg(value_name = "ARGUMENT", trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// What is in the box, and its limits.
#[derive(Debug, clap::Args)]
struct Setting {
    /// Put this file into the work directory, under its own name.
    #[arg(long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// End it after this many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
    /// Memory of the whole tree of processes, in MiB.
    #[arg(long, value_name = "MIB", default_value_t = 2048, value_parser = clap::value_parser!(u64).range(16..=1 << 20))]
    memory: u64,
    /// Processes and threads.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=32_768))]
    processes: u32,
    /// The work directory, in MiB.
    #[arg(long, value_name = "MIB", default_value_t = 256, value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    disk: u64,
    /// Output kept of each stream, in KiB.
    #[arg(long, value_name = "KIB", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    output: u64,
    /// Print one JSON object instead of the program's output.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: Args) -> Result<(), Failure> {
    match args.action {
        Action::Check { json } => check(json),
        #[cfg(target_os = "linux")]
        Action::Server { slow, plain } => {
            let session = Session::start()?;
            let served = session.block_on(envy_lab::bench::serve_boxes(&session.home, slow, plain));
            served.map_err(|error| Failure::io("serve boxes", &error))
        }
        Action::Profile => output::print(envy_lab::bench::PROFILE),
        Action::Exec(args) => exec(&args.setting, &[], args.argv),
        Action::Python(args) => {
            let script = name_of(&args.script);
            // Unbuffered, so that what was printed before a limit is not lost with the process.
            let argv = ["python3", "-u", &script].map(str::to_owned).into_iter().chain(args.arguments);
            exec(&args.setting, &[args.script], argv.collect())
        }
    }
}

/// The suite asks for Linux's system calls by their numbers.
#[cfg(not(target_os = "linux"))]
fn check(_: bool) -> Result<(), Failure> {
    let hint = "run it in the image: `docker run --rm IMAGE envy sandbox check`, with the flags that docs/sandbox.md names";
    Err(Failure::short("the suite of boxes runs on Linux", hint))
}

#[cfg(target_os = "linux")]
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

/// The name under which a file lies in the work directory.
fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn exec(setting: &Setting, more: &[PathBuf], argv: Vec<String>) -> Result<(), Failure> {
    let mut files = Vec::new();
    for path in setting.files.iter().chain(more) {
        let bytes = std::fs::read(path).map_err(|error| LabError::file("read", path, &error))?;
        files.push(BoxFile::new(name_of(path), bytes));
    }
    let limits = JobLimits {
        wall_ms: setting.timeout * 1_000,
        memory_bytes: setting.memory << 20,
        processes: setting.processes,
        disk_bytes: setting.disk << 20,
        stream_bytes: setting.output << 10,
    };
    let exec = Exec { argv, cwd: String::new(), wall_ms: limits.wall_ms, stream_bytes: limits.stream_bytes };
    let session = Session::start()?;
    let sandbox = session.bench()?.runner().sandbox();
    let start = Instant::now();
    let (result, usage) = session
        .block_on(async {
            let mut workbox = sandbox.open(BoxSpec { files, limits }).await?;
            let result = workbox.exec(exec).await?;
            Ok((result, workbox.usage()))
        })
        .map_err(|error| match error {
            SandboxError::Refused(why) => Failure::short(why, ""),
            host @ SandboxError::Host { .. } => LabError::from(host).into(),
        })?;
    if setting.json {
        output::json(&document(sandbox.name(), &result, usage, start.elapsed().as_millis() as u64))?;
    } else {
        output::print(&String::from_utf8_lossy(&result.stdout))?;
        // Without a stderr there is nobody to tell.
        let _gone = std::io::stderr().write_all(&result.stderr);
    }
    match ending(result.end) {
        None => Ok(()),
        Some(message) => Err(Failure::short(message, "")),
    }
}

/// A run as one JSON object; `docs/OUTPUT.md` has the table.
fn document(sandbox: &str, result: &ExecResult, usage: BoxUsage, wall_ms: u64) -> Value {
    let (exit, signal, limit) = match result.end {
        JobEnd::Exited(code) => (Some(code), None, None),
        JobEnd::Signaled(signal) => (None, Some(signal), None),
        JobEnd::Limit(limit) => (None, None, Some(limit)),
    };
    json!({
        "schema": "envy.sandbox-exec/1",
        "sandbox": sandbox,
        "exit": exit,
        "signal": signal,
        "limit": limit,
        "stdout": String::from_utf8_lossy(&result.stdout),
        "stderr": String::from_utf8_lossy(&result.stderr),
        "cut": result.cut,
        "wall_ms": wall_ms,
        "cpu_ms": usage.cpu_ms,
        "memory_peak_bytes": usage.memory_peak_bytes,
    })
}

/// What to say of a run that did not end well.
fn ending(end: JobEnd) -> Option<String> {
    Some(match end {
        JobEnd::Exited(0) => return None,
        JobEnd::Exited(code) => format!("the program exited with {code}"),
        JobEnd::Signaled(signal) => format!("signal {signal} ended the program"),
        JobEnd::Limit(limit) => format!("the box ended the program at its limit of {}", output::word(&limit)),
    })
}
