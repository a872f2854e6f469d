//! `envy tune`.

mod plan;

use crate::fail::Failure;

/// Set how hard tasks are, by measurement.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Plan(plan::Args),
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    match &args.action {
        Action::Plan(args) => plan::run(args),
    }
}
