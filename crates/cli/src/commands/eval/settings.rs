//! Settings: where each value came from (flag > configuration file > preset > default), and the file itself.
//!
//! A configuration file is a second command line: every key is a flag of `envy eval`. So it is turned into flags and
//! parsed by the same parser, which knows each flag's values and refuses what it would refuse there.

use std::collections::BTreeSet;
use std::path::Path;
use std::str::FromStr;

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches as _};
use envy_core::{Preset, near};
use envy_lab::store::Setting;
use serde::Serialize;
use toml::Value as Toml;

use super::flags::Args;
use crate::commands::command_line;
use crate::fail::Failure;

/// Collects each value with where it came from.
pub(super) struct Settings<'a> {
    preset: Option<&'static Preset>,
    from_file: &'a BTreeSet<String>,
    file: String,
    list: Vec<Setting>,
}

impl<'a> Settings<'a> {
    pub(super) fn new(
        preset: Option<&'static Preset>,
        from_file: &'a BTreeSet<String>,
        file: Option<&Path>,
    ) -> Self {
        let file = file.map(|path| path.display().to_string()).unwrap_or_default();
        Self { preset, from_file, file, list: Vec::new() }
    }

    /// A value that no preset sets; `given` if somebody set it.
    pub(super) fn add(&mut self, name: &str, value: impl Serialize, given: bool) {
        let from = match given {
            true if self.from_file.contains(name) => self.file.clone(),
            true => "flag".to_owned(),
            false => "default".to_owned(),
        };
        self.push(name, value, from);
    }

    /// A value that may be unset.
    pub(super) fn maybe<T: Clone + Serialize>(&mut self, name: &str, given: Option<&T>) -> Option<T> {
        self.add(name, given, given.is_some());
        given.cloned()
    }

    /// A list, or what stands for an empty one.
    pub(super) fn list<T: Clone + Serialize>(&mut self, name: &str, given: &[T], default: Vec<T>) -> Vec<T> {
        let list = if given.is_empty() { default } else { given.to_vec() };
        self.add(name, &list, !given.is_empty());
        list
    }

    /// A number that a preset may set.
    pub(super) fn number<T: FromStr + Serialize>(
        &mut self,
        name: &str,
        given: Option<T>,
        default: T,
    ) -> Result<T, Failure> {
        let of_preset = |preset: &&'static Preset| preset.episode.iter().find(|(known, _)| *known == name);
        let Some((_, text)) = self.preset.as_ref().and_then(of_preset).filter(|_| given.is_none()) else {
            self.add(name, given.as_ref().unwrap_or(&default), given.is_some());
            return Ok(given.unwrap_or(default));
        };
        let value = text.parse().map_err(|_| {
            Failure::usage(
                format!("the preset's {name} is \"{text}\", not a whole number"),
                format!("give --{name}"),
            )
        })?;
        let preset = self.preset.map_or("", |preset| preset.name);
        self.push(name, &value, format!("preset {preset}"));
        Ok(value)
    }

    pub(super) fn into_list(self) -> Vec<Setting> {
        self.list
    }

    fn push(&mut self, name: &str, value: impl Serialize, from: String) {
        let value = serde_json::to_value(value).expect("a setting is plain data");
        self.list.push(Setting { name: name.to_owned(), value, from });
    }
}

