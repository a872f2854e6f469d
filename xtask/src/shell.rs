//! Running programs and talking to the terminal, in one place.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// The workspace's root folder: the one that cargo runs us from, since a build may be shared by several checkouts.
pub(crate) fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").expect("`cargo xtask` runs this program");
    Path::new(&here).parent().expect("xtask lies in the workspace").to_owned()
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    let set = std::env::var_os("CARGO_TARGET_DIR").filter(|value| !value.is_empty()).map(PathBuf::from);
    set.unwrap_or_else(|| root().join("target"))
}

/// The folder for what outlives a checkout: `ENVY_CACHE_DIR`, else the user's cache.
pub(crate) fn cache() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("ENVY_CACHE_DIR")
        .or_else(|| set("XDG_CACHE_HOME").map(|cache| cache.join("envy")))
        .or_else(|| set("HOME").map(|home| home.join(".cache/envy")))
}

/// Prints a line for the developer.
#[expect(clippy::print_stderr, reason = "this is a developer's tool: its progress goes to stderr")]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}

/// `program` in the workspace's root.
#[expect(clippy::disallowed_methods, reason = "chores run cargo and git; nothing here meets an agent")]
pub(crate) fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// Runs a program to its end, showing what it prints.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Result<()> {
    finish(&mut command(program, arguments))
}

/// Runs a prepared command to its end, showing what it prints.
pub(crate) fn finish(command: &mut Command) -> Result<()> {
    let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
    let line = format!("{} {}", command.get_program().to_string_lossy(), words.join(" "));
    say(&format!("$ {line}"));
    let status = command.status().with_context(|| format!("cannot start `{line}`"))?;
    ensure!(status.success(), "`{line}` failed ({status})");
    Ok(())
}

/// What a program prints on stdout.
pub(crate) fn output(program: &str, arguments: &[&str]) -> Result<String> {
    let output = command(program, arguments).output().with_context(|| format!("cannot start {program}"))?;
    ensure!(output.status.success(), "`{program} {}` failed", arguments.join(" "));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program is there.
pub(crate) fn has(program: &str, probe: &[&str]) -> bool {
    command(program, probe).output().is_ok_and(|output| output.status.success())
}
