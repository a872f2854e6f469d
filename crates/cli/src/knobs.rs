//! The knobs of the environments as flags: help, ranges and defaults come from the schemas.

use clap::{Arg, ArgMatches, Command};
use envy_core::{Environment, KnobKind};
use envy_lab::Registry;

use crate::fail::Failure;

/// The knobs that were set on the command line, name and value, in the order of the schema.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnobFlags {
    pub(crate) settings: Vec<(String, String)>,
}

impl clap::Args for KnobFlags {
    fn augment_args(mut command: Command) -> Command {
        for environment in Registry::standard().environments() {
            for arg in flags(environment) {
                // Environments may share a knob's name: the flag appears once, and its help tells them apart.
                let known = command.get_arguments().find(|known| known.get_id() == arg.get_id());
                command = match known.map(help_of) {
                    None => command.arg(arg),
                    Some(first) => {
                        let both = format!("{first}. {}: {}", environment.info().name, help_of(&arg));
                        command.mut_arg(arg.get_id(), |known| known.help(both))
                    }
                };
            }
        }
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for KnobFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut settings = Vec::new();
        for environment in Registry::standard().environments() {
            for knob in environment.info().knobs {
                let set = matches.try_get_one::<String>(knob.name).ok().flatten();
                let known = settings.iter().any(|(name, _)| name == knob.name);
                if let (Some(value), false) = (set, known) {
                    settings.push((knob.name.to_owned(), value.clone()));
                }
            }
        }
        Ok(Self { settings })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The settings of `--knob NAME=VALUE`, which a command takes whose own flags have the names of knobs.
///
/// # Errors
/// One of them is no such pair.
pub(crate) fn settings(given: &[String]) -> Result<Vec<(String, String)>, Failure> {
    let pair = |text: &String| {
        let (name, value) = text.split_once('=')?;
        Some((name.trim().to_owned(), value.trim().to_owned())).filter(|(name, _)| !name.is_empty())
    };
    let each = given.iter().map(|text| {
        pair(text).ok_or_else(|| {
            Failure::usage(format!("\"{text}\" sets no knob"), "write NAME=VALUE, such as faults=3")
        })
    });
    each.collect()
}

fn help_of(arg: &Arg) -> String {
    arg.get_help().map(ToString::to_string).unwrap_or_default()
}

fn flags(environment: &'static dyn Environment) -> impl Iterator<Item = Arg> {
    let info = environment.info();
    info.knobs.iter().map(move |knob| {
        let help = format!(
            "{} [{}; default {}]",
            knob.doc.trim_end_matches('.'),
            knob.kind.describe(),
            knob.default
        );
        let arg = Arg::new(knob.name)
            .long(knob.name)
            .help(help)
            .help_heading(format!("Knobs of {}", info.name))
            .allow_hyphen_values(true);
        match knob.kind {
            KnobKind::Int { .. } => arg.value_name("N"),
            KnobKind::Float { .. } => arg.value_name("X"),
            KnobKind::Bool => arg
                .value_name("BOOL")
                .num_args(0..=1)
                .default_missing_value("true")
                .allow_hyphen_values(false),
            KnobKind::Choice(_) => arg.value_name("NAME"),
            KnobKind::List(_) => arg.value_name("NAMES"),
            KnobKind::Text { .. } => arg.value_name("TEXT"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A knob that is called like a flag of the command itself would silently not be there.
    #[test]
    fn every_knob_of_every_environment_has_a_flag() {
        let line = crate::commands::command_line();
        let generate =
            line.find_subcommand("dataset").and_then(|dataset| dataset.find_subcommand("generate"));
        let generate = generate.expect("the command is there");
        for environment in Registry::standard().environments() {
            for knob in environment.info().knobs {
                let flag = generate.get_arguments().find(|arg| arg.get_id() == knob.name);
                let heading = flag.and_then(Arg::get_help_heading).unwrap_or_default();
                assert!(heading.starts_with("Knobs of"), "--{} is no knob's flag", knob.name);
            }
        }
    }
}
