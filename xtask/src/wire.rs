//! Our requests and our test server's replies against the types of the providers' own Python packages.

use std::io::Write as _;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};

use crate::python;
use crate::shell;

/// The packages, pinned: a new one is tried by changing a line here. The Anthropic package is the last of those that
/// type all of the interface version 2023-06-01, which our dialect names in its header: from 1.0 on they leave out the
/// sampling parameters, which only the interface's later versions refuse.
const PACKAGES: &[&str] = &["anthropic==0.125.0", "openai==3.51.0"];

/// Dumps what we send and checks it; says so where the packages cannot be had.
pub(crate) fn run() -> Result<()> {
    let Some(python) = python::with("wire-formats", PACKAGES) else {
        shell::say(&format!("SKIPPED: needs {} from the Python package index", PACKAGES.join(" and ")));
        return Ok(());
    };
    let dump = ["run", "--quiet", "--package", "envy-models", "--example", "wire_dump"];
    let lines = shell::output("cargo", &dump)?;
    let mut checking = shell::command(&python, &["xtask/scripts/wire-formats.py"])
        .stdin(Stdio::piped())
        .spawn()
        .context("cannot start Python")?;
    let mut input = checking.stdin.take().context("the check takes no input")?;
    input.write_all(lines.as_bytes()).context("the check stopped reading")?;
    drop(input);
    ensure!(checking.wait()?.success(), "a request or a reply does not fit its provider's types");
    Ok(())
}
