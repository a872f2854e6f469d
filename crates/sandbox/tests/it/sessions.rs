//! Live sessions: state, output, limits and ends, in a fork of the warm interpreter and in one of their own.

use envy_core::{
    BoxFile, BoxSpec, Cell, CellResult, Exec, JobEnd, JobLimits, LimitHit, Sandbox as _, SandboxError,
    Workbox,
};
use envy_sandbox::{Native, NativeConfig, RuntimeTree};

/// A wall clock for cells that are meant to hit it, milliseconds.
const SHORT_MS: u64 = 500;

async fn open(native: &Native, files: &[(&str, &str)]) -> Box<dyn Workbox> {
    let files = files.iter().map(|(path, text)| BoxFile::new(*path, *text)).collect();
    let limits = JobLimits { memory_bytes: 256 << 20, ..JobLimits::standard() };
    native.open(BoxSpec { files, limits }).await.unwrap()
}

async fn cell_within(workbox: &mut Box<dyn Workbox>, code: &str, wall_ms: u64) -> CellResult {
    let cell = Cell { code: code.to_owned(), wall_ms, stream_bytes: 4096 };
    workbox.cell(cell).await.unwrap_or_else(|error| panic!("{code}: {error:?}"))
}

/// A cell's output and end in one line.
async fn cell(workbox: &mut Box<dyn Workbox>, code: &str) -> String {
    let result = cell_within(workbox, code, 20_000).await;
    let (stdout, stderr) = (text(&result.run.stdout), text(&result.run.stderr));
    let end = match result.run.end {
        JobEnd::Exited(0) => String::new(),
        other => format!("{other:?} "),
    };
    format!("{end}{stdout}{stderr}{}", if result.is_alive { "" } else { "LOST" })
}

