//! The workspace type-checked for machines that are not this one.
//!
//! A check compiles no C, but the build scripts of some dependencies do before it: they get a compiler that makes empty
//! objects, which nothing ever links.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use anyhow::Result;

use crate::shell;

/// What is checked. The first has the container backend alone, the second the native one with its own system calls.
const TARGETS: [&str; 2] = ["aarch64-apple-darwin", "aarch64-unknown-linux-musl"];

/// A compiler that says it is clang and writes an empty file wherever it is told to.
const EMPTY_COMPILER: &str = "#!/bin/sh
previous=
for word in \"$@\"; do
  case \"$previous\" in -o) : > \"$word\" ;; esac
  case \"$word\" in -E) echo clang; exit 0 ;; -o?*) : > \"${word#-o}\" ;; esac
  previous=$word
done
";

/// Checks each target; one that cannot be had here is said aloud.
pub(crate) fn run() -> Result<()> {
    let compiler = shell::target().join("empty-compiler");
    fs::create_dir_all(shell::target())?;
    fs::write(&compiler, EMPTY_COMPILER)?;
    fs::set_permissions(&compiler, fs::Permissions::from_mode(0o755))?;
    for target in TARGETS {
        if shell::run("rustup", &["target", "add", target]).is_err() {
            shell::say(&format!(
                "SKIPPED: needs the standard library of {target} (`rustup target add {target}`)"
            ));
            continue;
        }
        let variable = target.replace('-', "_");
        let mut check = shell::command("cargo", &["check", "--locked", "--workspace", "--target", target]);
        check.env(format!("CC_{variable}"), &compiler).env(format!("AR_{variable}"), "true");
        // Where Apple's headers would be looked for.
        check.env("SDKROOT", "/");
        shell::finish(&mut check)?;
        shell::say(&format!("== {target}: ok"));
    }
    Ok(())
}
