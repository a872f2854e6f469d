//! The host's interpreter: which one there is, whether the locked wheels fit it, and where its parts lie.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::error::RuntimeError;
use super::program::{command, run};

/// The oldest and the newest Python that the lock has wheels for.
const PYTHON_MIN: (u32, u32) = (3, 11);
const PYTHON_MAX: (u32, u32) = (3, 14);

/// Names looked up on the PATH, in this order: what the user calls Python, then the newest; then the system's own, which
/// a version manager may hide.
const NAMES: &[&str] =
    &["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python", "/usr/bin/python3"];

const PROBE: &str = include_str!("probe.py");

/// An interpreter that a runtime can be built from.
#[derive(Clone, Debug)]
pub(super) struct Host {
    /// The interpreter as it was found; perhaps that of a virtual environment, which may have pip.
    pub(super) found: PathBuf,
    /// Its real binary.
    pub(super) binary: PathBuf,
    /// `3.11.7`.
    pub(super) version: String,
    /// `cp311-x86_64`: what the wheels for it have in common.
    pub(super) tag: String,
    /// Its installation prefix.
    pub(super) prefix: PathBuf,
    /// Its standard library.
    pub(super) stdlib: PathBuf,
    /// Where a standard library goes beneath a prefix: `lib/python3.11`.
    pub(super) library: PathBuf,
    /// Where packages go beneath a prefix: `lib/python3.11/site-packages`.
    pub(super) packages: PathBuf,
}

#[derive(Debug, Deserialize)]
struct Probe {
    implementation: String,
    version: (u32, u32, u32),
    plain: bool,
    platform: String,
    machine: String,
    libc: String,
    binary: PathBuf,
    prefix: PathBuf,
    stdlib: PathBuf,
    library: PathBuf,
    packages: PathBuf,
}

impl Probe {
    /// Why the locked wheels do not fit, if they do not.
    fn objection(&self) -> Option<String> {
        let (major, minor, patch) = self.version;
        if self.implementation != "cpython" {
            return Some(format!("is {}, not CPython", self.implementation));
        }
        if !(PYTHON_MIN..=PYTHON_MAX).contains(&(major, minor)) {
            let (low, high) = (PYTHON_MIN.1, PYTHON_MAX.1);
            return Some(format!("is {major}.{minor}.{patch}, which is not among 3.{low} to 3.{high}"));
        }
        if !self.plain {
            return Some("is a debug or free-threaded build".to_owned());
        }
        if self.platform != "linux" || !self.libc.starts_with("glibc ") {
            return Some(format!("is built for {} without glibc", self.platform));
        }
        if !["x86_64", "aarch64"].contains(&self.machine.as_str()) {
            return Some(format!("runs on {}, not on x86_64 or aarch64", self.machine));
        }
        let relative = |path: &Path| path.is_relative() && !path.starts_with("..");
        if !relative(&self.library) || !relative(&self.packages) {
            return Some("keeps its packages outside its prefix".to_owned());
        }
        None
    }
}

/// The first interpreter on the PATH that the locked wheels fit.
///
/// # Errors
/// [`RuntimeError::NoPython`] with what was found instead.
pub(super) fn find() -> Result<Host, RuntimeError> {
    let mut objections = Vec::new();
    for name in NAMES {
        match probe(Path::new(name)) {
            Ok(host) => return Ok(host),
            Err(Some(objection)) => objections.push(format!("{name} {objection}")),
            Err(None) => {}
        }
    }
    if objections.is_empty() {
        objections.push("there is no python3 on the PATH".to_owned());
    }
    Err(RuntimeError::NoPython(objections))
}

/// What `name` is; `None` if there is nothing of that name that runs.
fn probe(name: &Path) -> Result<Host, Option<String>> {
    let found = ask(name).ok_or(None)?;
    if let Some(objection) = found.objection() {
        return Err(Some(objection));
    }
    // Once more without a virtual environment or a launcher around it, since these move the folders.
    let base = ask(&found.binary).ok_or_else(|| Some("cannot run without its launcher".to_owned()))?;
    if let Some(objection) = base.objection() {
        return Err(Some(objection));
    }
    let (major, minor, patch) = base.version;
    Ok(Host {
        found: name.to_owned(),
        binary: base.binary,
        version: format!("{major}.{minor}.{patch}"),
        tag: format!("cp{major}{minor}-{}", base.machine),
        prefix: base.prefix,
        stdlib: base.stdlib,
        library: base.library,
        packages: base.packages,
    })
}

fn ask(interpreter: &Path) -> Option<Probe> {
    let outcome = run(command(interpreter).args(["-I", "-c", PROBE])).ok()?;
    serde_json::from_slice(&outcome.stdout).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Probe {
        Probe {
            implementation: "cpython".into(),
            version: (3, 12, 4),
            plain: true,
            platform: "linux".into(),
            machine: "x86_64".into(),
            libc: "glibc 2.36".into(),
            binary: "/usr/bin/python3.12".into(),
            prefix: "/usr".into(),
            stdlib: "/usr/lib/python3.12".into(),
            library: "lib/python3.12".into(),
            packages: "lib/python3.12/site-packages".into(),
        }
    }

    #[test]
    fn an_interpreter_without_wheels_is_refused_with_its_reason() {
        assert_eq!(sample().objection(), None);
        let check = |change: fn(&mut Probe), reason: &str| {
            let mut probe = sample();
            change(&mut probe);
            let objection = probe.objection().unwrap();
            assert!(objection.contains(reason), "{objection}");
        };
        check(|probe| probe.version = (3, 10, 12), "is 3.10.12, which is not among 3.11 to 3.14");
        check(|probe| probe.version = (3, 15, 0), "3.15.0");
        check(|probe| probe.plain = false, "free-threaded");
        check(|probe| probe.libc = String::new(), "without glibc");
        check(|probe| probe.machine = "riscv64".into(), "riscv64");
        check(|probe| probe.implementation = "pypy".into(), "not CPython");
        check(|probe| probe.packages = "../elsewhere".into(), "outside its prefix");
    }

    #[test]
    fn a_name_that_nothing_answers_to_is_passed_over() {
        assert!(matches!(probe(Path::new("envy-no-such-python")), Err(None)));
        assert!(matches!(probe(Path::new("false")), Err(None)));
    }
}
