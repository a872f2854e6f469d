//! `envy key`.

use envy_lab::Home;
use envy_lab::receipt::SigningKey;
use serde_json::json;

use crate::fail::Failure;
use crate::output;

/// Print the public key of this machine, with which anyone can check the receipts of its records.
///
/// The secret half is made on first use and lies in the data folder, for its owner's eyes alone.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let home = Home::discover()?;
    std::fs::create_dir_all(home.data())
        .map_err(|error| envy_lab::LabError::file("create", home.data(), &error))?;
    let public = SigningKey::of(&home.signing_key())?.public();
    if args.json {
        return output::json(&json!({"schema": "envy.key/1", "public": public, "file": home.signing_key()}));
    }
    output::line(public.to_string())
}
