//! `envy build`.

use envy_lab::{Home, LabError, runtime};
use serde_json::json;

use crate::fail::Failure;
use crate::output;
use crate::progress::BuildProgress;

/// Prepare the Python runtime of the boxes; does nothing if it is there.
///
/// It is made from a lock file with hashes, in a folder of the cache that is named by the lock's digest, at once and
/// atomically. `envy eval` does this by itself when it is missing.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Also put in the packages of slow training work (optuna).
    #[arg(long)]
    slow: bool,
    /// Also store an image of the runtime and of this envy with Docker or Podman, for `--sandbox container`.
    #[arg(long)]
    image: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let home = Home::discover()?;
    let mut progress = BuildProgress::default();
    let runtime = runtime::build(home.cache(), args.slow, &mut |step| progress.show(&step));
    let runtime = runtime.map_err(LabError::from)?;
    let image = if args.image {
        Some(runtime::build_image(home.cache(), args.slow, &mut |step| progress.show(&step))?)
    } else {
        None
    };
    drop(progress);
    if args.json {
        return output::json(&json!({
            "schema": "envy.runtime/1",
            "root": runtime.root,
            "lock_digest": runtime.lock_digest,
            "python_version": runtime.python_version,
            "slow": runtime.slow,
            "image": image.as_ref().map(|(name, _)| name),
        }));
    }
    output::line(format!("Python {} in {}", runtime.python_version, runtime.root.display()))?;
    match image {
        Some((name, engine)) => output::line(format!("image {name} in {engine}")),
        None => Ok(()),
    }
}
