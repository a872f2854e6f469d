//! The threshold that `envy tune threshold` wrote, for the tasks it was tuned for.

use std::path::Path;

use envy_core::Environment;
use envy_lab::calibrate::threshold::Calibration;
use envy_lab::dataset::TaskRef;

use super::flags::NO_THRESHOLD;
use crate::fail::Failure;
use crate::output;
use crate::session::Session;

/// The place to use on these tasks, if one was tuned for their knobs.
///
/// # Errors
/// The file that was named does not fit the tasks, or a task was tuned on.
pub(super) fn tuned(
    session: &Session,
    named: Option<&str>,
    environment: &dyn Environment,
    tasks: &[TaskRef],
) -> Result<Option<f64>, Failure> {
    if named == Some(NO_THRESHOLD) {
        return Ok(None);
    }
    let info = environment.info();
    let Some(first) = tasks.first() else { return Ok(None) };
    let knobs = first.origin()?.spec.knobs;
    let (path, calibration) = match named {
        Some(file) => (Path::new(file).to_owned(), Calibration::read(Path::new(file))?),
        None => match Calibration::find(&session.home, info.name, info.version, &knobs)? {
            Some(found) => found,
            None => return Ok(None),
        },
    };
    let shown = path.display();
    for task in tasks {
        let spec = task.origin()?.spec;
        let fits = calibration.fits(&spec.environment, info.version, &spec.knobs);
        if !fits && named.is_none() {
            output::note(format!("{shown} is not used: {} has other knobs", task.id().short()));
            return Ok(None);
        }
        if !fits {
            return Err(Failure::usage(
                format!("{shown} was tuned for other knobs than those of {}", task.id().short()),
                "tune a threshold for them, or give --threshold-file none",
            ));
        }
        if calibration.tasks.contains(task.id()) {
            return Err(Failure::usage(
                format!("the threshold of {shown} was tuned on {}", task.id().short()),
                "evaluate on other tasks, or give --threshold-file none",
            ));
        }
    }
    output::note(format!(
        "threshold: the place {:.3} of {shown}, from {} of {}",
        calibration.tuned.lambda,
        output::counted(calibration.tuned.runs, "run"),
        calibration.model
    ));
    Ok(Some(calibration.tuned.lambda))
}
