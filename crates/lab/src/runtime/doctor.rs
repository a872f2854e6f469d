//! What `envy doctor` says about the Python runtime.

use std::path::Path;

use super::error::RuntimeError;
use super::host::{self, Host};
use super::lock::Lock;
use super::pip::{self, Pip};
use super::{Look, examine, wheels};

/// How a finding stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It works.
    Ok,
    /// It is not there, and is made or not needed.
    Absent,
    /// It does not work.
    Broken,
}

/// One row of `envy doctor`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub name: &'static str,
    /// How it stands.
    pub state: State,
    /// What was found.
    pub detail: String,
    /// What to do about it, or empty.
    pub hint: String,
}

impl Finding {
    fn new(name: &'static str, state: State, detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { name, state, detail: detail.into(), hint: hint.into() }
    }

    fn broken(name: &'static str, error: &RuntimeError) -> Self {
        Self::new(name, State::Broken, error.to_string(), error.hint())
    }
}

/// Looks at the interpreter, its pip, the kept wheels and the trees (every byte of them); changes nothing.
pub fn doctor(cache: &Path) -> Vec<Finding> {
    let mut findings = vec![tree(cache, false), tree(cache, true)];
    match host::find() {
        Ok(host) => {
            findings.insert(0, interpreter(&host));
            findings.insert(1, installer(&host));
            findings.push(kept_wheels(cache, &host));
        }
        // The trees are self-contained: with one there, no interpreter of the host is needed.
        Err(error) if findings[0].state == State::Ok => {
            findings.insert(0, Finding::new("python", State::Absent, error.to_string(), error.hint()));
        }
        Err(error) => findings.insert(0, Finding::broken("python", &error)),
    }
    findings
}

fn interpreter(host: &Host) -> Finding {
    let detail = format!("CPython {} ({})", host.version, host.binary.display());
    Finding::new("python", State::Ok, detail, "")
}

fn installer(host: &Host) -> Finding {
    let name = "pip";
    if Pip::installed(host).is_some() {
        return Finding::new(name, State::Ok, "works", "");
    }
    let hint = RuntimeError::NoPip(host.binary.clone()).hint();
    Finding::new(name, State::Absent, "not installed; `envy build` tries a virtual environment", hint)
}

fn tree(cache: &Path, slow: bool) -> Finding {
    let name = if slow { "runtime --slow" } else { "runtime" };
    match examine(cache, Lock::new(slow), Look::Content) {
        Ok(Some((runtime, manifest))) => {
            let size = manifest.bytes / 1_000_000;
            let (files, root) = (manifest.files, runtime.root.display());
            let detail = format!("CPython {}, {files} files, {size} MB in {root}", runtime.python_version);
            Finding::new(name, State::Ok, detail, "")
        }
        Ok(None) if slow => Finding::new(name, State::Absent, "not built", "`envy build --slow` builds it"),
        Ok(None) => {
            Finding::new(name, State::Absent, "not built", "`envy build` builds it, or the first use does")
        }
        Err(error) => Finding::broken(name, &error),
    }
}

fn kept_wheels(cache: &Path, host: &Host) -> Finding {
    let folder = wheels::folder(cache, &host.tag);
    if pip::kept(Lock::new(false), &folder) {
        return Finding::new("wheels", State::Ok, format!("kept in {}", folder.display()), "");
    }
    Finding::new("wheels", State::Absent, "none kept", "the next build downloads about 130 MB")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::place;

    #[test]
    fn an_empty_cache_is_no_breakage_and_an_altered_tree_is() {
        let cache = tempfile::tempdir().unwrap();
        let row = |findings: &[Finding], name| findings.iter().find(|row| row.name == name).cloned().unwrap();
        let findings = doctor(cache.path());
        assert_eq!(row(&findings, "runtime").state, State::Absent);
        assert_eq!(row(&findings, "runtime --slow").state, State::Absent);
        std::fs::create_dir_all(place(cache.path(), Lock::new(false)).join("usr")).unwrap();
        let broken = row(&doctor(cache.path()), "runtime");
        assert_eq!(broken.state, State::Broken);
        assert!(broken.detail.contains("not as it was built") && broken.hint.contains("envy build"));
    }
}
