//! Builds one tree, step by step, from the host's interpreter and the kept wheels.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use super::error::RuntimeError;
use super::files;
use super::host::Host;
use super::libraries::{self, Libraries, Subject};
use super::lock::Lock;
use super::manifest::{self, Origin};
use super::pip::{self, Pip};
use super::program::{command, run, stream};
use super::progress::{Progress, Report, Step};
use super::{library, skeleton, tools, trim};

/// Modules that the finished tree has to import.
const IMPORTS: &[&str] = &[
    "sqlite3",
    "ctypes",
    "numpy",
    "pandas",
    "pyarrow.csv",
    "scipy.stats",
    "sklearn.ensemble",
    "joblib",
    "threadpoolctl",
];
/// And those of `--slow`.
const IMPORTS_SLOW: &[&str] = &["optuna"];

/// Modules compiled between two reports.
const REPORT_EVERY: u64 = 50;

const CHECK: &str = include_str!("check.py");

/// Builds and seals a tree in `root`, which is empty. Wheels that `wheels` lacks are downloaded into it.
///
/// # Errors
/// Anything that a [`RuntimeError`] can name; `root` is then to be thrown away.
pub(super) fn build(
    host: &Host,
    lock: Lock,
    wheels: &Path,
    root: &Path,
    report: Report<'_>,
) -> Result<(), RuntimeError> {
    // The loader answers with real paths; to know those of the tree again, its own has to be one.
    let root = &std::fs::canonicalize(root).map_err(|error| RuntimeError::file("read", root, error))?;
    let scratch = tempfile::tempdir_in(root).map_err(|error| RuntimeError::file("make", root, error))?;
    let packages = root.join("usr").join(&host.packages);
    install(host, lock, wheels, scratch.path(), &packages, report)?;
    report(Progress::begin(Step::Python));
    let interpreter = library::copy(host, root)?;
    report(Progress::begin(Step::Tools));
    let programs = tools::copy(root)?;
    skeleton::write(host, root)?;
    let libraries = gather(host, root, interpreter, programs, &packages, report)?;
    compile(host, root, report)?;
    report(Progress::begin(Step::Check));
    check(lock, root, &libraries)?;
    report(Progress::begin(Step::Seal));
    drop(scratch);
    let origin = Origin {
        lock: lock.digest().as_str().to_owned(),
        python: host.version.clone(),
        tag: host.tag.clone(),
        slow: lock.slow(),
    };
    manifest::seal(root, origin).map(drop)
}

/// Downloads what is not kept, unpacks everything and leaves out what no box needs.
fn install(
    host: &Host,
    lock: Lock,
    wheels: &Path,
    scratch: &Path,
    packages: &Path,
    report: Report<'_>,
) -> Result<(), RuntimeError> {
    report(Progress::begin(Step::Download));
    let pip = Pip::find(host, scratch)?;
    if !pip::kept(lock, wheels) {
        pip.download(lock, wheels, scratch, report)?;
    }
    report(Progress::begin(Step::Packages));
    let installed = pip.install(lock, wheels, scratch, packages);
    if let Err(RuntimeError::Mismatch(_) | RuntimeError::NoWheel(_)) = installed {
        // A kept wheel is damaged: pip takes a good one in its place.
        files::remove(packages)?;
        pip.download(lock, wheels, scratch, report)?;
        report(Progress::begin(Step::Packages));
        pip.install(lock, wheels, scratch, packages)?;
    } else {
        installed?;
    }
    trim::packages(packages)
}

/// Brings in the shared libraries; what the host's own Python cannot load either is left out of the tree.
fn gather(
    host: &Host,
    root: &Path,
    interpreter: Vec<PathBuf>,
    programs: Vec<PathBuf>,
    packages: &Path,
    report: Report<'_>,
) -> Result<Libraries, RuntimeError> {
    let mut subjects: Vec<_> =
        interpreter.into_iter().map(|path| Subject { path, required: false }).collect();
    subjects[0].required = true;
    let is_library = |path: &Path| files::has_extension(path, "so") || files::name(path).contains(".so.");
    // What a wheel bundles in `NAME.libs` is found through the module that needs it, and often in no other way.
    let modules = files::walk(packages, &|path| !files::has_extension(path, "libs"))?.into_iter();
    let modules =
        modules.filter(|entry| entry.kind.is_file() && is_library(&entry.path)).map(|entry| entry.path);
    subjects.extend(modules.chain(programs).map(|path| Subject { path, required: true }));
    let libraries = libraries::gather(&subjects, root, report)?;
    let library = root.join("usr").join(&host.library);
    for path in &libraries.unloadable {
        files::remove(&library.join(path.strip_prefix(&host.stdlib).unwrap_or(path)))?;
    }
    Ok(libraries)
}

