//! Runs one probe inside one box.

use envy_core::{BoxFile, BoxSpec, Exec, ExecResult, JobEnd, JobLimits, Sandbox, SandboxError, Workbox};

use super::numbers;
use super::scene::Trouble;

/// What a box of the suite may use: little, so that limits are met fast.
pub(super) fn limits() -> JobLimits {
    JobLimits {
        wall_ms: 20_000,
        memory_bytes: 256 << 20,
        processes: 32,
        disk_bytes: 8 << 20,
        stream_bytes: 64 << 10,
    }
}

/// An empty box of the suite.
pub(super) async fn open(sandbox: &dyn Sandbox) -> Result<Box<dyn Workbox>, Trouble> {
    Ok(sandbox.open(BoxSpec { files: Vec::new(), limits: limits() }).await?)
}

/// Runs a command under a wall clock in milliseconds.
pub(super) async fn exec(
    workbox: &mut Box<dyn Workbox>,
    argv: &[&str],
    wall_ms: u64,
) -> Result<ExecResult, Trouble> {
    let argv: Vec<String> = argv.iter().map(|argument| (*argument).to_owned()).collect();
    let program = argv.first().cloned().unwrap_or_default();
    match workbox.exec(Exec { argv, cwd: String::new(), wall_ms, stream_bytes: u64::MAX }).await {
        Err(SandboxError::Refused(_)) if ["python3", "bash"].contains(&program.as_str()) => {
            Err(Trouble::Needs(format!("{program} in the runtime")))
        }
        ran => Ok(ran?),
    }
}

/// Runs a shell script under a wall clock in milliseconds.
pub(super) async fn bash(
    workbox: &mut Box<dyn Workbox>,
    script: &str,
    wall_ms: u64,
) -> Result<ExecResult, Trouble> {
    exec(workbox, &["bash", "-c", script], wall_ms).await
}

/// Runs a probe's source, with the prelude and these constants before it.
pub(super) async fn python(
    workbox: &mut Box<dyn Workbox>,
    source: &str,
    constants: &[(&str, String)],
) -> Result<ExecResult, Trouble> {
    let constants: Vec<String> =
        constants.iter().map(|(name, value)| format!("{name} = {value}\n")).collect();
    let whole =
        [numbers::as_python().as_str(), include_str!("probes/prelude.py"), &constants.concat(), source]
            .concat();
    workbox.write(BoxFile::new("probe.py", whole)).await?;
    exec(workbox, &["python3", "/work/probe.py"], limits().wall_ms).await
}

/// Judges a probe by its last line.
pub(super) fn judge(result: &ExecResult) -> Result<(), Trouble> {
    let stdout = String::from_utf8_lossy(&result.stdout);
    let last = stdout.lines().last().unwrap_or_default();
    match last.strip_prefix("SKIP ") {
        Some(needs) => Err(Trouble::Needs(needs.to_owned())),
        None if last == "PASS" && result.end == JobEnd::Exited(0) => Ok(()),
        None => Err(Trouble::Failed(describe(result))),
    }
}

/// A run in one line.
pub(super) fn describe(result: &ExecResult) -> String {
    let tail = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        text.lines().last().unwrap_or_default().chars().take(300).collect::<String>()
    };
    format!("{:?}; stdout: {}; stderr: {}", result.end, tail(&result.stdout), tail(&result.stderr))
}

/// Runs a probe in a box of its own and judges it.
pub(super) async fn run(
    sandbox: &dyn Sandbox,
    source: &str,
    constants: &[(&str, String)],
) -> Result<(), Trouble> {
    let mut workbox = open(sandbox).await?;
    judge(&python(&mut workbox, source, constants).await?)
}

impl From<SandboxError> for Trouble {
    fn from(error: SandboxError) -> Self {
        Self::Failed(match error {
            SandboxError::Refused(what) => format!("refused: {what}"),
            SandboxError::Host { what, hint } => format!("the host failed: {what} {hint}"),
        })
    }
}
