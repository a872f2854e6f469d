//! Everything that must hold before a change lands. `.ci/run` calls this and nothing else.

use std::time::Instant;

use anyhow::Result;

use crate::{shell, tidy};

/// One step: its name and what it does.
type Step = (&'static str, fn() -> Result<()>);

const STEPS: &[Step] = &[
    ("format", || shell::run("cargo", &["fmt", "--all", "--check"])),
    ("tidy", tidy::run),
    ("licences", licences),
    ("lints", || {
        let lint = ["clippy", "--workspace", "--all-targets", "--locked", "--quiet", "--", "-D", "warnings"];
        shell::run("cargo", &lint)
    }),
    ("runtime", || shell::run("cargo", &["run", "--quiet", "--locked", "--package", "envy", "--", "build"])),
    ("tests", || shell::run("cargo", &["test", "--workspace", "--locked", "--no-fail-fast"])),
];

/// Runs every step in order and stops at the first that fails.
pub(crate) fn run() -> Result<()> {
    for (name, step) in STEPS {
        let start = Instant::now();
        shell::say(&format!("== {name}"));
        step()?;
        shell::say(&format!("== {name}: ok, {:.0} s", start.elapsed().as_secs_f64()));
    }
    Ok(())
}

/// The release of the licence tool that CI installs for itself where there is none.
const DENY_VERSION: &str = "0.20.2";

/// The dependency policy of `deny.toml`: licences, bans, sources.
fn licences() -> Result<()> {
    let Some(tool) = deny_tool() else {
        shell::say(
            "SKIPPED: needs cargo-deny (`cargo install cargo-deny --locked`), which could not be installed",
        );
        return Ok(());
    };
    let check = ["--workspace", "check", "--hide-inclusion-graph", "licenses", "bans", "sources"];
    shell::run(&tool, &check)
}

/// The tool on the PATH, else the one in the cache, else a new install there (minutes, once a machine).
fn deny_tool() -> Option<String> {
    if shell::has("cargo-deny", &["--version"]) {
        return Some("cargo-deny".to_owned());
    }
    let cache = shell::cache()?.join(format!("cargo-deny-{DENY_VERSION}"));
    let tool = cache.join("bin/cargo-deny").to_string_lossy().into_owned();
    let root = cache.to_string_lossy().into_owned();
    let install =
        ["install", "cargo-deny", "--version", DENY_VERSION, "--locked", "--quiet", "--root", &root];
    let ready = shell::has(&tool, &["--version"]) || shell::run("cargo", &install).is_ok();
    ready.then_some(tool)
}
