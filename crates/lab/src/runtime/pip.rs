//! Wheels by the host's own pip: downloaded once into a kept folder, checked against the lock, unpacked from there.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::RuntimeError;
use super::files;
use super::host::Host;
use super::lock::{Lock, wheel_stem};
use super::program::{Outcome, command, run, stream};
use super::progress::{Progress, Report, Step};

/// How often pip asks again for a file before it gives up.
const RETRIES: &str = "2";

/// A pip that works for the host's interpreter.
pub(super) struct Pip {
    program: PathBuf,
}

impl Pip {
    /// The pip of the interpreter as it was found, that of its base, or that of a virtual environment made in `scratch`.
    ///
    /// # Errors
    /// [`RuntimeError::NoPip`].
    pub(super) fn find(host: &Host, scratch: &Path) -> Result<Self, RuntimeError> {
        if let Some(pip) = Self::installed(host) {
            return Ok(pip);
        }
        let environment = scratch.join("venv");
        run(command(&host.binary).args(["-I", "-m", "venv"]).arg(&environment))?;
        let pip = Self { program: environment.join("bin/python3") };
        if pip.works() { Ok(pip) } else { Err(RuntimeError::NoPip(host.binary.clone())) }
    }

    /// The pip that is there already, without making anything.
    pub(super) fn installed(host: &Host) -> Option<Self> {
        [&host.found, &host.binary]
            .into_iter()
            .map(|program| Self { program: program.clone() })
            .find(Self::works)
    }

    fn works(&self) -> bool {
        run(command(&self.program).args(["-I", "-m", "pip", "--version"]))
            .is_ok_and(|outcome| outcome.success)
    }

    /// `pip VERB` on the lock files, which are written to `scratch`.
    fn on_lock(&self, verb: &str, lock: Lock, scratch: &Path) -> Result<Command, RuntimeError> {
        let mut pip = command(&self.program);
        pip.args([
            "-I",
            "-m",
            "pip",
            verb,
            "--no-input",
            "--disable-pip-version-check",
            "--progress-bar",
            "off",
        ]);
        pip.args(["--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-cache-dir"]);
        // A user's settings for mirrors and proxies hold; those that contradict `--target` do not.
        pip.env("PIP_USER", "0").env("PIP_REQUIRE_VIRTUALENV", "0").env("PIP_ROOT_USER_ACTION", "ignore");
        pip.env_remove("PIP_TARGET").env_remove("PIP_PREFIX").env_remove("PIP_ROOT");
        for (name, text) in lock.files() {
            let path = scratch.join(name);
            files::write(&path, text)?;
            pip.arg("-r").arg(path);
        }
        Ok(pip)
    }

    /// Brings the wheels of `lock` that are not there yet into `wheels`.
    ///
    /// # Errors
    /// No network, no wheel for this interpreter, a wheel that is not the locked one, a full disk.
    pub(super) fn download(
        &self,
        lock: Lock,
        wheels: &Path,
        scratch: &Path,
        report: Report<'_>,
    ) -> Result<(), RuntimeError> {
        files::make(wheels)?;
        let total = lock.releases().count() as u64;
        let mut progress = Progress { total, ..Progress::begin(Step::Download) };
        report(progress.clone());
        let mut pip = self.on_lock("download", lock, scratch)?;
        // The index can be a kept folder too: pip takes what is there without a download.
        pip.args(["--retries", RETRIES, "--dest"]).arg(wheels).env("TMPDIR", scratch);
        let mut asked = 0;
        let outcome = stream(&mut pip, &mut |line| {
            if let Some(name) = line.trim_start().strip_prefix("Collecting ") {
                progress.done = asked;
                asked += 1;
                name.split(' ').next().unwrap_or_default().clone_into(&mut progress.detail);
                report(progress.clone());
            }
        })?;
        if outcome.success { Ok(()) } else { Err(failure(&outcome, wheels)) }
    }

    /// Unpacks the wheels of `lock` into `target`, from `wheels` alone.
    ///
    /// # Errors
    /// A wheel is missing or not the locked one, a full disk.
    pub(super) fn install(
        &self,
        lock: Lock,
        wheels: &Path,
        scratch: &Path,
        target: &Path,
    ) -> Result<(), RuntimeError> {
        let mut pip = self.on_lock("install", lock, scratch)?;
        pip.args(["--no-index", "--no-compile", "--find-links"]).arg(wheels).arg("--target").arg(target);
        pip.env("TMPDIR", scratch).env_remove("PIP_FIND_LINKS");
        let outcome = run(&mut pip)?;
        if outcome.success { Ok(()) } else { Err(failure(&outcome, target)) }
    }
}

