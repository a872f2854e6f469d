//! Other people's programs that meet ours: Python packages, installed once into the cache by their pins.

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::scene::{Told, package, skipped};

/// The interpreter of a virtual environment that holds `pin`, made on first use; says so where it cannot be made.
pub(crate) fn python(pin: &str) -> Option<PathBuf> {
    static MAKING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    let cache = std::env::var_os("ENVY_CACHE_DIR").map(PathBuf::from).or_else(|| {
        let home = std::env::var_os("HOME").map(PathBuf::from)?;
        Some(home.join(".cache/envy"))
    })?;
    let folder = cache.join("conformance").join(pin.replace("==", "-"));
    let (python, ready) = (folder.join("bin/python"), folder.join("ready"));
    if ready.exists() {
        return Some(python);
    }
    let made = command("python3").args(["-m", "venv", "--clear"]).arg(&folder).output();
    let made = made.is_ok_and(|made| made.status.success());
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", pin];
    let installed = made && command(&python).args(install).output().is_ok_and(|made| made.status.success());
    if !installed {
        skipped(&format!("{pin}, which could not be installed with pip"));
        return None;
    }
    std::fs::write(ready, pin).unwrap();
    Some(python)
}

#[allow(clippy::disallowed_methods, reason = "the clients under test are programs")]
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    Command::new(program)
}

pub(crate) fn script(name: &str) -> PathBuf {
    package().join("tests/python").join(name)
}

/// What a client script saw; it fails loudly.
pub(crate) fn seen(command: &mut Command) -> Value {
    let told = Told::from(command.output().unwrap());
    assert_eq!(told.code, Some(0), "{}", told.stderr);
    serde_json::from_str(&told.stdout).unwrap_or_else(|error| panic!("{error}: {}", told.stdout))
}
