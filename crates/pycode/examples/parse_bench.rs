//! Parsing and counting nodes: CPython's standard library by this crate and by CPython's own `ast`, in turns, processor
//! time of one thread each.

#[path = "../tests/it/library.rs"]
mod library;
#[path = "../../rollout/examples/usage/mod.rs"]
mod usage;

use std::error::Error;
use std::io::Write as _;

use envy_pycode::Module;
use usage::cpu_seconds;

/// How often each takes its turn.
const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = library::folder().ok_or("this needs python3 of 3.11 or later")?;
    let sources = library::files(&folder);
    let (mut ours, mut theirs, mut nodes) = (Vec::new(), Vec::new(), 0);
    for _ in 0..ROUNDS {
        let start = cpu_seconds();
        let counted = sources.iter().filter_map(|(_, text)| Module::parse(text.as_str()).ok());
        nodes = counted.map(|module| module.node_count()).sum();
        ours.push(cpu_seconds() - start);
        let (_, spent) = library::walked(&sources).ok_or("CPython does not count its own library")?;
        theirs.push(spent.trim().trim_end_matches(" seconds").parse::<f64>()?);
    }
    let bytes: usize = sources.iter().map(|(_, text)| text.len()).sum();
    let (ours, theirs) = (median(&mut ours), median(&mut theirs));
    let mut out = std::io::stdout().lock();
    writeln!(out, "{} files, {:.1} MB, {nodes} nodes", sources.len(), bytes as f64 / 1e6)?;
    writeln!(
        out,
        "CPython's ast  {theirs:6.2} s\nenvy-pycode    {ours:6.2} s\ntimes faster   {:6.1}",
        theirs / ours
    )?;
    Ok(())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}
