//! Cases of several steps, judged from outside the box.

use std::time::{Duration, Instant};

use envy_core::{BoxFile, BoxFuture, Exec, ExecResult, JobEnd, LimitHit, Sandbox, SandboxError, Workbox};

use super::probe::{bash, describe, exec, judge, open, python, run};

/// Why a case did not pass.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The promise did not hold.
    Failed(String),
    /// The case needs what is not there.
    Needs(String),
}

pub(super) type Verdict<'a> = BoxFuture<'a, Result<(), Trouble>>;

/// How much longer than its wall clock a run may take to be over.
const KILL_TOLERANCE: Duration = Duration::from_secs(10);

/// A wall clock for runs that are meant to hit it, milliseconds.
const SHORT_MS: u64 = 400;

pub(super) fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), Trouble> {
    if holds { Ok(()) } else { Err(Trouble::Failed(what())) }
}

fn expect_end(result: &ExecResult, end: JobEnd) -> Result<(), Trouble> {
    ensure(result.end == end, || format!("expected {end:?}, found {}", describe(result)))
}

fn expect_refused<T: std::fmt::Debug>(what: &str, answer: &Result<T, SandboxError>) -> Result<(), Trouble> {
    ensure(matches!(answer, Err(SandboxError::Refused(_))), || format!("{what} was not refused: {answer:?}"))
}

pub(super) fn tcp_loopback(sandbox: &dyn Sandbox) -> Verdict<'_> {
    Box::pin(async move {
        // Somebody on the host really listens, so that a refusal means isolation and not an empty port.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| {
            let port = listener.local_addr()?.port();
            Ok((listener, port))
        });
        let Ok((_listener, port)) = listener else {
            return Err(Trouble::Needs("a loopback interface on the host".to_owned()));
        };
        run(sandbox, include_str!("probes/tcp_loopback.py"), &[("PORT", port.to_string())]).await
    })
}

pub(super) fn abstract_socket(sandbox: &dyn Sandbox) -> Verdict<'_> {
    Box::pin(async move {
        use std::os::linux::net::SocketAddrExt as _;
        use std::os::unix::net::{SocketAddr, UnixListener};
        use std::sync::atomic::{AtomicU32, Ordering};
        static SERIAL: AtomicU32 = AtomicU32::new(0);
        let name = format!("envy-suite-{}-{}", std::process::id(), SERIAL.fetch_add(1, Ordering::Relaxed));
        let listener =
            SocketAddr::from_abstract_name(&name).and_then(|address| UnixListener::bind_addr(&address));
        let Ok(_listener) = listener else {
            return Err(Trouble::Needs("an abstract socket on the host".to_owned()));
        };
        run(sandbox, include_str!("probes/abstract_socket.py"), &[("NAME", format!("{name:?}"))]).await
    })
}

pub(super) fn two_boxes(sandbox: &dyn Sandbox) -> Verdict<'_> {
    Box::pin(async move {
        let (mut first, mut second) = (open(sandbox).await?, open(sandbox).await?);
        let stays = "import socket, time\n\
            listener = socket.socket(socket.AF_UNIX)\nlistener.bind('\\0meeting')\nlistener.listen()\n\
            for place in ('/tmp/note', '/dev/shm/note', '/work/note'):\n    open(place, 'w').write('x')\n\
            time.sleep(2)\npassed()\n";
        let looks = "import socket, time\n\
            for _ in range(10):\n    time.sleep(0.1)\n    client = socket.socket(socket.AF_UNIX)\n\
            \u{20}   expect('the other box listens', refusal(client.connect, '\\0meeting'), 'ECONNREFUSED', 'EPERM')\n\
            \u{20}   for place in ('/tmp/note', '/dev/shm/note', '/work/note'):\n\
            \u{20}       expect(place, os.path.exists(place), False)\n\
            own = [n for n in os.listdir('/proc') if n.isdigit() and os.stat(f'/proc/{n}').st_uid == os.getuid()]\n\
            expect('processes', [n for n in own if n != '1'], [str(os.getpid())])\n\
            passed()\n";
        let (stayed, looked) = tokio::join!(python(&mut first, stays, &[]), python(&mut second, looks, &[]));
        judge(&stayed?)?;
        judge(&looked?)
    })
}

