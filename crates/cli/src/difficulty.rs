//! The flags that say how hard generated tasks are: a preset, a level, a calibration.

use std::path::PathBuf;

use envy_core::{Environment, Knobs, Preset};
use envy_lab::calibrate::tune::Calibration;
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

    /// Every knob: the user's own settings over the calibration's, over the preset's, over the defaults.
    pub(crate) fn knobs(
        &self,
        environment: &dyn Environment,
        own: &[(String, String)],
    ) -> Result<Knobs, Failure> {
        let preset = self.preset(environment)?;
        let Some(file) = &self.calibration else { return Ok(registry::knobs(environment, preset, own)?) };
        let calibration = Calibration::read(file, environment)?;
        let fixed = |name: &str| calibration.settings.iter().any(|(known, _)| known == name);
        if let Some((name, _)) = own.iter().find(|(name, _)| fixed(name)) {
            return Err(Failure::usage(
                format!("{} was found with another value of \"{name}\"", file.display()),
                "leave that knob out, or search again with it: `envy tune difficulty`",
            ));
        }
        let settings: Vec<(String, String)> = calibration.settings.iter().chain(own).cloned().collect();
        Ok(registry::knobs(environment, preset, &settings)?)
    }
}
