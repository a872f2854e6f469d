//! What a box does not need, and what it must not have.
//!
//! The lists are data, with the reason beside each. Left out is only what no `import` misses, with two exceptions:
//! graphical toolkits and what installs further packages.

use std::path::Path;

use super::error::RuntimeError;
use super::files::{self, name};

/// Folders left out at any depth: test suites (with their data sets) and caches of the host.
const FOLDERS: &[&str] = &["tests", "test", "idle_test", "__pycache__"];

/// Left out at the top of the standard library.
const LIBRARY: &[&str] = &[
    // The host's own packages: the tree has those of the lock.
    "site-packages",
    "dist-packages",
    // The host's own start-up code.
    "sitecustomize.py",
    "usercustomize.py",
    "EXTERNALLY-MANAGED",
    // Graphical toolkits, which need a display.
    "idlelib",
    "tkinter",
    "turtledemo",
    "turtle.py",
    // Wheels of pip: a box has no network.
    "ensurepip",
];

/// The folder of the standard library's extension modules.
const EXTENSIONS: &str = "lib-dynload";

/// Beginnings of the extension modules left out: those that test the interpreter, and the graphical toolkit's.
const EXTENSION_PREFIXES: &[&str] = &["_tkinter.", "_test", "_ctypes_test", "_xxtestfuzz", "xx"];

/// Beginning of the folder that holds the interpreter as a static library, with the makefile that built it.
const BUILD_PREFIX: &str = "config-";

/// Left out beneath the packages: bundled data sets, headers and command-line launchers.
const PACKAGES: &[&str] = &[
    // A task may be made from one of these tables; the answer would lie in the box.
    "sklearn/datasets/data",
    "sklearn/datasets/descr",
    "sklearn/datasets/images",
    // For building extension modules; a box has no compiler.
    "pyarrow/include",
    "pyarrow/src",
    "numpy/_core/include",
    "numpy/_core/lib",
    // Launchers that name the interpreter of the host.
    "bin",
];

/// Extensions of the sources that extension modules are built from, and of stubs that only type checkers read.
const SOURCES: &[&str] =
    &["pyx", "pxd", "pxi", "pyi", "c", "cc", "cpp", "h", "hpp", "f", "f90", "tp", "a", "build"];

/// Extensions of tables, arrays, pictures and archives. What has one is left out wherever it lies.
const DATA: &[&str] = &[
    "csv", "tsv", "npz", "npy", "arff", "parquet", "feather", "orc", "pkl", "pickle", "joblib", "dat",
    "data", "mat", "h5", "hdf5", "xls", "xlsx", "sas7bdat", "dta", "sav", "svmlight", "jpg", "jpeg", "png",
    "gif", "wav", "gz", "bz2", "xz", "zst", "zip", "tar",
];

/// Files that look like data and are code: the direction numbers of Sobol's sequence, a table of mathematics that
/// `scipy.stats.qmc` reads.
pub(super) const KEPT: &[&str] = &["scipy/stats/_sobol_direction_numbers.npz"];

/// Whether `path`, relative to the standard library, is left out.
pub(super) fn outside_library(path: &Path) -> bool {
    let own = name(path);
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| own.starts_with(prefix));
    let by_place = match path.parent().map(name) {
        Some("") => LIBRARY.contains(&own) || own.starts_with(BUILD_PREFIX),
        Some(EXTENSIONS) => begins(EXTENSION_PREFIXES),
        _ => false,
    };
    by_place || FOLDERS.contains(&own) || has_extension(own, &["a", "o"])
}

/// Removes from the unpacked packages what a box does not need or must not have.
///
/// # Errors
/// Something cannot be read or removed.
pub(super) fn packages(folder: &Path) -> Result<(), RuntimeError> {
    for path in PACKAGES {
        files::remove(&folder.join(path))?;
    }
    let entries = files::walk(folder, &|path| !FOLDERS.contains(&name(path)))?;
    for entry in entries {
        let own = name(&entry.path);
        let unwanted = if entry.kind.is_dir() {
            FOLDERS.contains(&own)
        } else {
            let kept = KEPT.iter().any(|kept| entry.path.strip_prefix(folder) == Ok(Path::new(kept)));
            has_extension(own, SOURCES) || (is_data(own) && !kept)
        };
        if unwanted {
            files::remove(&entry.path)?;
        }
    }
    Ok(())
}

/// Whether a file's name says that it holds a table, an array, a picture or an archive.
pub(super) fn is_data(name: &str) -> bool {
    has_extension(&name.to_lowercase(), DATA)
}

fn has_extension(name: &str, extensions: &[&str]) -> bool {
    name.rsplit_once('.').is_some_and(|(_, extension)| extensions.contains(&extension))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_sets_tests_and_sources_go_and_code_stays() {
        let folder = tempfile::tempdir().unwrap();
        let stays =
            ["sklearn/datasets/_base.py", "pandas/a.so", KEPT[0], "x/LICENSE.txt", "tzdata/zoneinfo/UTC"];
        let goes = [
            "sklearn/datasets/data/iris.csv",
            "sklearn/datasets/descr/iris.rst",
            "other/deep/table.csv.gz",
            "other/arrays.npz",
            "other/openml.json.gz",
            "other/set.arff.gz",
            "other/bundle.zip",
            "numpy/tests/test_a.py",
            "numpy/a.pyx",
            "bin/f2py",
        ];
        for path in stays.iter().chain(&goes) {
            files::write(&folder.path().join(path), "x").unwrap();
        }
        packages(folder.path()).unwrap();
        for path in stays {
            assert!(folder.path().join(path).exists(), "{path} is gone");
        }
        for path in goes {
            assert!(!folder.path().join(path).exists(), "{path} is still there");
        }
    }

    #[test]
    fn the_library_keeps_its_modules_and_loses_the_hosts() {
        let check = |path: &str, out: bool| assert_eq!(outside_library(Path::new(path)), out, "{path}");
        for path in [
            "json",
            "unittest/case.py",
            "lib-dynload/_ssl.cpython-311.so",
            "xml",
            "xmlrpc",
            "_threading_local.py",
        ] {
            check(path, false);
        }
        for path in [
            "site-packages",
            "sitecustomize.py",
            "config-3.11-x86_64-linux-gnu",
            "lib-dynload/_tkinter.cpython-311.so",
            "lib-dynload/xxlimited.cpython-311.so",
            "sqlite3/test",
            "json/__pycache__",
            "test",
        ] {
            check(path, true);
        }
    }
}