/// The processes of a box but the shell that looks, and its init, which no program owns.
async fn others(workbox: &mut Box<dyn Workbox>) -> Result<String, Trouble> {
    let script = "for p in /proc/[0-9]*; do p=${p#/proc/}; [ $p = 1 ] || [ $p = $$ ] || ! [ -O /proc/$p ] || echo -n \"$p \"; done";
    let result = bash(workbox, script, 10_000).await?;
    expect_end(&result, JobEnd::Exited(0))?;
    Ok(String::from_utf8_lossy(&result.stdout).into_owned())
}

async fn expect_empty(workbox: &mut Box<dyn Workbox>) -> Result<(), Trouble> {
    let left = others(workbox).await?;
    ensure(left.is_empty(), || format!("processes outlived their run: {left}"))
}

pub(super) fn daemon(sandbox: &dyn Sandbox) -> Verdict<'_> {
    Box::pin(async move {
        let mut workbox = open(sandbox).await?;
        let source = "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n\
            \u{20}       for number in range(1, 32):\n            refusal(signal.signal, number, signal.SIG_IGN)\n\
            \u{20}       os.closerange(0, 3)\n        while True:\n            pass\n    os._exit(0)\n\
            os.wait()\npassed()\n";
        judge(&python(&mut workbox, source, &[]).await?)?;
        expect_empty(&mut workbox).await
    })
}

pub(super) fn held_pipe(sandbox: &dyn Sandbox) -> Verdict<'_> {
    Box::pin(async move {
        let mut workbox = open(sandbox).await?;
        let start = Instant::now();
        let result = bash(&mut workbox, "sleep 600 & disown; echo done", 60_000).await?;
        expect_end(&result, JobEnd::Exited(0))?;
        ensure(result.stdout == b"done\n", || describe(&result))?;
        ensure(start.elapsed() < KILL_TOLERANCE, || "a background process held the run open".to_owned())?;
        expect_empty(&mut workbox).await
    })
}

pub(super) fn fork_bomb(sandbox: &dyn Sandbox) -> Verdict<'_> {
    Box::pin(async move {
        let mut workbox = open(sandbox).await?;
        judge(&python(&mut workbox, include_str!("probes/fork_bomb.py"), &[]).await?)?;
        // What is left must neither linger nor use up the limit.
        let after = bash(&mut workbox, "echo $(echo alive | cat)", 10_000).await?;
        ensure(after.stdout == b"alive\n", || format!("after the bomb: {}", describe(&after)))?;
        expect_empty(&mut workbox).await
    })
}

pub(super) fn process_limit(sandbox: &dyn Sandbox) -> Verdict<'_> {
    Box::pin(async move {
        let mut workbox = open(sandbox).await?;
        let source = "while os.fork() != 0:\n    pass\nsignal.pause()\n";
        let result = python(&mut workbox, source, &[]).await?;
        expect_end(&result, JobEnd::Limit(LimitHit::Processes))
    })
}

pub(super) fn memory_bomb(sandbox: &dyn Sandbox) -> Verdict<'_> {
    Box::pin(async move {
        let mut workbox = open(sandbox).await?;
        let result = python(&mut workbox, include_str!("probes/memory_bomb.py"), &[]).await?;
        let refused = String::from_utf8_lossy(&result.stderr).contains("MemoryError");
        let limited = result.end == JobEnd::Limit(LimitHit::Memory);
        ensure(limited || refused && result.end == JobEnd::Exited(1), || describe(&result))
    })
}