async fn bash(workbox: &mut Box<dyn Workbox>, script: &str) -> String {
    let argv = ["bash", "-c", script].map(str::to_owned).to_vec();
    let exec = Exec { argv, cwd: String::new(), wall_ms: 20_000, stream_bytes: 4096 };
    text(&workbox.exec(exec).await.unwrap().stdout)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The backend with and without a warm interpreter, in each way of accounting; empty if there is no Python here.
async fn backends() -> Vec<Native> {
    let standard = NativeConfig::standard();
    let warm = Native::new(RuntimeTree::new("/"), standard).unwrap();
    if !warm.warm_up().await {
        println!("SKIPPED: live sessions: needs python3 in the runtime");
        return Vec::new();
    }
    let uncounted = NativeConfig { without_cgroups: true, ..standard };
    let cold = NativeConfig { preload: None, ..standard };
    let others = [uncounted, cold].map(|config| Native::new(RuntimeTree::new("/"), config).unwrap());
    [warm].into_iter().chain(others).collect()
}

#[tokio::test]
async fn cells_keep_their_state_and_show_their_last_value() {
    for native in backends().await {
        let mut workbox = open(&native, &[("session_start.py", "import math\nrate = 2")]).await;
        let first = cell_within(&mut workbox, "x = 20\nx + 1", 20_000).await;
        assert_eq!((first.is_new, first.is_alive, text(&first.run.stdout)), (true, true, "21\n".to_owned()));
        assert_eq!(cell(&mut workbox, "def twice(y):\n    return rate * y\nprint('made')").await, "made\n");
        assert_eq!(cell(&mut workbox, "twice(x), _").await, "(40, 21)\n");
        assert_eq!(cell(&mut workbox, "None").await, "");
        assert_eq!(cell(&mut workbox, "math.floor(2.5); y = 1").await, "");
        assert_eq!(cell(&mut workbox, "open('out.txt', 'w').write('kept')").await, "4\n");
        // A program of the same box sees the same files and leaves the session alone.
        assert_eq!(bash(&mut workbox, "cat out.txt; sleep 600 & kill -9 -1").await, "kept");
        let after = cell(&mut workbox, "x").await;
        assert!(after == "20\n" || after.starts_with("Exited(1) Traceback"), "{after}");
        assert_eq!(workbox.read("out.txt", 100).await.unwrap().unwrap(), b"kept");
    }
}

#[tokio::test]
async fn a_cell_that_raises_shows_its_own_lines_and_the_session_goes_on() {
    for native in backends().await {
        let mut workbox = open(&native, &[]).await;
        cell(&mut workbox, "x = 1\ndef f():\n    return 1 / 0").await;
        let raised = cell(&mut workbox, "print('before')\nf()").await;
        let expected = "Exited(1) before\nTraceback (most recent call last):\n  File \"<cell 2>\", line 2, in <module>\n    \
                        f()\n  File \"<cell 1>\", line 3, in f\n    return 1 / 0\n";
        assert!(
            raised.starts_with(expected) && raised.ends_with("ZeroDivisionError: division by zero\n"),
            "{raised}"
        );
        let syntax = cell(&mut workbox, "def f(:").await;
        assert!(syntax.starts_with("Exited(1)   File \"<cell 3>\", line 1\n"), "{syntax}");
        let exit = cell(&mut workbox, "import sys; sys.exit(3)").await;
        assert!(exit.starts_with("Exited(1) ") && exit.ends_with("SystemExit: 3\n"), "{exit}");
        assert_eq!(cell(&mut workbox, "x").await, "1\n");
    }
}

#[tokio::test]
async fn a_cell_past_its_time_is_interrupted_and_one_that_does_not_listen_ends_the_session() {
    for native in backends().await {
        let mut workbox = open(&native, &[]).await;
        cell(&mut workbox, "x = 1").await;
        let slow = cell_within(&mut workbox, "print('on it')\nimport time; time.sleep(600)", SHORT_MS).await;
        assert_eq!((slow.run.end, slow.is_alive), (JobEnd::Limit(LimitHit::Time), true));
        assert!(
            text(&slow.run.stdout) == "on it\n" && text(&slow.run.stderr).ends_with("KeyboardInterrupt\n")
        );
        assert_eq!(cell(&mut workbox, "x").await, "1\n");
        let deaf = "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('deaf')\ntime.sleep(600)";
        let deaf = cell_within(&mut workbox, deaf, SHORT_MS).await;
        assert_eq!((deaf.run.end, deaf.is_alive), (JobEnd::Limit(LimitHit::Time), false));
        assert_eq!(text(&deaf.run.stdout), "deaf\n");
        let next = cell_within(&mut workbox, "'x' in globals()", 20_000).await;
        assert_eq!((next.is_new, text(&next.run.stdout)), (true, "False\n".to_owned()));
    }
}

#[tokio::test]
async fn a_session_that_ends_or_breaks_the_protocol_is_lost_and_said_to_be() {
    for native in backends().await {
        let mut workbox = open(&native, &[]).await;
        for (code, end) in [
            ("import os; os._exit(7)", "Exited(7) LOST"),
            ("import os; os._exit(0)", "Exited(1) LOST"),
            ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "Signaled(11) LOST"),
            ("import os; _ = os.write(3, b'garbage'); os.read(3, 1)", "Signaled(9) LOST"),
            ("import os; _ = os.write(3, b'D' * 100_000); os.read(3, 1)", "Signaled(9) LOST"),
            ("x = bytearray(1 << 29)\nx[:] = b'1' * (1 << 29)", "Limit(Memory) LOST"),
        ] {
            let seen = cell(&mut workbox, code).await;
            // Address space may run out first, which is an exception and no end.
            assert!(seen == end || seen.contains("MemoryError"), "{}: {code}: {seen}", native.name());
        }
        assert!(cell(&mut workbox, "import os; os.close(3)").await.ends_with("LOST"));
        // A reply that is forged ahead of its cell ends the session at the next one, whose number it does not carry.
        let forged =
            "import os, struct; os.write(3, struct.pack('<cBI', b'D', 0, 1)); _ = os.write(3, b'more')";
        cell(&mut workbox, "import os; os._exit(1)").await;
        cell(&mut workbox, forged).await;
        let next = cell(&mut workbox, "1").await;
        assert!(next.starts_with("Signaled(9)") && next.ends_with("LOST"), "{next}");
        assert_eq!(cell(&mut workbox, "1").await, "1\n");
    }
}

#[tokio::test]
async fn output_is_capped_and_closed_streams_and_forks_are_survived() {
    for native in backends().await {
        let mut workbox = open(&native, &[]).await;
        let long = cell_within(&mut workbox, "print('x' * 100_000)\n1", 20_000).await;
        assert!(long.run.cut && long.run.stdout.len() < 5000 && long.is_alive);
        let endless = cell_within(&mut workbox, "while True: print('x' * 1000)", 20_000).await;
        assert_eq!((endless.run.end, endless.is_alive), (JobEnd::Limit(LimitHit::Output), false));
        assert_eq!(cell(&mut workbox, "import os, sys\nos.close(1)\nos.close(2)\nx = 5").await, "");
        assert_eq!(cell(&mut workbox, "open('/work/x', 'w').write(str(x)) and None").await, "");
        assert_eq!(workbox.read("x", 10).await.unwrap().unwrap(), b"5");
        assert_eq!(cell(&mut workbox, "os._exit(1)").await, "Exited(1) LOST");
        assert_eq!(cell(&mut workbox, "import os\npid = os.fork()\n1 if pid else None").await, "1\n");
        assert_eq!(cell(&mut workbox, "os.waitpid(pid, 0)[1]").await, "0\n");
    }
}

