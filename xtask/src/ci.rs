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

/// The dependency policy of `deny.toml`. The tool is not part of a Rust installation and is not forced on anyone:
/// tidy checks the same licence list without it, sources and bans need the tool.
fn licences() -> Result<()> {
    if !shell::has("cargo", &["deny", "--version"]) {
        shell::say("SKIPPED: needs cargo-deny (`cargo install cargo-deny --locked`)");
        return Ok(());
    }
    shell::run("cargo", &["deny", "--workspace", "check", "licenses", "bans", "sources"])
}
