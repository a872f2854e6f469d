//! The contract of [`envy_core::Workbox`], on the native backend over the host's own runtime.

use std::time::{Duration, Instant};

use envy_core::{
    BoxFile, BoxSpec, Exec, ExecResult, JobEnd, JobLimits, LimitHit, Sandbox, SandboxError, Workbox,
};
use envy_sandbox::{Native, NativeConfig, RuntimeTree};

fn native() -> Native {
    Native::new(RuntimeTree::new("/"), NativeConfig::standard()).unwrap_or_else(|error| panic!("{error:?}"))
}

fn limits() -> JobLimits {
    JobLimits {
        wall_ms: 10_000,
        memory_bytes: 256 << 20,
        processes: 32,
        disk_bytes: 8 << 20,
        stream_bytes: 1024,
    }
}

async fn open(native: &Native, files: &[(&str, &str)], limits: JobLimits) -> Box<dyn Workbox> {
    let files = files.iter().map(|(path, text)| BoxFile::new(*path, *text)).collect();
    native.open(BoxSpec { files, limits }).await.unwrap()
}

fn bash(script: &str) -> Exec {
    let argv = ["bash", "-c", script].map(str::to_owned).to_vec();
    Exec { argv, cwd: String::new(), wall_ms: u64::MAX, stream_bytes: u64::MAX }
}

async fn run(workbox: &mut Box<dyn Workbox>, script: &str) -> ExecResult {
    workbox.exec(bash(script)).await.unwrap_or_else(|error| panic!("{error:?}"))
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn files_persist_between_execs_and_both_sides_see_them() {
    let native = native();
    let mut workbox = open(&native, &[("a/in.txt", "hello")], limits()).await;
    assert_eq!(workbox.list("").await.unwrap(), ["a/"]);
    let first = run(&mut workbox, "cat a/in.txt; echo -n made > out.txt; echo oops >&2; exit 7").await;
    assert_eq!((text(&first.stdout), text(&first.stderr)), ("hello", "oops\n"));
    assert_eq!((first.end, first.cut), (JobEnd::Exited(7), false));
    workbox.write(BoxFile::new("b/new.txt", "fresh")).await.unwrap();
    let second = run(&mut workbox, "cat out.txt b/new.txt; echo more >> b/new.txt; pwd").await;
    assert_eq!((text(&second.stdout), second.end), ("madefresh/work\n", JobEnd::Exited(0)));
    assert_eq!(workbox.read("b/new.txt", 100).await.unwrap().unwrap(), b"freshmore\n");
    assert_eq!(workbox.list("/work").await.unwrap(), ["a/", "b/", "out.txt"]);
    assert_eq!(workbox.read("none", 100).await.unwrap(), None);
}

#[tokio::test]
async fn a_working_directory_and_a_command_are_checked() {
    let native = native();
    let mut workbox = open(&native, &[("sub/x", "")], limits()).await;
    let there = Exec { cwd: "sub".to_owned(), ..bash("ls") };
    assert_eq!(workbox.exec(there).await.unwrap().stdout, b"x\n");
    for refused in [
        Exec { cwd: "../etc".to_owned(), ..bash("ls") },
        Exec { cwd: "gone".to_owned(), ..bash("ls") },
        Exec { argv: vec!["no-such-program".to_owned()], ..bash("ls") },
        Exec { argv: Vec::new(), ..bash("ls") },
        Exec { argv: vec!["a\0b".to_owned()], ..bash("ls") },
        Exec { argv: vec!["echo".to_owned(), "x".repeat(200 << 10)], ..bash("ls") },
    ] {
        assert!(matches!(workbox.exec(refused).await, Err(SandboxError::Refused(_))));
    }
    assert_eq!(run(&mut workbox, "ls").await.stdout, b"sub\n");
}

#[tokio::test]
async fn many_boxes_at_once_keep_to_themselves() {
    let native = native();
    let mut running = Vec::new();
    for number in 0..24 {
        let mut workbox = open(&native, &[], limits()).await;
        running.push(tokio::spawn(async move {
            let script = format!("echo {number} > mine; sleep 0.1; cat mine; ls | wc -l");
            (number, run(&mut workbox, &script).await)
        }));
    }
    for task in running {
        let (number, result) = task.await.unwrap();
        assert_eq!(text(&result.stdout), format!("{number}\n1\n"));
    }
}

#[tokio::test]
async fn who_stops_waiting_stops_the_program() {
    let native = native();
    let mut workbox = open(&native, &[], limits()).await;
    run(&mut workbox, "true").await;
    let start = Instant::now();
    let waited = tokio::time::timeout(Duration::from_millis(200), workbox.exec(bash("sleep 600"))).await;
    assert!(waited.is_err());
    // The box died with its program; its files are still there for whoever grades what was left.
    assert_eq!(workbox.list("").await.unwrap(), Vec::<String>::new());
    assert!(matches!(workbox.exec(bash("true")).await, Err(SandboxError::Host { .. })));
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_box_outlives_the_backend_value() {
    let native = native();
    let mut workbox = open(&native, &[], limits()).await;
    drop(native);
    assert_eq!(run(&mut workbox, "echo alive").await.stdout, b"alive\n");
}

#[tokio::test]
async fn a_runtime_that_is_none_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let error = Native::new(RuntimeTree::new(folder.path()), NativeConfig::standard()).err().unwrap();
    let SandboxError::Host { what, hint } = error else { panic!("not a host failure") };
    assert!(what.contains("usr/") && hint.contains("envy build"), "{what} {hint}");
}

#[tokio::test]
async fn limits_are_named() {
    let native = native();
    let mut workbox = open(&native, &[], JobLimits { wall_ms: 300, ..limits() }).await;
    let result = run(&mut workbox, "echo before; sleep 600").await;
    assert_eq!((result.end, text(&result.stdout)), (JobEnd::Limit(LimitHit::Time), "before\n"));
    let result = run(&mut workbox, "yes").await;
    assert!(matches!(result.end, JobEnd::Limit(LimitHit::Time | LimitHit::Output)) && result.cut);
    let result = workbox.exec(Exec { stream_bytes: 10, ..bash("echo 0123456789abcdef") }).await.unwrap();
    assert_eq!((result.end, result.cut), (JobEnd::Exited(0), true));
}