pub(super) fn memory_tree(sandbox: &dyn Sandbox) -> Verdict<'_> {
    Box::pin(async move {
        let mut workbox = open(sandbox).await?;
        let result = python(&mut workbox, include_str!("probes/memory_tree.py"), &[]).await?;
        expect_end(&result, JobEnd::Limit(LimitHit::Memory))
    })
}

pub(super) fn memory_files(sandbox: &dyn Sandbox) -> Verdict<'_> {
    Box::pin(async move {
        let mut workbox = open(sandbox).await?;
        let result = python(&mut workbox, include_str!("probes/memory_files.py"), &[]).await?;
        if result.end == JobEnd::Limit(LimitHit::Memory) { Ok(()) } else { judge(&result) }
    })
}

pub(super) fn disk_limit(sandbox: &dyn Sandbox) -> Verdict<'_> {
    Box::pin(async move {
        let mut workbox = open(sandbox).await?;
        let result = bash(&mut workbox, "head -c 100000000 /dev/zero > full", 10_000).await?;
        expect_end(&result, JobEnd::Limit(LimitHit::Disk))?;
        expect_refused(
            "a file past the quota",
            &workbox.write(BoxFile::new("more", vec![1; 1 << 20])).await,
        )?;
        let result = bash(&mut workbox, "rm full && echo -n ok > small", 10_000).await?;
        expect_end(&result, JobEnd::Exited(0))?;
        let small = workbox.read("small", 10).await?;
        ensure(small.as_deref() == Some(b"ok"), || format!("after making room: {small:?}"))
    })
}

pub(super) fn endless_output(sandbox: &dyn Sandbox) -> Verdict<'_> {
    Box::pin(async move {
        let mut workbox = open(sandbox).await?;
        let result = bash(&mut workbox, "yes; exit 0", 20_000).await?;
        expect_end(&result, JobEnd::Limit(LimitHit::Output))?;
        ensure(result.cut && result.stdout.len() < 80 << 10, || {
            format!("{} bytes kept", result.stdout.len())
        })?;
        let quiet = bash(&mut workbox, "yes >&2 & yes > /dev/null & wait", 20_000).await?;
        expect_end(&quiet, JobEnd::Limit(LimitHit::Output))
    })
}

pub(super) fn long_output(sandbox: &dyn Sandbox) -> Verdict<'_> {
    Box::pin(async move {
        let mut workbox = open(sandbox).await?;
        let script = "printf 'first\\0\\033[2J'; head -c 300000 /dev/zero; echo last";
        let result = bash(&mut workbox, script, 10_000).await?;
        expect_end(&result, JobEnd::Exited(0))?;
        let kept = result.stdout.starts_with(b"first\0\x1b[2J") && result.stdout.ends_with(b"last\n");
        ensure(result.cut && kept, || "the first and the last bytes were not kept".to_owned())
    })
}

/// Runs something that must hit the wall clock, and checks that it does so in time and that the box lives on.
async fn expect_time_limit(workbox: &mut Box<dyn Workbox>, argv: &[&str]) -> Result<(), Trouble> {
    let start = Instant::now();
    let result = exec(workbox, argv, SHORT_MS).await?;
    expect_end(&result, JobEnd::Limit(LimitHit::Time))?;
    let late = start.elapsed().saturating_sub(Duration::from_millis(SHORT_MS));
    ensure(late < KILL_TOLERANCE, || format!("killed {late:?} late"))?;
    expect_empty(workbox).await
}

pub(super) fn stubborn(sandbox: &dyn Sandbox) -> Verdict<'_> {
    Box::pin(async move {
        let mut workbox = open(sandbox).await?;
        let source = [include_str!("probes/prelude.py"), include_str!("probes/stubborn.py")].concat();
        expect_time_limit(&mut workbox, &["python3", "-c", &source]).await
    })
}

