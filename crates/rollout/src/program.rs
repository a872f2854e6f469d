//! Running a program in the agent's box, and telling the agent what came of it.

use envy_core::{Cell, CellResult, Exec, ExecResult, JobEnd, LimitHit, SandboxError, ToolOutcome, Workbox};
use serde_json::{Value, json};

/// Time limit of a run unless the agent asks for another, seconds.
const TIMEOUT_S: f64 = 60.0;

/// Longest time limit that an agent may ask for, seconds.
const TIMEOUT_MAX_S: f64 = 600.0;

/// The same where slow training work is part of the task.
pub(crate) const TIMEOUT_SLOW_MAX_S: f64 = 900.0;

/// Bytes that the box keeps of each stream; an observation is cut further.
const STREAM_BYTES: u64 = 64 << 10;

/// The schema of the `timeout` argument.
pub(crate) fn timeout_schema() -> Value {
    json!({
        "type": "number",
        "minimum": 1,
        "maximum": TIMEOUT_MAX_S,
        "description": format!("Time limit in seconds (default {TIMEOUT_S})."),
    })
}

/// Makes of a `timeout` argument's schema the one for slow training work.
pub(crate) fn slow_timeout(timeout: &mut Value) {
    timeout["maximum"] = json!(TIMEOUT_SLOW_MAX_S);
}

/// Runs `argv` in `cwd` (relative to the work directory) under the `timeout` of `arguments`.
pub(crate) async fn run(
    workbox: &mut dyn Workbox,
    argv: &[&str],
    cwd: String,
    arguments: &Value,
) -> Result<ToolOutcome, SandboxError> {
    let timeout_s = timeout_s(arguments);
    let exec = Exec {
        argv: argv.iter().map(ToString::to_string).collect(),
        cwd,
        wall_ms: (timeout_s * 1_000.0) as u64,
        stream_bytes: STREAM_BYTES,
    };
    let ran = workbox.exec(exec).await?;
    let is_error = ran.end != JobEnd::Exited(0);
    Ok(ToolOutcome::Observed { text: report(&ran, timeout_s), is_error })
}

/// Runs `code` as a cell of the box's live session under the `timeout` of `arguments`.
pub(crate) async fn cell(
    workbox: &mut dyn Workbox,
    code: String,
    arguments: &Value,
) -> Result<ToolOutcome, SandboxError> {
    let timeout_s = timeout_s(arguments);
    let cell = Cell { code, wall_ms: (timeout_s * 1_000.0) as u64, stream_bytes: STREAM_BYTES };
    let ran = workbox.cell(cell).await?;
    let is_error = ran.run.end != JobEnd::Exited(0);
    Ok(ToolOutcome::Observed { text: cell_report(&ran, timeout_s), is_error })
}

fn timeout_s(arguments: &Value) -> f64 {
    let asked = arguments.get("timeout").and_then(Value::as_f64).unwrap_or(TIMEOUT_S);
    // What is allowed was checked against the schema.
    asked.clamp(1.0, TIMEOUT_SLOW_MAX_S)
}

/// What a cell printed, after the limit that it hit; and whether its session lives.
fn cell_report(ran: &CellResult, timeout_s: f64) -> String {
    let mut parts = match ran.run.end {
        // An exception speaks for itself.
        JobEnd::Exited(_) => Vec::new(),
        other => vec![ending(other, timeout_s)],
    };
    parts.extend(printed(&ran.run));
    if !ran.is_alive {
        parts.push(
            "[the session has ended: its variables are lost; the next call starts a new one]".to_owned(),
        );
    } else if ran.is_new {
        parts.push("[a new session: variables stay from here on]".to_owned());
    }
    parts.join("\n")
}

/// How the run ended, then what it printed.
fn report(ran: &ExecResult, timeout_s: f64) -> String {
    let mut parts = vec![ending(ran.end, timeout_s)];
    parts.extend(printed(ran));
    parts.join("\n")
}

