//! Registry: environments, presets and salts by name. An unknown name is answered with the nearest known one.

use std::path::{Path, PathBuf};

use envy_core::{Environment, Knobs, Preset, Salt, near};

use crate::error::LabError;
use crate::harbor::Harbor;

/// The environment when nobody names one.
pub const DEFAULT_ENVIRONMENT: &str = "cleaning";

/// More bytes than this are no salt file.
const SALT_BYTES_MAX: usize = 64 << 10;

/// Environments whose tasks come from elsewhere: they are found by name, and never offered.
const IMPORTED: &[&dyn Environment] = &[&Harbor];

/// The environments on offer.
#[derive(Clone, Copy)]
pub struct Registry {
    environments: &'static [&'static dyn Environment],
}

impl Registry {
    /// All that this build carries.
    pub fn standard() -> Self {
        Self::of(envy_environments::ALL)
    }

    /// Those of a list, first one first.
    pub fn of(environments: &'static [&'static dyn Environment]) -> Self {
        Self { environments }
    }

    /// All environments, in order.
    pub fn environments(&self) -> impl Iterator<Item = &'static dyn Environment> + use<> {
        self.environments.iter().copied()
    }

    /// The environment called `name`.
    ///
    /// # Errors
    /// There is none; the hint names the nearest.
    pub fn environment(&self, name: &str) -> Result<&'static dyn Environment, LabError> {
        let names: Vec<&str> = self.environments().map(|environment| environment.info().name).collect();
        let mut known = self.environments().chain(IMPORTED.iter().copied());
        known.find(|environment| environment.info().name == name).ok_or_else(|| LabError::Unknown {
            kind: "environment",
            name: name.to_owned(),
            suggestion: near::suggestion(name, names),
        })
    }
}

/// The preset called `name` of an environment.
///
/// # Errors
/// There is none; the hint names the nearest.
pub fn preset(environment: &dyn Environment, name: &str) -> Result<&'static Preset, LabError> {
    let presets = environment.info().presets;
    presets.iter().find(|preset| preset.name == name).ok_or_else(|| {
        let names: Vec<&str> = presets.iter().map(|preset| preset.name).collect();
        LabError::Unknown {
            kind: "preset",
            name: name.to_owned(),
            suggestion: if names.is_empty() {
                format!("{} has no presets", environment.info().name)
            } else {
                near::suggestion(name, names)
            },
        }
    })
}

/// The preset that is level `number` of an environment, from 1.
///
/// # Errors
/// It has no such level.
pub fn level(environment: &dyn Environment, number: usize) -> Result<&'static Preset, LabError> {
    let info = environment.info();
    let name = number.checked_sub(1).and_then(|index| info.levels.get(index));
    name.map_or_else(
        || {
            let hint = match info.levels.len() {
                0 => "turn its knobs by hand, or search with `envy tune difficulty`".to_owned(),
                count => format!("it has levels 1 to {count}: {}", info.levels.join(", ")),
            };
            Err(LabError::usage(format!("{} has no level {number}", info.name), hint))
        },
        |name| preset(environment, name),
    )
}

/// Every knob of an environment: the user's settings over the preset's over the defaults.
///
/// # Errors
/// An unknown knob, or a value that a knob does not take.
pub fn knobs(
    environment: &dyn Environment,
    preset: Option<&Preset>,
    settings: &[(String, String)],
) -> Result<Knobs, LabError> {
    let info = environment.info();
    let of_preset = preset.map_or(&[][..], |preset| preset.knobs).iter().copied();
    let of_user = settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    Ok(Knobs::resolve(info.name, info.knobs, of_preset.chain(of_user))?)
}

/// Names the file of the salt where no flag does.
pub const SALT_VARIABLE: &str = "ENVY_SALT_FILE";

/// The salt of a secret file, else that of the file that [`SALT_VARIABLE`] names, else the public one.
///
/// # Errors
/// The file cannot be read, or holds too little or far too much.
pub fn salt(file: Option<&Path>) -> Result<Salt, LabError> {
    let named = std::env::var_os(SALT_VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
    salt_of(file.or(named.as_deref()))
}

fn salt_of(file: Option<&Path>) -> Result<Salt, LabError> {
    let Some(path) = file else { return Ok(Salt::public()) };
    let bytes = std::fs::read(path).map_err(|error| LabError::file("read", path, &error))?;
    let secret = bytes.trim_ascii();
    let hint = "a salt file holds 16 bytes or more of secret text, such as a long passphrase";
    if secret.len() > SALT_BYTES_MAX {
        return Err(LabError::usage(format!("{} is too large for a salt", path.display()), hint));
    }
    Salt::private(secret).map_err(|what| LabError::usage(format!("{}: {what}", path.display()), hint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Guess;

    fn registry() -> Registry {
        Registry::of(&[&Guess])
    }

    #[test]
    fn unknown_names_are_answered_with_the_nearest() {
        let error = registry().environment("gess").err().unwrap();
        assert_eq!(
            (error.to_string().as_str(), error.hint().as_str()),
            ("unknown environment \"gess\"", "did you mean \"guess\"?")
        );
        let error = preset(&Guess, "shor").err().unwrap();
        assert_eq!(error.hint(), "did you mean \"short\"?");
        let error = knobs(&Guess, None, &[("digit".to_owned(), "3".to_owned())]).unwrap_err();
        assert_eq!(error.hint(), "did you mean \"digits\"?");
    }

    #[test]
    fn a_level_is_a_preset_by_its_number() {
        assert_eq!(level(&Guess, 1).unwrap().name, "short");
        for number in [0, 2] {
            assert!(level(&Guess, number).err().unwrap().hint().contains("levels 1 to 1"));
        }
    }

    #[test]
    fn the_user_wins_over_the_preset() {
        let short = preset(&Guess, "short").unwrap();
        assert_eq!(knobs(&Guess, Some(short), &[]).unwrap().int("digits"), 1);
        let own = [("digits".to_owned(), "7".to_owned())];
        assert_eq!(knobs(&Guess, Some(short), &own).unwrap().int("digits"), 7);
    }

    #[test]
    fn a_salt_file_is_trimmed_and_must_hold_enough() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("salt");
        std::fs::write(&path, "a secret of sixteen bytes\n").unwrap();
        let with_newline = salt_of(Some(&path)).unwrap();
        assert_eq!(with_newline.id(), Salt::private(b"a secret of sixteen bytes").unwrap().id());
        std::fs::write(&path, "short").unwrap();
        assert!(salt_of(Some(&path)).err().unwrap().hint().contains("16 bytes"));
        assert!(salt_of(Some(&folder.path().join("none"))).is_err());
    }
}
