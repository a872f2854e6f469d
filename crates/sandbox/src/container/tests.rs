//! The protocol between the backend and the server in a container, without a container: both ends in this process.

use std::sync::Arc;
use std::time::Duration;

use envy_core::{Cell, Exec, JobEnd, JobLimits};
use tokio::net::UnixStream;

use super::*;
use crate::suite::{self, Outcome};
use crate::{Native, NativeConfig, RuntimeTree};

/// A backend whose server runs here, over native boxes.
async fn beside() -> Container {
    let native =
        Native::new(RuntimeTree::new("/"), NativeConfig { preload: None, ..NativeConfig::standard() });
    let native = native.unwrap_or_else(|error| panic!("{error:?}"));
    let (ours, theirs) = UnixStream::pair().unwrap();
    tokio::spawn(async move {
        let (reader, writer) = theirs.into_split();
        serve(Ok((Arc::new(native), "digest".to_owned())), reader, writer).await
    });
    let link = Link::open(ours, Packing::Plain).await.unwrap_or_else(|error| panic!("{error:?}"));
    Container {
        name: link.hello.sandbox.clone(),
        runtime: link.hello.runtime.clone(),
        plan: Plan {
            daemon: Daemon::silent(),
            config: ContainerConfig {
                image: String::new(),
                command: Vec::new(),
                plain_flag: String::new(),
                one_each: false,
            },
            users: AtomicU32::new(0),
        },
        shared: Some(Mutex::new(Arc::new(link))),
        places: AtomicU64::new(0),
    }
}

fn limits() -> JobLimits {
    JobLimits {
        wall_ms: 20_000,
        memory_bytes: 256 << 20,
        processes: 32,
        disk_bytes: 8 << 20,
        stream_bytes: 1024,
    }
}

fn bash(script: &str) -> Exec {
    let argv = ["bash", "-c", script].map(str::to_owned).to_vec();
    Exec { argv, cwd: String::new(), wall_ms: 20_000, stream_bytes: u64::MAX }
}

async fn open(container: &Container) -> Box<dyn Workbox> {
    let files = vec![BoxFile::new("in", "hello"), BoxFile::new("raw", vec![0xff, 0])];
    container.open(BoxSpec { files, limits: limits() }).await.unwrap_or_else(|error| panic!("{error:?}"))
}

#[tokio::test]
async fn a_box_at_the_other_end_is_a_box() {
    let container = beside().await;
    assert!(container.name().starts_with("native") && container.runtime() == "digest");
    let mut workbox = open(&container).await;
    let result = workbox.exec(bash("cat in; echo out > made; exit 3")).await.unwrap();
    assert_eq!((result.end, result.stdout.as_slice()), (JobEnd::Exited(3), &b"hello"[..]));
    assert!(workbox.usage().cpu_ms.is_some());
    assert_eq!(workbox.read("raw", 10).await.unwrap().unwrap(), [0xff, 0]);
    assert!(matches!(workbox.read("made", 2).await, Err(SandboxError::Refused(_))));
    workbox.write(BoxFile::new("in", "again")).await.unwrap();
    assert_eq!(workbox.list("").await.unwrap(), ["in", "made", "raw"]);
    let cell = |code: &str| Cell { code: code.to_owned(), wall_ms: 20_000, stream_bytes: 100 };
    workbox.cell(cell("x = 6")).await.unwrap();
    assert_eq!(workbox.cell(cell("x * 7")).await.unwrap().run.stdout, b"42\n");
}

#[tokio::test]
async fn many_boxes_share_a_connection() {
    let container = Arc::new(beside().await);
    let mut running = Vec::new();
    for number in 0..8 {
        let mut workbox = open(&container).await;
        running.push(tokio::spawn(async move {
            let script = format!("echo {number} > in; sleep 0.1; cat in");
            (number, workbox.exec(bash(&script)).await.unwrap().stdout)
        }));
    }
    for task in running {
        let (number, stdout) = task.await.unwrap();
        assert_eq!(String::from_utf8(stdout).unwrap(), format!("{number}\n"));
    }
}

#[tokio::test]
async fn who_gives_up_stops_the_program_and_keeps_the_files() {
    let container = beside().await;
    let mut workbox = open(&container).await;
    workbox.exec(bash("true")).await.unwrap();
    let endless = workbox.exec(bash("echo late > in; sleep 600"));
    assert!(tokio::time::timeout(Duration::from_millis(300), endless).await.is_err());
    assert_eq!(workbox.read("in", 10).await.unwrap().unwrap(), b"late\n");
    assert!(matches!(workbox.exec(bash("true")).await, Err(SandboxError::Host { .. })));
}

#[tokio::test]
async fn a_server_that_ends_is_the_host_s_failure_and_never_a_score() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let link = tokio::spawn(Link::open(ours, Packing::Plain));
    drop(theirs);
    assert!(matches!(link.await.unwrap(), Err(SandboxError::Host { .. })));
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let link = tokio::spawn(Link::open(ours, Packing::Plain));
    let hello = message::frame(&message::Word::Hello(message::Hello::new("x", "y"))).unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut theirs, &hello).await.unwrap();
    let link = link.await.unwrap().unwrap_or_else(|error| panic!("{error:?}"));
    tokio::io::AsyncWriteExt::write_all(&mut theirs, b"garbage!").await.unwrap();
    let answer = link.ask(0, Ask::List(String::new())).await;
    assert!(matches!(answer, Err(SandboxError::Host { .. })) && !link.is_open());
}

#[tokio::test]
async fn the_suite_passes_through_the_protocol() {
    let container = beside().await;
    let results = suite::run(&container).await;
    let failed: Vec<_> =
        results.iter().filter(|result| matches!(result.outcome, Outcome::Failed(_))).collect();
    assert!(failed.is_empty(), "{failed:?}");
    assert!(results.iter().any(|result| result.outcome == Outcome::Passed), "every case was skipped");
}

#[test]
fn the_profile_lets_boxes_do_what_they_may_and_has_no_other_door() {
    let profile: Value = serde_json::from_str(PROFILE).unwrap();
    let names: Vec<&str> = profile["syscalls"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|rule| rule["names"].as_array().unwrap())
        .map(|name| name.as_str().unwrap())
        .collect();
    // The lists of a box, as they are written.
    let source = include_str!("../jail/syscalls.rs");
    for list in ["ALLOWED", "LEGACY", "ACCOUNTED", "SETUP"] {
        let start = source.find(&format!("const {list}: &[Allowed]")).unwrap();
        let text = &source[start..start + source[start..].find("];").unwrap()];
        let calls = text.split("libc::SYS_").skip(1).map(|rest| rest.split(',').next().unwrap());
        for call in calls {
            assert!(names.contains(&call), "{call} is a box's, but not in the container's profile");
        }
    }
    assert_eq!(profile["defaultAction"], "SCMP_ACT_ERRNO");
    for closed in [
        "io_uring_setup",
        "bpf",
        "kexec_load",
        "init_module",
        "ptrace",
        "keyctl",
        "perf_event_open",
        "userfaultfd",
        "open_by_handle_at",
        "process_vm_writev",
        "reboot",
        "swapon",
        "syslog",
        "quotactl",
    ] {
        assert!(!names.contains(&closed), "{closed}");
    }
    let families = profile["syscalls"].as_array().unwrap().iter().filter(|rule| rule["names"][0] == "socket");
    let families: Vec<_> = families.map(|rule| rule["args"][0]["value"].as_u64().unwrap()).collect();
    assert_eq!(families, [1, 2, 10], "unix, IPv4 and IPv6: not vsock, netlink, packet");
}
