//! Cases of live sessions, for backends that keep them.

use std::time::{Duration, Instant};

use envy_core::{Cell, CellResult, JobEnd, LimitHit, Sandbox, SandboxError, Workbox};

use super::probe::{bash, describe, open};
use super::scene::{Trouble, Verdict, ensure};

/// A wall clock for cells that are meant to hit it, milliseconds.
const SHORT_MS: u64 = 400;

/// How much longer than its wall clock a cell may take to be over.
const KILL_TOLERANCE: Duration = Duration::from_secs(10);

async fn cell(workbox: &mut Box<dyn Workbox>, code: &str, wall_ms: u64) -> Result<CellResult, Trouble> {
    match workbox.cell(Cell { code: code.to_owned(), wall_ms, stream_bytes: u64::MAX }).await {
        Err(SandboxError::Refused(why)) => Err(Trouble::Needs(format!("live sessions ({why})"))),
        other => Ok(other?),
    }
}

/// Runs a cell that is to end in peace and print this.
async fn expect(workbox: &mut Box<dyn Workbox>, code: &str, stdout: &str) -> Result<(), Trouble> {
    let result = cell(workbox, code, 20_000).await?;
    let right = result.run.end == JobEnd::Exited(0) && result.run.stdout == stdout.as_bytes();
    ensure(right && result.is_alive, || format!("{code}: {}", describe(&result.run)))
}

/// Runs a cell that costs the session its life.
async fn expect_lost(workbox: &mut Box<dyn Workbox>, code: &str) -> Result<(), Trouble> {
    let result = cell(workbox, code, 20_000).await?;
    ensure(!result.is_alive, || format!("{code}: the session lives; {}", describe(&result.run)))
}

pub(super) fn live_session(sandbox: &dyn Sandbox) -> Verdict<'_> {
    Box::pin(async move {
        let mut workbox = open(sandbox).await?;
        expect(&mut workbox, "x = 41", "").await?;
        let shell = bash(&mut workbox, "echo shell > file; setsid sleep 600 &", 10_000).await?;
        ensure(shell.end == JobEnd::Exited(0), || describe(&shell))?;
        expect(&mut workbox, "x + 1, open('file').read()", "(42, 'shell\\n')\n").await?;
        // The daemon of the program is gone, and what a session starts has none of its descriptors.
        let sleeping =
            "import glob\nsum(open(path).read() == 'sleep\\n' for path in glob.glob('/proc/[0-9]*/comm'))";
        expect(&mut workbox, sleeping, "0\n").await?;
        let inherited = "import subprocess\nscript = 'readlink /proc/$$/fd/3; true'\n\
                         subprocess.run(['bash', '-c', script], capture_output=True, close_fds=False).stdout";
        expect(&mut workbox, inherited, "b''\n").await
    })
}

pub(super) fn session_descriptor(sandbox: &dyn Sandbox) -> Verdict<'_> {
    Box::pin(async move {
        let mut workbox = open(sandbox).await?;
        let flood = "import os\nfor number in range(3, 1024):\n    try: _ = os.write(number, b'D\\0\\1\\0\\0\\0' * 100)\n    \
                     except OSError: pass\nos.read(3, 1)";
        expect_lost(&mut workbox, flood).await?;
        expect(&mut workbox, "'flood' in globals()", "False\n").await?;
        expect_lost(&mut workbox, "import os; os.closerange(0, 1024)").await?;
        expect_lost(&mut workbox, "import os; os._exit(0)").await
    })
}

pub(super) fn session_limits(sandbox: &dyn Sandbox) -> Verdict<'_> {
    Box::pin(async move {
        let mut workbox = open(sandbox).await?;
        expect(&mut workbox, "x = 1", "").await?;
        for (code, end, is_alive) in [
            ("while True: pass", LimitHit::Time, true),
            (
                "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
                LimitHit::Time,
                false,
            ),
            ("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", LimitHit::Time, false),
        ] {
            let start = Instant::now();
            let result = cell(&mut workbox, code, SHORT_MS).await?;
            let right = result.run.end == JobEnd::Limit(end) && result.is_alive == is_alive;
            ensure(right, || format!("{code}: alive {}; {}", result.is_alive, describe(&result.run)))?;
            let took = start.elapsed();
            ensure(took < KILL_TOLERANCE, || format!("{code}: {took:?}"))?;
        }
        let endless = cell(&mut workbox, "while True: print('x' * 10_000)", 20_000).await?;
        ensure(endless.run.end == JobEnd::Limit(LimitHit::Output) && endless.run.cut, || {
            describe(&endless.run)
        })
    })
}
