//! Conformance: our servers and formats against the packages that own the protocols, installed by their pins into the
//! cache. The same tests run among all others; here nothing may be left out.

use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use crate::shell;

/// The tests of what others speak with us.
const TESTS: &[&str] = &["exports::", "harbor::", "jobs::", "serve::", "stop::"];

/// Runs them and fails on what a machine lacks.
pub(crate) fn run() -> Result<()> {
    shell::run("cargo", &["run", "--quiet", "--locked", "--package", "envy", "--", "build"])?;
    let test = ["test", "--locked", "--package", "envy", "--test", "it", "--"];
    let words: Vec<&str> =
        test.iter().chain(TESTS).copied().chain(["--nocapture", "--test-threads", "2"]).collect();
    let began = Instant::now();
    let mut tests = shell::command("cargo", &words);
    let told = tests.stderr(Stdio::inherit()).output().context("cannot start cargo")?;
    let said = String::from_utf8_lossy(&told.stdout);
    ensure!(told.status.success(), "a test failed:\n{said}");
    let lacking: Vec<&str> = said.lines().filter(|line| line.contains("SKIPPED")).collect();
    shell::say(said.lines().rfind(|line| line.starts_with("test result")).unwrap_or_default());
    ensure!(lacking.is_empty(), "some packages could not be had:\n{}", lacking.join("\n"));
    shell::say(&format!("== conformance: ok, {:.0} s", began.elapsed().as_secs_f64()));
    Ok(())
}