fn printed(ran: &ExecResult) -> Vec<String> {
    let mut parts = Vec::new();
    for (name, bytes) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
        if !bytes.is_empty() {
            let printed = String::from_utf8_lossy(bytes);
            parts.push(format!("{name}:\n{}", printed.trim_end_matches('\n')));
        }
    }
    if ran.stdout.is_empty() && ran.stderr.is_empty() {
        parts.push("(nothing was printed)".to_owned());
    }
    if ran.cut {
        parts.push(format!(
            "[more was printed than the {STREAM_BYTES} bytes that are kept of each stream; \
             print less, or write to a file]"
        ));
    }
    parts
}

fn ending(end: JobEnd, timeout_s: f64) -> String {
    match end {
        JobEnd::Exited(code) => format!("exit code: {code}"),
        JobEnd::Signaled(signal) => format!("ended by signal {signal}"),
        JobEnd::Limit(LimitHit::Time) => format!(
            "stopped at the time limit of {timeout_s} s; give a longer timeout (at most {TIMEOUT_MAX_S} s) or do less"
        ),
        JobEnd::Limit(LimitHit::Memory) => "stopped at the memory limit; use less memory".to_owned(),
        JobEnd::Limit(LimitHit::Processes) => {
            "stopped at the process limit; start fewer processes".to_owned()
        }
        JobEnd::Limit(LimitHit::Disk) => "stopped at the disk limit; delete files or write less".to_owned(),
        JobEnd::Limit(LimitHit::Output) => "stopped at the output limit; print less".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(end: JobEnd, stdout: &str, stderr: &str, cut: bool) -> String {
        let result = ExecResult { end, stdout: stdout.into(), stderr: stderr.into(), cut };
        report(&result, 60.0)
    }

    #[test]
    fn an_observation_tells_the_exit_and_both_streams() {
        assert_eq!(ran(JobEnd::Exited(0), "a\nb\n", "", false), "exit code: 0\nstdout:\na\nb");
        assert_eq!(ran(JobEnd::Exited(1), "a", "boom\n", false), "exit code: 1\nstdout:\na\nstderr:\nboom");
        assert_eq!(ran(JobEnd::Exited(0), "", "", false), "exit code: 0\n(nothing was printed)");
        assert!(ran(JobEnd::Exited(0), "x", "", true).contains("more was printed than the 65536 bytes"));
    }

    #[test]
    fn a_cell_tells_what_it_printed_and_what_became_of_its_session() {
        let tell = |end, stdout: &str, is_new, is_alive| {
            let run = ExecResult { end, stdout: stdout.into(), stderr: Vec::new(), cut: false };
            cell_report(&CellResult { run, is_new, is_alive }, 60.0)
        };
        assert_eq!(tell(JobEnd::Exited(0), "3\n", false, true), "stdout:\n3");
        assert!(
            tell(JobEnd::Exited(0), "", true, true)
                .ends_with("printed)\n[a new session: variables stay from here on]")
        );
        let lost = tell(JobEnd::Limit(LimitHit::Memory), "", false, false);
        assert!(
            lost.starts_with("stopped at the memory limit") && lost.contains("variables are lost"),
            "{lost}"
        );
        let slow = tell(JobEnd::Limit(LimitHit::Time), "", false, true);
        assert!(slow.contains("longer timeout") && !slow.contains("session"), "{slow}");
    }

    #[test]
    fn every_limit_says_what_to_do() {
        for (limit, words) in [
            (LimitHit::Time, "longer timeout"),
            (LimitHit::Memory, "less memory"),
            (LimitHit::Processes, "fewer processes"),
            (LimitHit::Disk, "write less"),
            (LimitHit::Output, "print less"),
        ] {
            assert!(ran(JobEnd::Limit(limit), "", "", false).contains(words), "{limit:?}");
        }
        assert!(ran(JobEnd::Signaled(9), "", "", false).starts_with("ended by signal 9"));
    }
}
