//! Admission: what is checked before an episode can start: the way in which it is attempted, and its task.

use envy_core::{Environment, EpisodeSpec};

use crate::dataset::TaskRef;
use crate::error::LabError;

/// Checks that the environment can be attempted in this way.
///
/// # Errors
/// It has no such track, or nothing is trained on it that could be slow.
pub(crate) fn admit(environment: &dyn Environment, episode: &EpisodeSpec) -> Result<(), LabError> {
    let info = environment.info();
    let names: Vec<&str> = info.tracks.iter().map(|track| track.name).collect();
    let Some(track) = info.track(&episode.track) else {
        return Err(LabError::usage(
            format!("{} has no track \"{}\"", info.name, episode.track),
            format!("its tracks: {}", names.join(", ")),
        ));
    };
    if episode.slow && !track.trains {
        let training = info.tracks.iter().find(|track| track.trains);
        return Err(LabError::usage(
            format!(
                "nothing is trained on the track \"{}\" of {}, so --slow has no use there",
                track.name, info.name
            ),
            training.map_or("leave --slow out".to_owned(), |track| {
                format!("leave --slow out, or add --track {}", track.name)
            }),
        ));
    }
    Ok(())
}

/// Checks that every file of a task is as it was written, and that this version of the environment made it.
///
/// # Errors
/// The first thing that does not fit.
pub(crate) fn check(environment: &dyn Environment, task: &TaskRef) -> Result<(), LabError> {
    let (info, manifest) = (environment.info(), task.manifest());
    if manifest.environment != info.name {
        return Err(LabError::usage(
            format!("{} is a task of {}, not of {}", task.id().short(), manifest.environment, info.name),
            format!("use --env {}, or leave it out", manifest.environment),
        ));
    }
    if manifest.generator != info.version {
        return Err(LabError::Grader {
            task: task.id().short().to_owned(),
            what: format!("version {} made the task, this is version {}", manifest.generator, info.version),
        });
    }
    task.brief()?;
    task.hidden().map(drop)
}
