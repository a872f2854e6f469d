//! Other people's programs that meet ours: Python packages, installed once into the cache by their pins.

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::scene::{Told, package, skipped};

/// The least minor version of Python 3 that packages take, by the beginning of their pins; others take any.
const NEEDS: &[(&str, u32)] = &[("harbor==", 12), ("inspect-harbor==", 12), ("verifiers", 11), ("trl==", 12)];

/// The interpreter of a virtual environment that holds `pin`, made on first use; says so where it cannot be made.
pub(crate) fn python(pin: &str) -> Option<PathBuf> {
    packages(pin, &[pin])
}

/// The same for several packages, named after the first: each text is what pip is told at once, blanks between words.
pub(crate) fn packages(name: &str, installed: &[&str]) -> Option<PathBuf> {
    static MAKING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = cache()?.join("conformance").join(name.replace("==", "-").replace(['[', ']', ' '], "-"));
    let (python, ready) = (folder.join("bin/python"), folder.join("ready"));
    if ready.exists() {
        return Some(python);
    }
    let least = NEEDS.iter().find(|(first, _)| name.starts_with(first)).map_or(0, |(_, least)| *least);
    let Some(host) = interpreter(least) else {
        skipped(&format!("Python 3.{least} or newer, for {name}"));
        return None;
    };
    let made = command(host).args(["-m", "venv", "--clear"]).arg(&folder).output();
    let made = made.is_ok_and(|made| made.status.success());
    let install = |words: &&str| {
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        let told = command(&python).args(pip).args(words.split(' ')).output();
        told.is_ok_and(|told| told.status.success())
    };
    if !(made && installed.iter().all(install)) {
        skipped(&format!("{name}, which could not be installed with pip"));
        return None;
    }
    std::fs::write(ready, installed.join("\n")).unwrap();
    Some(python)
}

/// The cache folder, as envy finds it.
pub(crate) fn cache() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("ENVY_CACHE_DIR")
        .or_else(|| set("XDG_CACHE_HOME").map(|cache| cache.join("envy")))
        .or_else(|| set("HOME").map(|home| home.join(".cache/envy")))
}

/// A Python 3 of this minor version or a newer one: on the path, or among those that pyenv keeps.
fn interpreter(least: u32) -> Option<PathBuf> {
    let named = ["python3", "python3.14", "python3.13", "python3.12", "python3.11"].map(PathBuf::from);
    let kept = std::env::var_os("PYENV_ROOT").map(|root| PathBuf::from(root).join("versions"));
    let kept = kept.and_then(|versions| std::fs::read_dir(versions).ok()).into_iter().flatten().flatten();
    let mut candidates: Vec<PathBuf> = kept.map(|version| version.path().join("bin/python3")).collect();
    candidates.sort();
    let check = format!("import sys, venv; sys.exit(sys.version_info < (3, {least}))");
    let works = |python: &PathBuf| {
        command(python).args(["-c", &check]).output().is_ok_and(|told| told.status.success())
    };
    named.into_iter().chain(candidates).find(works)
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
