//! `envy template-name`.

use envy_lab::Home;
use serde_json::json;

use crate::fail::Failure;
use crate::output;

/// Say in one sentence what the command does: this is its help.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let home = Home::discover()?;
    if args.json {
        return output::json(&json!({ "schema": "envy.template-name/1", "data": home.data() }));
    }
    output::line(home.data().display().to_string())
}
