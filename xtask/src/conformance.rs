//! Conformance: our servers and formats against the packages that own the protocols, installed by their pins into the
//! cache. The same tests run among all others; here nothing may be left out.

use anyhow::{Result, ensure};

use crate::shell;

/// The tests that meet other people's packages.
const TESTS: &[&str] = &["serve::", "exports::", "harbor::"];

/// Runs them and fails on what a machine lacks.
pub(crate) fn run() -> Result<()> {
    shell::run("cargo", &["run", "--quiet", "--locked", "--package", "envy", "--", "build"])?;
    let test = ["test", "--locked", "--package", "envy", "--test", "it", "--"];
    let words: Vec<&str> =
        test.iter().chain(TESTS).copied().chain(["--nocapture", "--test-threads", "2"]).collect();
    let said = shell::output("cargo", &words)?;
    let lacking: Vec<&str> = said.lines().filter(|line| line.contains("SKIPPED")).collect();
    shell::say(said.lines().rfind(|line| line.starts_with("test result")).unwrap_or_default());
    ensure!(lacking.is_empty(), "some packages could not be had:\n{}", lacking.join("\n"));
    Ok(())
}
