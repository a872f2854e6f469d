//! Environments: kinds of tasks, each with its generator, its gate, its grading and its scripted policies.

pub mod authored;
pub mod cleaning;
pub mod diagnosis;
mod domains;
pub mod integrity;
pub mod leakage;
mod null;
pub mod review;
pub mod rubric;
#[cfg(test)]
mod verdicts;
pub mod zoo;

use envy_core::Environment;

/// Every environment.
pub const ALL: &[&dyn Environment] =
    &[&cleaning::Cleaning, &leakage::Leakage, &diagnosis::Diagnosis, &authored::Authored];

/// The template of new files, compiled where they would lie.
#[cfg(test)]
#[path = "../../../xtask/templates/environment.rs"]
pub mod template_name;
#[cfg(test)]
const _: &dyn Environment = &template_name::Template;

#[cfg(test)]
mod tests {
    use envy_core::Knobs;

    use super::*;

    #[test]
    fn levels_are_presets_and_dials_turn_knobs_between_two_values() {
        for environment in ALL {
            let info = environment.info();
            for level in info.levels {
                assert!(info.presets.iter().any(|preset| preset.name == *level), "{}: {level}", info.name);
            }
            for dial in info.dials {
                let end = |value| Knobs::resolve(info.name, info.knobs, [(dial.knob, value)]).unwrap();
                assert_ne!(end(dial.easy), end(dial.hard), "{}: {}", info.name, dial.knob);
            }
        }
    }
}
