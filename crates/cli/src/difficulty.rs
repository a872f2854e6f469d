//! The flags that say how hard generated tasks are: a preset, a level, a calibration.

use std::path::{Path, PathBuf};

use envy_core::{Environment, Knobs, Preset};
use envy_lab::calibrate::tune::Calibration;
use envy_lab::dataset::TaskRef;
use envy_lab::registry;

use crate::fail::Failure;

/// How hard tasks are.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub(crate) struct DifficultyFlags {
    /// Take the knobs and settings of this preset; single knobs still win.
    #[arg(long, value_name = "NAME")]
    pub(crate) preset: Option<String>,
    /// Take the environment's N-th level of difficulty, from 1.
    #[arg(long, value_name = "N", conflicts_with = "preset")]
    pub(crate) level: Option<usize>,
    /// Take the knobs that `envy tune difficulty` found.
    #[arg(long, value_name = "FILE")]
    pub(crate) calibration: Option<PathBuf>,
}

impl DifficultyFlags {
    /// The preset that is meant, if one is.
    pub(crate) fn preset(&self, environment: &dyn Environment) -> Result<Option<&'static Preset>, Failure> {
        Ok(match (&self.preset, self.level) {
            (Some(name), _) => Some(registry::preset(environment, name)?),
            (None, Some(number)) => Some(registry::level(environment, number)?),
            (None, None) => None,
        })
    }

    /// Whether anything is said.
    pub(crate) fn is_given(&self) -> bool {
        *self != Self::default()
    }

    /// Every knob: the user's own settings over the calibration's, over the preset's, over the defaults.
    ///
    /// # Errors
    /// A knob cannot be set so, the calibration cannot be used, or it was measured with other knobs than all this.
    pub(crate) fn knobs(
        &self,
        environment: &dyn Environment,
        own: &[(String, String)],
    ) -> Result<Knobs, Failure> {
        let preset = self.preset(environment)?;
        let Some(file) = &self.calibration else { return Ok(registry::knobs(environment, preset, own)?) };
        let calibration = Calibration::read(file, environment)?;
        let calibrated = registry::knobs(environment, None, &calibration.settings)?;
        let settings: Vec<(String, String)> = calibration.settings.iter().chain(own).cloned().collect();
        let wanted = registry::knobs(environment, preset, &settings)?;
        same(file, "the flags", &calibrated, &wanted)?;
        Ok(wanted)
    }

    /// Checks that tasks which lie on disk already have the knobs of the calibration, if one is named.
    ///
    /// # Errors
    /// The calibration cannot be used, or a task has other knobs.
    pub(crate) fn check(&self, environment: &dyn Environment, tasks: &[TaskRef]) -> Result<(), Failure> {
        let Some(file) = &self.calibration else { return Ok(()) };
        let calibration = Calibration::read(file, environment)?;
        let calibrated = registry::knobs(environment, None, &calibration.settings)?;
        for task in tasks {
            same(file, task.id().short(), &calibrated, &task.origin()?.spec.knobs)?;
        }
        Ok(())
    }
}

/// A promise holds for the knobs that it was measured with.
fn same(file: &Path, whose: &str, calibrated: &Knobs, wanted: &Knobs) -> Result<(), Failure> {
    let other = calibrated.iter().zip(wanted.iter()).find(|(measured, wanted)| measured != wanted);
    let Some(((name, measured), (_, wanted))) = other else { return Ok(()) };
    Err(Failure::usage(
        format!("{} was measured with {name}={measured}, and {whose} have {name}={wanted}", file.display()),
        "use it without that, or search again with it: `envy tune difficulty`",
    ))
}
