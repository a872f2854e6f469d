//! `envy runs`.

mod export;
mod list;
pub(crate) mod show;

use crate::fail::Failure;

/// List the runs, show what came of one, read an episode.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Export(export::Args),
    List(list::Args),
    Show(show::Args),
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    match &args.action {
        Action::Export(args) => export::run(args),
        Action::List(args) => list::run(args),
        Action::Show(args) => show::run(args),
    }
}
