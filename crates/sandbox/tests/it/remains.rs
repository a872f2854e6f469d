//! Nothing is left behind: not by boxes, not by a supervisor that was killed; and a jailer that died is replaced.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::remnants::{children, family, groups_of, is_alive, jailer_of};
use envy_core::{BoxSpec, Exec, JobEnd, JobLimits, Sandbox as _, SandboxError, Workbox};
use envy_sandbox::{Native, NativeConfig, RuntimeTree};
use rustix::process::{Pid, Signal, kill_process};

/// How long the kernel may take to clear away what was killed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Set for the copy of this test binary that is going to be killed.
const VICTIM: &str = "ENVY_TEST_VICTIM";

fn exec(script: &str) -> Exec {
    let argv = ["bash", "-c", script].map(str::to_owned).to_vec();
    Exec { argv, cwd: String::new(), wall_ms: 60_000, stream_bytes: 1024 }
}

async fn open(native: &Native) -> Box<dyn Workbox> {
    native.open(BoxSpec { files: Vec::new(), limits: JobLimits::standard() }).await.unwrap()
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// What the victim does: a box that sleeps, and word that it does.
async fn be_the_victim() {
    let native = Native::new(RuntimeTree::new("/"), NativeConfig::standard()).unwrap();
    let mut workbox = open(&native).await;
    workbox.exec(exec("true")).await.unwrap();
    println!("READY");
    let _ = workbox.exec(exec("setsid sleep 600 & sleep 600")).await;
}

/// This test binary again, to run one test in a process of its own.
fn copy(test: &str) -> Command {
    #[expect(clippy::disallowed_methods, reason = "the test starts itself again, alone in a process")]
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(VICTIM, "1");
    command
}

#[tokio::test]
async fn a_killed_supervisor_takes_everything_with_it() {
    if std::env::var_os(VICTIM).is_some() {
        return be_the_victim().await;
    }
    let mut victim = copy("remains::a_killed_supervisor_takes_everything_with_it");
    let mut victim = victim.stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(victim.stdout.take().unwrap());
    let mut line = String::new();
    while !line.ends_with("READY\n") {
        line.clear();
        assert!(stdout.read_line(&mut line).unwrap() > 0, "the victim ended before it was ready");
    }
    let pid = i32::try_from(victim.id()).unwrap();
    // The test, the launcher, the jailer, the init, the shell and at least one sleep.
    until("the tree grows", || family(pid).len() >= 6).await;
    let tree = family(pid);
    victim.kill().unwrap();
    victim.wait().unwrap();
    until("every process dies", || !tree.iter().any(|pid| is_alive(*pid))).await;
    until("every cgroup goes", || groups_of(pid).is_empty()).await;
}

#[tokio::test]
async fn a_dead_jailer_is_a_fault_and_is_replaced() {
    // In a process of its own, where there is only one jailer to kill.
    if std::env::var_os(VICTIM).is_none() {
        let output = copy("remains::a_dead_jailer_is_a_fault_and_is_replaced").output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
        return;
    }
    let native = Native::new(RuntimeTree::new("/"), NativeConfig::standard()).unwrap();
    let mut workbox = open(&native).await;
    workbox.exec(exec("echo kept > file")).await.unwrap();
    let own = i32::try_from(std::process::id()).unwrap();
    let jailer = jailer_of(own);
    kill_process(Pid::from_raw(jailer).unwrap(), Signal::KILL).unwrap();
    // Until then a box may still serve a short program.
    until("the jailer dies", || !is_alive(jailer)).await;
    let lost = workbox.exec(exec("true")).await;
    assert!(matches!(lost, Err(SandboxError::Host { .. })), "{lost:?}");
    assert_eq!(workbox.read("file", 100).await.unwrap().unwrap(), b"kept\n");
    let mut another = open(&native).await;
    let result = another.exec(exec("echo again")).await.unwrap();
    assert_eq!((result.end, result.stdout.as_slice()), (JobEnd::Exited(0), &b"again\n"[..]));
}

#[tokio::test]
async fn a_dead_warm_interpreter_is_a_fault_and_is_replaced() {
    if std::env::var_os(VICTIM).is_none() {
        let output = copy("remains::a_dead_warm_interpreter_is_a_fault_and_is_replaced").output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
        return;
    }
    let native = Native::new(RuntimeTree::new("/"), NativeConfig::standard()).unwrap();
    if !native.warm_up().await {
        println!("SKIPPED: a warm interpreter: needs python3 in the runtime");
        return;
    }
    let python = |text: &str| {
        let argv = ["python3", "-c", text].map(str::to_owned).to_vec();
        Exec { argv, cwd: String::new(), wall_ms: 60_000, stream_bytes: 1024 }
    };
    let mut workbox = open(&native).await;
    workbox.exec(python("pass")).await.unwrap();
    let own = i32::try_from(std::process::id()).unwrap();
    let is_python = |pid: &i32| {
        std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.starts_with("python"))
    };
    let zygote = children(jailer_of(own)).into_iter().find(is_python).unwrap();
    let (lost, ()) = tokio::join!(workbox.exec(python("import time; time.sleep(600)")), async {
        until("the script starts", || family(zygote).len() > 1).await;
        kill_process(Pid::from_raw(zygote).unwrap(), Signal::KILL).unwrap();
    });
    assert!(matches!(lost, Err(SandboxError::Host { .. })), "{lost:?}");
    // Whoever asks before the loss is noticed has a fault too, which a run tries again; then there is a new interpreter.
    let start = Instant::now();
    let result = loop {
        let mut another = open(&native).await;
        match another.exec(python("print('again')")).await {
            Ok(result) => break result,
            Err(SandboxError::Host { .. }) if start.elapsed() < PATIENCE => {}
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!((result.end, result.stdout.as_slice()), (JobEnd::Exited(0), &b"again\n"[..]));
    assert!(native.warm_up().await, "no new interpreter");
}

#[tokio::test]
async fn boxes_give_back_their_descriptors_and_processes() {
    if std::env::var_os(VICTIM).is_none() {
        let output = copy("remains::boxes_give_back_their_descriptors_and_processes").output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
        return;
    }
    let native = Native::new(RuntimeTree::new("/"), NativeConfig::standard()).unwrap();
    let own = i32::try_from(std::process::id()).unwrap();
    let descriptors = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    open(&native).await.exec(exec("true")).await.unwrap();
    let (before, boxes) = (descriptors(), NativeConfig::standard().pool);
    for _ in 0..50 {
        open(&native).await.exec(exec("sleep 600 & exit 3")).await.unwrap();
    }
    // Each box that stands ready holds a socket and a process descriptor.
    until("descriptors come back", || descriptors() <= before + 2 * boxes).await;
    // This process, the launcher, the jailer and the boxes that stand ready.
    until("processes end", || family(own).iter().filter(|pid| is_alive(**pid)).count() <= 3 + boxes).await;
    until("cgroups go", || groups_of(own).iter().all(|group| children_of(group) <= boxes)).await;
}

fn children_of(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).count()
}
