//! The recipe of the image that the tasks name: the Python runtime of the boxes and nothing else.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::{IMAGE_CACHE, WORKDIR};
use crate::dataset::{Readers, Unfinished, write_file};
use crate::error::LabError;
use crate::runtime::Runtime;

/// The links of a root whose programs all lie in `/usr`.
const LINKS: &[(&str, &str)] =
    &[("bin", "usr/bin"), ("sbin", "usr/bin"), ("lib", "usr/lib"), ("lib64", "usr/lib64")];

/// Writes the recipe as a folder at `place`, unless there is one.
///
/// # Errors
/// It cannot be written.
pub fn write(runtime: &Runtime, place: &Path) -> Result<PathBuf, LabError> {
    if !place.exists() {
        let unfinished = Unfinished::beside(place)?;
        let root = unfinished.path();
        write_file(root, "Dockerfile", recipe(runtime).as_bytes(), Readers::Everyone)?;
        for folder in ["root/tmp", "root/proc", "root/dev", &format!("root{WORKDIR}")] {
            let path = root.join(folder);
            std::fs::create_dir_all(&path).map_err(|error| LabError::file("create", &path, &error))?;
        }
        for (link, target) in LINKS {
            let path = root.join("root").join(link);
            symlink(target, &path).map_err(|error| LabError::file("write", &path, &error))?;
        }
        unfinished.finish()?;
    }
    Ok(place.to_owned())
}

fn recipe(runtime: &Runtime) -> String {
    let name = runtime.root.file_name().unwrap_or_default().to_string_lossy();
    format!(
        "# The image of these tasks: the runtime that `envy build` made, as the root and, for the verifier's nested\n\
         # boxes, once more as it is. In this folder:\n\
         #   docker build --build-context cache=$HOME/.cache/envy --tag IMAGE .\n\
         FROM scratch\n\
         COPY root/ /\n\
         COPY --from=cache runtimes/{name}/usr /usr\n\
         COPY --from=cache runtimes/{name}/etc /etc\n\
         COPY --from=cache runtimes/{name} {IMAGE_CACHE}/runtimes/{name}\n\
         ENV PATH=/usr/bin ENVY_CACHE_DIR={IMAGE_CACHE} HOME=/tmp\n\
         WORKDIR {WORKDIR}\n\
         CMD [\"/usr/bin/sleep\", \"infinity\"]\n"
    )
}
