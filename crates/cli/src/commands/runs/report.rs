//! `envy runs report`.

use std::path::PathBuf;

use envy_lab::page::{Source, write};
use envy_lab::store::Reader;
use envy_lab::{Home, Registry};

use crate::fail::Failure;
use crate::output;

/// Write a run as one HTML file: summary, charts, and every episode folded under it.
///
/// The file needs no network and no script. A run that is still under way is shown as far as it is sealed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A run's id, its beginning or end, or `last`.
    #[arg(value_name = "RUN")]
    run: String,
    /// The file [default: the run's name with .html].
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let reader = Reader::open(&Home::discover()?.store())?;
    let run = reader.find(&args.run)?;
    let plan = reader.plan(&run)?;
    let info = Registry::standard().environment(&plan.environment)?.info();
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from(format!("{run}.html")));
    let written = write(&Source { reader: &reader, run: &run, plan: &plan, info }, &out)?;
    output::note(format!(
        "{}, {} KB",
        output::counted(written.episodes, "episode"),
        written.bytes.div_ceil(1_000)
    ));
    output::line(out.display().to_string())
}
