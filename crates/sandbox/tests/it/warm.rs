//! A warm interpreter does what a cold one does: the same commands in both, compared.

use envy_core::{BoxFile, BoxSpec, Exec, JobEnd, JobLimits, LimitHit, Sandbox as _, Workbox};
use envy_sandbox::{Native, NativeConfig, RuntimeTree};

const SCRIPTS: [(&str, &str); 9] = [
    ("plain", "import sys\nprint(sys.argv, __name__, __file__, sys.path[0])"),
    ("exit", "import sys, atexit\natexit.register(print, 'bye')\nsys.exit(7)"),
    ("words", "import sys\nsys.exit('in words')"),
    ("raises", "def f():\n    raise ValueError('no')\nf()"),
    ("syntax", "def f(:\n    pass"),
    (
        "thread",
        "import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.05), print('late'))).start()",
    ),
    ("child", "import os\npid = os.fork()\nprint('child' if pid == 0 else os.waitpid(pid, 0)[1])"),
    ("module", "import helper\nprint(helper.VALUE)\nprint(sorted(n for n in globals() if n[0] != '_'))"),
    ("killed", "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)"),
];

fn exec(argv: &[&str]) -> Exec {
    let argv = argv.iter().map(|word| (*word).to_owned()).collect();
    Exec { argv, cwd: String::new(), wall_ms: 20_000, stream_bytes: 64 << 10 }
}

async fn open(native: &Native) -> Box<dyn Workbox> {
    let mut files: Vec<BoxFile> =
        SCRIPTS.iter().map(|(name, text)| BoxFile::new(format!("code/{name}.py"), *text)).collect();
    files.push(BoxFile::new("code/helper.py", "VALUE = 42"));
    native.open(BoxSpec { files, limits: JobLimits::standard() }).await.unwrap()
}

/// A backend with a warm interpreter that is ready; `None` if there is no Python here.
async fn warm() -> Option<Native> {
    let native = Native::new(RuntimeTree::new("/"), NativeConfig::standard()).unwrap();
    if native.warm_up().await {
        return Some(native);
    }
    println!("SKIPPED: a warm interpreter: needs python3 in the runtime");
    None
}

#[tokio::test]
async fn a_warm_interpreter_does_what_a_cold_one_does() {
    let Some(warm) = warm().await else { return };
    let cold = NativeConfig { preload: None, ..NativeConfig::standard() };
    let cold = Native::new(RuntimeTree::new("/"), cold).unwrap();
    let (mut warm, mut cold) = (open(&warm).await, open(&cold).await);
    let mut commands: Vec<Vec<String>> = Vec::new();
    for (name, _) in SCRIPTS {
        commands.push(vec![
            "python3".to_owned(),
            format!("code/{name}.py"),
            "one".to_owned(),
            "-two".to_owned(),
        ]);
    }
    for text in
        ["import sys; print(sys.argv, __name__, sys.path[0] == '')", "1/0", "print('no newline', end='')"]
    {
        commands.push(vec!["python3".to_owned(), "-c".to_owned(), text.to_owned(), "x".to_owned()]);
    }
    for command in commands {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let (one, other) = (warm.exec(exec(&words)).await.unwrap(), cold.exec(exec(&words)).await.unwrap());
        assert_eq!((one.end, &one.stdout), (other.end, &other.stdout), "{words:?}: {one:?} {other:?}");
        assert_eq!(String::from_utf8_lossy(&one.stderr), String::from_utf8_lossy(&other.stderr), "{words:?}");
    }
}

#[tokio::test]
async fn children_that_wait_serve_every_kind_of_limits_and_are_never_used_twice() {
    let Some(warm) = warm().await else { return };
    let text = "import os; print(open('mark').read() if os.path.exists('mark') else 'fresh'); open('mark', 'w').write('used')";
    for round in 0..12 {
        let processes = 40 + round % 3;
        let limits = JobLimits { processes, ..JobLimits::standard() };
        let mut workbox = warm.open(BoxSpec { files: Vec::new(), limits }).await.unwrap();
        for expected in ["fresh\n", "used\n"] {
            let result = workbox.exec(exec(&["python3", "-u", "-c", text])).await.unwrap();
            assert_eq!(
                (result.end, result.stdout.as_slice()),
                (JobEnd::Exited(0), expected.as_bytes()),
                "{result:?}"
            );
        }
        let limit = "import resource; print(resource.getrlimit(resource.RLIMIT_NPROC)[0] % 8)";
        let own = workbox.exec(exec(&["python3", "-c", limit])).await.unwrap();
        let margin = u32::from(String::from_utf8_lossy(&own.stdout).trim().parse::<u8>().unwrap());
        // 16 more where a control group counts, 1 where nobody does.
        assert!(margin == processes % 8 || margin == (processes + 1) % 8, "{margin} of {processes}");
        // Time for those that are made in the background.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_worn_interpreter_is_replaced_without_a_pause() {
    let config = NativeConfig { children_max: 3, waiting: 0, preload: Some(&[]), ..NativeConfig::standard() };
    let native = Native::new(RuntimeTree::new("/"), config).unwrap();
    if !native.warm_up().await {
        println!("SKIPPED: a warm interpreter: needs python3 in the runtime");
        return;
    }
    let mut workbox = open(&native).await;
    // The layout of addresses is a zygote's own, and the same in all of its children.
    let text = "import time\nprint(next(line for line in open('/proc/self/maps') if 'libc.so' in line)[:12])\n\
                time.sleep(0.02)";
    let mut layouts = std::collections::BTreeSet::new();
    for _ in 0..200 {
        let result = workbox.exec(exec(&["python3", "-c", text])).await.unwrap();
        assert_eq!(result.end, JobEnd::Exited(0), "{result:?}");
        layouts.insert(result.stdout);
        if layouts.len() > 2 {
            return;
        }
    }
    panic!("{} layouts after 200 children", layouts.len());
}

#[tokio::test]
async fn a_script_that_is_not_there_is_an_observation() {
    let Some(warm) = warm().await else { return };
    let mut workbox = open(&warm).await;
    let result = workbox.exec(exec(&["python3", "none.py"])).await.unwrap();
    assert_eq!(result.end, JobEnd::Exited(2));
    let words = "python3: can't open file '/work/none.py': [Errno 2] No such file or directory\n";
    assert_eq!(String::from_utf8_lossy(&result.stderr), words);
}

#[tokio::test]
async fn many_children_at_once_and_a_wall_clock_for_each() {
    let Some(warm) = warm().await else { return };
    let mut running = Vec::new();
    for number in 0..16 {
        let mut workbox = open(&warm).await;
        running.push(tokio::spawn(async move {
            let naps = if number % 2 == 1 { "0.05" } else { "600" };
            let text = format!("import time; print({number}, flush=True); time.sleep({naps})");
            let slow = Exec { wall_ms: 3000, ..exec(&["python3", "-c", &text]) };
            (number, workbox.exec(slow).await.unwrap())
        }));
    }
    for task in running {
        let (number, result) = task.await.unwrap();
        let expected = if number % 2 == 1 { JobEnd::Exited(0) } else { JobEnd::Limit(LimitHit::Time) };
        assert_eq!((result.end, result.stdout), (expected, format!("{number}\n").into_bytes()));
    }
}