pub(super) fn stopped(sandbox: &dyn Sandbox) -> Verdict<'_> {
    Box::pin(async move {
        let mut workbox = open(sandbox).await?;
        expect_time_limit(&mut workbox, &["bash", "-c", "kill -STOP $$"]).await
    })
}

pub(super) fn closed_streams(sandbox: &dyn Sandbox) -> Verdict<'_> {
    Box::pin(async move {
        let mut workbox = open(sandbox).await?;
        expect_time_limit(&mut workbox, &["bash", "-c", "exec <&- >&- 2>&-; while :; do :; done"]).await
    })
}

pub(super) fn watches(sandbox: &dyn Sandbox) -> Verdict<'_> {
    Box::pin(async move {
        let (mut first, mut second) = (open(sandbox).await?, open(sandbox).await?);
        let source = include_str!("probes/watches.py");
        judge(&python(&mut first, source, &[]).await?)?;
        // One box that used up its own must not have used up another's.
        judge(&python(&mut second, source, &[]).await?)
    })
}

pub(super) fn links_as_outputs(sandbox: &dyn Sandbox) -> Verdict<'_> {
    Box::pin(async move {
        let mut workbox = open(sandbox).await?;
        let script = "echo own > own; ln -s /etc/passwd file; ln -s /etc folder; ln -s own near; ln -s /proc/self/root up; \
                      ln -s ../../../../etc/passwd climb; mkdir real; ln -s /work/own real/link; ln own hard";
        expect_end(&bash(&mut workbox, script, 10_000).await?, JobEnd::Exited(0))?;
        for path in ["file", "near", "climb", "real/link", "folder/passwd", "up/etc/passwd", "/work/file"] {
            expect_refused(path, &workbox.read(path, 1 << 20).await)?;
        }
        for path in ["file", "folder/new", "up/tmp/new", "real/link"] {
            expect_refused(path, &workbox.write(BoxFile::new(path, "x")).await)?;
        }
        for path in ["folder", "up", "file", "real/link"] {
            expect_refused(path, &workbox.list(path).await)?;
        }
        let hard = workbox.read("hard", 100).await?;
        ensure(hard.as_deref() == Some(b"own\n"), || format!("a hard link of its own file: {hard:?}"))
    })
}

pub(super) fn oddities_as_outputs(sandbox: &dyn Sandbox) -> Verdict<'_> {
    Box::pin(async move {
        let mut workbox = open(sandbox).await?;
        let source = "import socket\nos.mkfifo('/work/pipe')\nos.mkdir('/work/folder')\n\
            socket.socket(socket.AF_UNIX).bind('/work/socket')\nopen('/work/big', 'wb').write(b'x' * 5000)\n\
            with open('/work/sparse', 'wb') as file:\n    file.truncate(6 << 20)\n\
            open('/work/closed', 'w').write('x')\nos.chmod('/work/closed', 0)\npassed()\n";
        judge(&python(&mut workbox, source, &[]).await?)?;
        for path in ["pipe", "folder", "socket", "big", "sparse", "closed"] {
            expect_refused(path, &workbox.read(path, 4096).await)?;
        }
        for path in ["pipe", "folder", "socket", "pipe/below", "big/below"] {
            expect_refused(path, &workbox.write(BoxFile::new(path, "x")).await)?;
        }
        let big = workbox.read("big", 5000).await?;
        ensure(big.is_some_and(|bytes| bytes.len() == 5000), || "a file at its cap was not read".to_owned())
    })
}

