//! Running a program in the agent's box, and telling the agent what came of it.

use envy_core::{Exec, ExecResult, JobEnd, LimitHit, SandboxError, ToolOutcome, Workbox};
use serde_json::{Value, json};

/// Time limit of a run unless the agent asks for another, seconds.
const TIMEOUT_S: f64 = 60.0;

/// Longest time limit that an agent may ask for, seconds.
pub(crate) const TIMEOUT_MAX_S: f64 = 600.0;

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

/// Runs `argv` in `cwd` (relative to the work directory) under the `timeout` of `arguments`.
pub(crate) async fn run(
    workbox: &mut dyn Workbox,
    argv: &[&str],
    cwd: String,
    arguments: &Value,
) -> Result<ToolOutcome, SandboxError> {
    let asked = arguments.get("timeout").and_then(Value::as_f64).unwrap_or(TIMEOUT_S);
    let timeout_s = asked.clamp(1.0, TIMEOUT_MAX_S);
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

/// How the run ended, then what it printed.
fn report(ran: &ExecResult, timeout_s: f64) -> String {
    let mut parts = vec![ending(ran.end, timeout_s)];
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
    parts.join("\n")
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