#[tokio::test]
async fn processes_of_a_session_stay_and_daemons_of_a_program_do_not() {
    for native in backends().await {
        let mut workbox = open(&native, &[]).await;
        let code = "import subprocess\nhelper = subprocess.Popen(['sleep', '600'])\nhelper.poll()";
        assert_eq!(cell(&mut workbox, code).await, "");
        assert_eq!(bash(&mut workbox, "setsid sleep 601 & echo made").await, "made\n");
        let count = "import glob\n[open(p).read().split('\\0')[1] for p in glob.glob('/proc/[0-9]*/cmdline') if open(p).read().startswith('sleep')]";
        assert_eq!(cell(&mut workbox, count).await, "['600']\n");
        assert_eq!(cell(&mut workbox, "import os; os._exit(0)").await, "Exited(1) LOST");
        assert_eq!(cell(&mut workbox, count).await, "[]\n");
    }
}

#[tokio::test]
async fn a_session_is_branched_and_brought_back_with_its_files() {
    for native in backends().await {
        let files = vec![BoxFile::new("d/in", "first"), BoxFile::new("gone", "soon")];
        let mut workbox = native.open_box(BoxSpec { files, limits: JobLimits::standard() }).unwrap();
        assert!(matches!(workbox.checkpoint().await, Err(SandboxError::Refused(_))));
        let run = async |workbox: &mut envy_sandbox::NativeBox, code: &str| {
            let cell = Cell { code: code.to_owned(), wall_ms: 20_000, stream_bytes: 4096 };
            let result = workbox.cell(cell).await.unwrap();
            (text(&result.run.stdout) + &text(&result.run.stderr), result.is_alive)
        };
        run(&mut workbox, "import os\nx = [1]\nos.symlink('gone', 'link')").await;
        let start = workbox.checkpoint().await.unwrap();
        run(
            &mut workbox,
            "x.append(2); os.remove('gone'); os.mkdir('new'); _ = open('new/a', 'w').write('a')",
        )
        .await;
        run(&mut workbox, "_ = open('d/in', 'w').write('second')").await;
        let later = workbox.checkpoint().await.unwrap();
        let look = "x, open('d/in').read(), sorted(os.listdir('.'))";
        run(&mut workbox, "x.append(3); os.remove('d/in')").await;
        for _ in 0..2 {
            workbox.roll_back(start).await.unwrap();
            assert_eq!(run(&mut workbox, look).await.0, "([1], 'first', ['d', 'gone', 'link'])\n");
            run(&mut workbox, "x.append(9); os.mkdir('else')").await;
            workbox.roll_back(later).await.unwrap();
            assert_eq!(run(&mut workbox, look).await.0, "([1, 2], 'second', ['d', 'link', 'new'])\n");
        }
        // A copy that ends leaves what it was copied from.
        assert!(!run(&mut workbox, "os._exit(3)").await.1);
        workbox.roll_back(start).await.unwrap();
        assert_eq!(run(&mut workbox, "x").await, ("[1]\n".to_owned(), true));
    }
}

#[tokio::test]
async fn a_session_with_threads_is_not_copied() {
    for native in backends().await {
        let mut workbox =
            native.open_box(BoxSpec { files: Vec::new(), limits: JobLimits::standard() }).unwrap();
        let run = async |workbox: &mut envy_sandbox::NativeBox, code: &str| {
            let cell = Cell { code: code.to_owned(), wall_ms: 20_000, stream_bytes: 4096 };
            text(&workbox.cell(cell).await.unwrap().run.stdout)
        };
        run(
            &mut workbox,
            "import threading\nstop = threading.Event()\nt = threading.Thread(target=stop.wait); t.start()",
        )
        .await;
        let refused = workbox.checkpoint().await.unwrap_err();
        assert!(refused.to_string().contains("2 threads"), "{refused}");
        run(&mut workbox, "stop.set(); t.join(); x = 5").await;
        let checkpoint = workbox.checkpoint().await.unwrap();
        run(&mut workbox, "x = 6").await;
        workbox.roll_back(checkpoint).await.unwrap();
        assert_eq!(run(&mut workbox, "x").await, "5\n");
    }
}

#[tokio::test]
async fn a_cell_that_is_too_long_is_refused() {
    let native = Native::new(RuntimeTree::new("/"), NativeConfig::standard()).unwrap();
    let mut workbox = open(&native, &[]).await;
    let cell = Cell { code: "x".repeat(200 << 10), wall_ms: 1000, stream_bytes: 10 };
    assert!(matches!(workbox.cell(cell).await, Err(SandboxError::Refused(_))));
}
