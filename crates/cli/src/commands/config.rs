//! `envy config`.

use envy_lab::{Home, home};
use serde_json::json;

use crate::fail::Failure;
use crate::output;

/// Show where things lie and what they are taken from.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Show the folders in use.
    Show {
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let Action::Show { json: as_json } = &args.action;
    let home = Home::discover()?;
    if *as_json {
        return output::json(&json!({
            "schema": "envy.config/1",
            "version": env!("CARGO_PKG_VERSION"),
            "data": home.data(),
            "datasets": home.datasets(),
            "store": home.store(),
            "cache": home.cache(),
        }));
    }
    let row = |what: &str, path: &std::path::Path, variable: &str| {
        vec![what.to_owned(), path.display().to_string(), variable.to_owned()]
    };
    let rows = vec![
        row("data", home.data(), home::HOME_VARIABLE),
        row("datasets", &home.datasets(), ""),
        row("store", &home.store(), ""),
        row("cache", home.cache(), home::CACHE_VARIABLE),
    ];
    output::print(&output::table(&["what", "where", "set by"], rows, usize::MAX))
}
