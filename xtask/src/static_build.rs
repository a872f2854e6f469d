//! A static envy: the grader that goes with exported tasks, since a verifier's image may have no library for it.

use anyhow::Result;

use crate::shell;

/// Builds it without the servers, with the C library inside, and says where it lies.
pub(crate) fn run() -> Result<()> {
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let folder = shell::root().join("target/static");
    let build =
        ["build", "--release", "--locked", "--package", "envy", "--no-default-features", "--target", &target];
    let mut cargo = shell::command("cargo", &build);
    // Named by its target, so that build scripts and macros are left as they are.
    cargo.env("RUSTFLAGS", "-C target-feature=+crt-static").env("CARGO_TARGET_DIR", &folder);
    shell::finish(&mut cargo)?;
    shell::say(&format!("{}", folder.join(target).join("release/envy").display()));
    Ok(())
}
