//! The escape and limits suite over the native backend, in each mode that this host allows.

use std::os::unix::process::CommandExt as _;

use envy_core::Sandbox as _;
use envy_sandbox::suite::{self, Outcome};
use envy_sandbox::{Native, NativeConfig, RuntimeTree};

/// Some user that is not root.
const ORDINARY_ID: u32 = 1000;

/// Runs every case; a warm interpreter, where one is wanted, is there before the first.
async fn passes(config: NativeConfig) {
    let native = Native::new(RuntimeTree::new("/"), config).unwrap_or_else(|error| panic!("{error:?}"));
    if config.preload.is_some() && !native.warm_up().await {
        println!("SKIPPED: the suite in a warm interpreter: needs python3 in the runtime");
        return;
    }
    println!("the suite over {}", native.name());
    let results = suite::run(&native).await;
    let mut failures = Vec::new();
    for result in &results {
        match &result.outcome {
            Outcome::Passed => {}
            Outcome::Skipped(needs) => println!("SKIPPED: {}: needs {needs}", result.name),
            Outcome::Failed(what) => failures.push(format!("{}: {what}", result.name)),
        }
    }
    assert!(failures.is_empty(), "{}:\n{}", native.name(), failures.join("\n"));
    assert!(results.iter().any(|result| result.outcome == Outcome::Passed), "every case was skipped");
}

#[tokio::test]
async fn the_suite_passes_in_a_warm_interpreter() {
    passes(NativeConfig::standard()).await;
}

#[tokio::test]
async fn the_suite_passes_in_a_cold_interpreter() {
    passes(NativeConfig { preload: None, ..NativeConfig::standard() }).await;
}

#[tokio::test]
async fn the_suite_passes_without_cgroups() {
    passes(NativeConfig { without_cgroups: true, ..NativeConfig::standard() }).await;
}

/// The same in a process of an ordinary user, if this one is root and can start one.
#[tokio::test]
async fn the_suite_passes_as_an_ordinary_user() {
    if !rustix::process::geteuid().is_root() {
        return; // The other tests are that.
    }
    let tests = std::env::current_exe().unwrap();
    #[expect(clippy::disallowed_methods, reason = "the test starts itself again as another user")]
    let output = std::process::Command::new(tests)
        .args(["--exact", "suite::the_suite_passes_in_a_warm_interpreter", "--nocapture"])
        .current_dir("/")
        .uid(ORDINARY_ID)
        .gid(ORDINARY_ID)
        .output();
    match output {
        // The folder of the tests may be closed to other users.
        Err(error) => {
            println!("SKIPPED: the suite as an ordinary user: needs a test file it may run: {error}");
        }
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && text.contains("1 passed"), "{text}");
        }
    }
}
