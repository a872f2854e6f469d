//! `envy tune`.

mod difficulty;
mod plan;
mod threshold;

use crate::fail::Failure;

/// Set how hard tasks are, by measurement.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Difficulty(Box<difficulty::Args>),
    Plan(plan::Args),
    Threshold(Box<threshold::Args>),
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    match &args.action {
        Action::Difficulty(args) => difficulty::run(args),
        Action::Plan(args) => plan::run(args),
        Action::Threshold(args) => threshold::run(args),
    }
}
