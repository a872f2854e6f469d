//! A host that runs out of user namespaces in the middle of a run.

use envy_core::{BoxSpec, Exec, JobEnd, JobLimits, Sandbox as _, SandboxError};
use envy_sandbox::{Native, NativeConfig, RuntimeTree};

/// The kernel's limit, which holds for the namespace that sets it and those below.
const LIMIT: &str = "/proc/sys/user/max_user_namespaces";

/// User namespaces that the test allows: one of its own, the jailer's, and a few boxes'.
const ALLOWED: u32 = 6;

fn spec() -> BoxSpec {
    BoxSpec { files: Vec::new(), limits: JobLimits::standard() }
}

fn echo() -> Exec {
    let argv = ["bash", "-c", "echo alive"].map(str::to_owned).to_vec();
    Exec { argv, cwd: String::new(), wall_ms: 20_000, stream_bytes: 100 }
}

/// Opens boxes until the kernel gives no more.
async fn run_out() {
    let config = NativeConfig { pool: 0, waiting: 0, preload: None, ..NativeConfig::standard() };
    let native = Native::new(RuntimeTree::new("/"), config).unwrap_or_else(|error| panic!("{error:?}"));
    let mut boxes = Vec::new();
    let refused = loop {
        assert!(boxes.len() <= ALLOWED as usize, "the limit was never met");
        let mut workbox = native.open(spec()).await.unwrap();
        match workbox.exec(echo()).await {
            Ok(result) => assert_eq!(result.end, JobEnd::Exited(0)),
            Err(error) => break error,
        }
        boxes.push(workbox);
    };
    let SandboxError::Host { what, hint } = refused else { panic!("not the host's failure: {refused}") };
    assert!(what.contains("create a box's namespaces"), "{what}");
    assert!(hint.contains("sysctl -w user.max_user_namespaces"), "{hint}");
    // Those that are open go on, and one that is given back makes room.
    let mut last = boxes.pop().expect("a box before the limit");
    assert_eq!(last.exec(echo()).await.unwrap().stdout, b"alive\n");
    drop(last);
    let mut attempts = 0;
    loop {
        let mut workbox = native.open(spec()).await.unwrap();
        if workbox.exec(echo()).await.is_ok() {
            break;
        }
        attempts += 1;
        assert!(attempts < 200, "a namespace that was given back is not to be had");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_host_without_namespaces_in_the_middle_of_a_run_names_its_setting() {
    let limit: u32 =
        std::fs::read_to_string(LIMIT).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0);
    if limit <= ALLOWED {
        return run_out().await;
    }
    // Again in a namespace that has little, as an ordinary user of it.
    let tests = std::env::current_exe().unwrap();
    let name = "exhaustion::a_host_without_namespaces_in_the_middle_of_a_run_names_its_setting";
    let script = format!(
        "echo {ALLOWED} > {LIMIT} && exec unshare --user --map-user=1000 \"$0\" --exact {name} --nocapture"
    );
    #[expect(clippy::disallowed_methods, reason = "the test starts itself again in a namespace of its own")]
    let output = std::process::Command::new("unshare")
        .args(["--user", "--map-root-user", "sh", "-c", &script])
        .arg(tests)
        .output();
    let Ok(output) = output else {
        println!("SKIPPED: needs unshare (util-linux)");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    if text.contains("unshare failed") || text.contains("unshare: ") {
        println!("SKIPPED: needs user namespaces within user namespaces: {text}");
        return;
    }
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}
