//! `envy runs`.

mod compare;
mod export;
mod list;
mod report;
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
    Compare(compare::Args),
    Export(export::Args),
    List(list::Args),
    Report(report::Args),
    Show(show::Args),
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    match &args.action {
        Action::Compare(args) => compare::run(args),
        Action::Export(args) => export::run(args),
        Action::List(args) => list::run(args),
        Action::Report(args) => report::run(args),
        Action::Show(args) => show::run(args),
    }
}