/// The arguments with what their configuration file adds, if they name one. `words` are those of the command.
///
/// # Errors
/// The file cannot be read, or says something that the command line would not take.
pub(crate) fn with_file(args: &Args, words: &[&str]) -> Result<Args, Failure> {
    let Some(path) = args.flow.config.clone() else { return Ok(args.clone()) };
    let mut line: Vec<_> = std::env::args_os().collect();
    let mut command = command_line();
    command.build();
    let eval = descend(&command, words);
    let matches = command.clone().try_get_matches_from(&line)?;
    let matches = words.iter().fold(&matches, |matches, word| {
        matches.subcommand_matches(word).expect("this command was parsed from the same line")
    });
    let (flags, from_file) = flags(eval, matches, &path)?;
    line.extend(flags.into_iter().map(Into::into));
    let hint = format!("correct {}", path.display());
    let matches = command.clone().try_get_matches_from(&line).map_err(|error| {
        let failure = Failure::from(error);
        Failure::usage(failure.message, hint)
    })?;
    let matches = words.iter().fold(&matches, |matches, word| {
        matches.subcommand_matches(word).expect("this command was parsed from the same line")
    });
    let mut merged = Args::from_arg_matches(matches)?;
    merged.from_file = from_file;
    Ok(merged)
}

fn descend<'a>(command: &'a Command, words: &[&str]) -> &'a Command {
    words.iter().fold(command, |command, word| {
        command.find_subcommand(word).expect("the words are a command of ours")
    })
}

/// The flags of a file that the command line does not overrule, and their names.
fn flags(
    command: &Command,
    matches: &ArgMatches,
    path: &Path,
) -> Result<(Vec<String>, BTreeSet<String>), Failure> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::usage(
            format!("cannot read the configuration {shown}: {error}"),
            "--config takes a TOML file",
        )
    })?;
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let place = error.to_string();
        let place = place.split_whitespace().collect::<Vec<_>>().join(" ");
        Failure::usage(format!("{shown} is not TOML: {place}"), "write one `flag = value` on each line")
    })?;
    let given: Vec<&Arg> = command
        .get_arguments()
        .filter(|arg| matches.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine))
        .collect();
    let conflicts = |one: &Arg, other: &Arg| {
        command.get_arg_conflicts_with(one).iter().any(|arg| arg.get_id() == other.get_id())
    };
    let (mut flags, mut names) = (Vec::new(), BTreeSet::new());
    for (key, value) in &table {
        let arg = find(command, key, path)?;
        let overruled = given
            .iter()
            .any(|one| one.get_id() == arg.get_id() || conflicts(one, arg) || conflicts(arg, one));
        let words = words(key, value, arg, path)?;
        if !overruled && !words.is_empty() {
            flags.extend(words);
            names.insert(key.clone());
        }
    }
    Ok((flags, names))
}

/// The flag that a key means.
fn find<'a>(command: &'a Command, key: &str, path: &Path) -> Result<&'a Arg, Failure> {
    let usable =
        || command.get_arguments().filter(|arg| !["config", "help"].contains(&arg.get_id().as_str()));
    usable().find(|arg| arg.get_long() == Some(key)).ok_or_else(|| {
        let known: Vec<&str> = usable().filter_map(Arg::get_long).collect();
        let hint = near::suggestion(key, known.iter().copied());
        Failure::usage(
            format!("{} has a key \"{key}\", which is no flag of `envy eval`", path.display()),
            hint,
        )
    })
}

/// A key and its value as the words of a command line.
fn words(key: &str, value: &Toml, arg: &Arg, path: &Path) -> Result<Vec<String>, Failure> {
    let wrong = |what: &str| {
        Failure::usage(
            format!("{}: {key} takes {what}", path.display()),
            "`envy eval --help` shows the flags",
        )
    };
    let one = |value: &Toml| match value {
        Toml::String(text) => Ok(format!("--{key}={text}")),
        Toml::Integer(number) => Ok(format!("--{key}={number}")),
        Toml::Float(number) => Ok(format!("--{key}={number}")),
        _ => Err(wrong("a number or a text")),
    };
    match (arg.get_action(), value) {
        (ArgAction::SetTrue, Toml::Boolean(wanted)) => {
            Ok(if *wanted { vec![format!("--{key}")] } else { Vec::new() })
        }
        (ArgAction::SetTrue, _) => Err(wrong("true or false")),
        (ArgAction::Append, Toml::Array(values)) => values.iter().map(one).collect(),
        (_, value) => Ok(vec![one(value)?]),
    }
}
