//! `envy dataset`.

mod export;
mod generate;
mod list;
mod show;

use crate::fail::Failure;

/// Generate datasets, list them, look into one, write them for other tools.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Export(export::Args),
    Generate(Box<generate::Args>),
    List(list::Args),
    Show(show::Args),
}

pub(crate) fn run(args: Args) -> Result<(), Failure> {
    match args.action {
        Action::Export(args) => export::run(&args),
        Action::Generate(args) => generate::run(&args),
        Action::List(args) => list::run(&args),
        Action::Show(args) => show::run(&args),
    }
}
