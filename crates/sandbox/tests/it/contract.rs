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
    JobLimits { wall_ms: 10_000, memory_bytes: 256 << 20, processes: 32, disk_bytes: 8 << 20, stream_bytes: 1024 }
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