/// Compiles every module. The result is taken unchecked by the interpreter, since a box cannot write it anew anyway.
fn compile(host: &Host, root: &Path, report: Report<'_>) -> Result<(), RuntimeError> {
    let library = root.join("usr").join(&host.library);
    let entries = files::walk_all(&library)?;
    let total = entries.iter().filter(|entry| files::has_extension(&entry.path, "py")).count() as u64;
    let mut progress = Progress { total, ..Progress::begin(Step::Compile) };
    report(progress.clone());
    let workers = available_parallelism().map_or(1, NonZero::get).to_string();
    let mut python = command(&host.binary);
    python.args(["-I", "-S", "-u", "-m", "compileall", "-f", "-j", &workers]);
    python.args(["--invalidation-mode", "unchecked-hash", "-p", "/", "-s"]).arg(root).arg(&library);
    let outcome = stream(&mut python, &mut |line| {
        if line.starts_with("Compiling ") {
            progress.done += 1;
            if progress.done.is_multiple_of(REPORT_EVERY) {
                report(progress.clone());
            }
        }
    })?;
    if outcome.success {
        return Ok(());
    }
    Err(RuntimeError::Program { program: "compileall".to_owned(), reason: outcome.tail() })
}

/// Runs the new interpreter under the new loader with the new libraries and an empty environment.
fn check(lock: Lock, root: &Path, libraries: &Libraries) -> Result<(), RuntimeError> {
    let mut python = command(&libraries.loader);
    // Relative, since the loader takes a colon for the end of a path. It would go on to the host's own folders for what is
    // missing here: the script looks at what was loaded in the end.
    let folder = libraries.folder.strip_prefix(root).unwrap_or(&libraries.folder);
    python.current_dir(root).arg("--inhibit-cache").arg("--library-path").arg(folder);
    python.arg(root.join("usr/bin/python3")).args(["-I", "-B", "-c", CHECK]).arg(root).args(IMPORTS);
    if lock.slow() {
        python.args(IMPORTS_SLOW);
    }
    let outcome = run(python.env_clear().env("OPENBLAS_NUM_THREADS", "1"))?;
    if outcome.success { Ok(()) } else { Err(RuntimeError::Broken(outcome.tail())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::{host, tests::skip};

    #[test]
    fn interpreter_and_tools_run_on_libraries_of_the_tree_alone() {
        let Ok(host) = host::find() else { return skip("CPython 3.11 to 3.14") };
        let folder = tempfile::tempdir().unwrap();
        let root = &folder.path().canonicalize().unwrap();
        let packages = root.join("usr").join(&host.packages);
        files::make(&packages).unwrap();
        let (interpreter, programs) = (library::copy(&host, root).unwrap(), tools::copy(root).unwrap());
        skeleton::write(&host, root).unwrap();
        let mut last = None;
        let libraries =
            gather(&host, root, interpreter, programs, &packages, &mut |progress| last = Some(progress))
                .unwrap();
        assert!(last.is_some_and(|progress| progress.done == progress.total && progress.total > 50));
        let run_inside = |program: &str, arguments: &[&str]| {
            let mut inside = command(&libraries.loader);
            inside.env_clear().current_dir(root).arg("--inhibit-cache").arg("--library-path");
            inside.arg(libraries.folder.strip_prefix(root).unwrap()).arg(root.join("usr/bin").join(program));
            let outcome = run(inside.args(arguments)).unwrap();
            assert!(outcome.success, "{program}: {}", outcome.tail());
            String::from_utf8(outcome.stdout).unwrap()
        };
        let look = "import json, zlib, sys; print(sys.prefix); print(open('/proc/self/maps').read())";
        let said = run_inside("python3", &["-I", "-B", "-c", look]);
        let (prefix, maps) = said.split_once('\n').unwrap();
        assert_eq!(Path::new(prefix), root.join("usr"));
        let is_library = |line: &&str| line.contains(".so");
        assert!(
            maps.lines().filter(is_library).all(|line| line.contains(&*root.to_string_lossy())),
            "{maps}"
        );
        assert_eq!(run_inside("bash", &["-c", "echo $((6 * 7))"]), "42\n");
    }
}
