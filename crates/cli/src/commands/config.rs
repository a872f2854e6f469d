//! `envy config`.

use envy_lab::store::Setting;
use envy_lab::{Home, Registry, home, registry};
use serde_json::{Value, json};

use super::eval;
use crate::fail::Failure;
use crate::output;

/// Show every setting and where it is taken from.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Show the folders in use, and what the same flags would make of `envy eval`.
    ///
    /// It takes the flags of `envy eval`, --config and --preset among them, and runs nothing. What stands on the command
    /// line goes before the configuration file, that before the preset, that before the default.
    Show(Box<eval::Args>),
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let Action::Show(args) = &args.action;
    let args = eval::with_file(args, &["config", "show"])?;
    let home = Home::discover()?;
    let folders = [
        ("data", home.data().to_owned(), variable(home::HOME_VARIABLE)),
        ("datasets", home.datasets(), variable(home::HOME_VARIABLE)),
        ("store", home.store(), variable(home::HOME_VARIABLE)),
        ("cache", home.cache().to_owned(), variable(home::CACHE_VARIABLE)),
    ];
    let name = args.environment().unwrap_or(registry::DEFAULT_ENVIRONMENT);
    let settings = args.resolve(Registry::standard().environment(name)?)?.settings;
    if args.json() {
        let mut document = json!({"schema": "envy.config/1", "version": env!("CARGO_PKG_VERSION")});
        for (what, path, _) in &folders {
            document[*what] = json!(path);
        }
        document["settings"] = json!(settings);
        return output::json(&document);
    }
    let rows = folders
        .iter()
        .map(|(what, path, from)| vec![(*what).to_owned(), path.display().to_string(), (*from).to_owned()]);
    let rows = rows.chain(settings.iter().map(row));
    output::print(&output::table(&["what", "value", "from"], rows.collect(), usize::MAX))
}

/// The variable that places a folder, if it is set.
fn variable(name: &'static str) -> &'static str {
    if std::env::var_os(name).is_some_and(|value| !value.is_empty()) { name } else { "default" }
}

fn row(setting: &Setting) -> Vec<String> {
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let value = match &setting.value {
        Value::Null => "-".to_owned(),
        Value::Array(list) if list.is_empty() => "-".to_owned(),
        Value::Array(list) => list.iter().map(word).collect::<Vec<_>>().join(" "),
        value => word(value),
    };
    vec![setting.name.clone(), value, setting.from.clone()]
}