pub(super) fn paths(sandbox: &dyn Sandbox) -> Verdict<'_> {
    Box::pin(async move {
        let mut workbox = open(sandbox).await?;
        // Once before the first run and once after it: nobody can tell whether a box has been opened.
        for round in 0..2 {
            for path in ["../up", "/etc/passwd", "a/../../up", "/work/../etc/passwd", "nul\0"] {
                expect_refused(path, &workbox.read(path, 100).await)?;
                expect_refused(path, &workbox.write(BoxFile::new(path, "x")).await)?;
                expect_refused(path, &workbox.list(path).await)?;
            }
            expect_refused("no such folder", &workbox.list("none").await)?;
            let none = workbox.read("none", 100).await?;
            ensure(none.is_none(), || format!("a file that is not there: {none:?}"))?;
            let name = format!("deep/{round}/file");
            workbox.write(BoxFile::new(name.as_str(), "x")).await?;
            let listed = workbox.list("deep").await?;
            ensure(listed.len() == round + 1, || format!("listed {listed:?}"))?;
            expect_end(&bash(&mut workbox, "true", 10_000).await?, JobEnd::Exited(0))?;
        }
        Ok(())
    })
}

pub(super) fn forged_replies(sandbox: &dyn Sandbox) -> Verdict<'_> {
    Box::pin(async move {
        let mut workbox = open(sandbox).await?;
        // Whatever descriptors it finds, it writes what looks like an end of the run into all of them.
        let source = "for number in range(0, 1024):\n    refusal(os.write, number, b'\\x05\\0\\0\\0\\0\\0\\0\\0')\n\
            os._exit(9)\n";
        let result = python(&mut workbox, source, &[]).await?;
        expect_end(&result, JobEnd::Exited(9))
    })
}

pub(super) fn programs_that_cannot_run(sandbox: &dyn Sandbox) -> Verdict<'_> {
    Box::pin(async move {
        let mut workbox = open(sandbox).await?;
        workbox.write(BoxFile::new("data", "not a program")).await?;
        for program in ["no-such-program", "/work/data", "/work"] {
            let argv = vec![program.to_owned()];
            let exec = Exec { argv, cwd: String::new(), wall_ms: 10_000, stream_bytes: u64::MAX };
            expect_refused(program, &workbox.exec(exec).await)?;
        }
        let crash = bash(&mut workbox, "kill -SEGV $$", 10_000).await?;
        expect_end(&crash, JobEnd::Signaled(11))
    })
}

pub(super) fn core_dump(sandbox: &dyn Sandbox) -> Verdict<'_> {
    Box::pin(async move {
        let mut workbox = open(sandbox).await?;
        let crash = bash(&mut workbox, "ulimit -c; kill -ABRT $$", 10_000).await?;
        ensure(crash.stdout == b"0\n", || describe(&crash))?;
        expect_end(&crash, JobEnd::Signaled(6))?;
        let left = workbox.list("").await?;
        ensure(left.is_empty(), || format!("left {left:?}"))
    })
}

pub(super) fn binary_output(sandbox: &dyn Sandbox) -> Verdict<'_> {
    Box::pin(async move {
        let mut workbox = open(sandbox).await?;
        // Every byte, terminal escapes and broken text among them, comes out as it was and means nothing on the way.
        let every: Vec<u8> = (0..=255).collect();
        workbox.write(BoxFile::new("every", every.clone())).await?;
        let result = bash(&mut workbox, "cat every; cat every >&2", 10_000).await?;
        ensure(result.stdout == every && result.stderr == every, || describe(&result))
    })
}

pub(super) fn files_persist(sandbox: &dyn Sandbox) -> Verdict<'_> {
    Box::pin(async move {
        let mut workbox = open(sandbox).await?;
        workbox.write(BoxFile::new("a/in", "in")).await?;
        expect_end(
            &bash(&mut workbox, "cat a/in > out; echo x > /tmp/kept", 10_000).await?,
            JobEnd::Exited(0),
        )?;
        workbox.write(BoxFile::new("a/in", "again")).await?;
        let result = bash(&mut workbox, "cat out a/in /tmp/kept; rm -r a", 10_000).await?;
        ensure(result.stdout == b"inagainx\n", || describe(&result))?;
        let listed = workbox.list("").await?;
        ensure(listed == ["out"], || format!("listed {listed:?}"))
    })
}