/// Whether every wheel of `lock` is kept in `wheels`. Their content is checked when they are unpacked.
pub(super) fn kept(lock: Lock, wheels: &Path) -> bool {
    lock.releases().all(|(name, version)| find_wheel(wheels, name, version).is_some())
}

/// The kept wheel of a release.
pub(super) fn find_wheel(wheels: &Path, name: &str, version: &str) -> Option<PathBuf> {
    let stem = wheel_stem(name, version);
    let entries = std::fs::read_dir(wheels).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    entries
        .filter(|path| files::has_extension(path, "whl"))
        .find(|path| files::name(path).to_lowercase().starts_with(&stem))
}

/// What pip's last words mean; `written` is the folder that it wrote to.
fn failure(outcome: &Outcome, written: &Path) -> RuntimeError {
    let words = format!("{}\n{}", String::from_utf8_lossy(&outcome.stdout), outcome.stderr);
    let has = |marks: &[&str]| marks.iter().any(|mark| words.contains(mark));
    let last = outcome.stderr.lines().rev().find(|line| line.starts_with("ERROR: "));
    let sentence = last.map_or_else(|| outcome.tail(), |line| line["ERROR: ".len()..].to_owned());
    if has(&["No space left on device", "Disk quota exceeded"]) {
        return RuntimeError::DiskFull { action: "write", path: written.to_owned() };
    }
    if has(&["DO NOT MATCH THE HASHES"]) {
        return RuntimeError::Mismatch(mismatched(&words).unwrap_or(sentence));
    }
    // After failed connections pip ends with "no matching distribution", so the cause has to be looked for first.
    if has(&["Retrying (", "Max retries exceeded", "NewConnectionError", "name resolution", "ConnectTimeout"])
    {
        return RuntimeError::Offline("the package index cannot be reached".to_owned());
    }
    if has(&["ReadTimeoutError", "SSLError", "ProxyError", "ConnectionError", "HTTP error", "HTTPError"]) {
        return RuntimeError::Offline(sentence);
    }
    if has(&["No matching distribution", "is not a supported wheel"]) {
        return RuntimeError::NoWheel(sentence);
    }
    RuntimeError::Program { program: "pip".to_owned(), reason: outcome.tail() }
}

/// The release that pip's report of wrong hashes names first.
fn mismatched(words: &str) -> Option<String> {
    let mut lines = words.lines().skip_while(|line| !line.contains("DO NOT MATCH THE HASHES")).skip(1);
    lines.find_map(|line| line.trim().split(' ').next().filter(|word| word.contains("==")).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stderr: &str, wanted: &str) {
        let outcome = Outcome { success: false, stdout: Vec::new(), stderr: stderr.to_owned() };
        let error = failure(&outcome, Path::new("/cache/wheels"));
        assert_eq!(error.to_string(), wanted);
        assert!(!error.hint().is_empty());
    }

    #[test]
    fn the_words_of_pip_become_one_sentence() {
        check(
            "WARNING: Retrying (Retry(total=1)) after connection broken by 'NewConnectionError'\n\
             ERROR: No matching distribution found for numpy==2.4.6",
            "the Python packages cannot be downloaded: the package index cannot be reached",
        );
        check(
            "ERROR: No matching distribution found for numpy==2.4.6",
            "the lock has no wheel for this machine: No matching distribution found for numpy==2.4.6",
        );
        check(
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. Beware.\n    \
             numpy==2.4.6 from file:///x (from -r y):\n        Expected sha256 1",
            "a downloaded package is not the one in the lock: numpy==2.4.6",
        );
        check(
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
            "the disk is full: cannot write /cache/wheels",
        );
        check("Traceback\nBoom", "pip failed: Traceback\nBoom");
    }

    #[test]
    fn a_kept_wheel_is_found_by_its_release_and_only_whole_sets_count() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["scikit_learn-1.9.1-cp311-x.whl", "SQLAlchemy-2.1.9-py3.whl", "numpy-2.4.6-cp311-x.part"]
        {
            files::write(&folder.path().join(name), "").unwrap();
        }
        let find = |name, version| find_wheel(folder.path(), name, version).is_some();
        assert!(find("scikit-learn", "1.9.1") && find("sqlalchemy", "2.1.9"));
        assert!(!find("scikit-learn", "1.9") && !find("numpy", "2.4.6"));
        assert!(!kept(Lock::new(false), folder.path()));
    }
}
