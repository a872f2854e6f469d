//! Parsing and counting nodes: CPython's standard library by this crate and by CPython's own `ast`, in turns, processor
//! time of one thread each.

#[path = "../tests/it/library.rs"]
mod library;

use std::error::Error;
use std::io::Write as _;

use envy_pycode::Module;

/// How often each takes its turn.
const ROUNDS: usize = 5;
/// Clock ticks a second of `/proc/self/stat`, a constant of the Linux interface.
const TICKS: f64 = 100.0;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = library::folder().ok_or("this needs python3 of 3.11 or later")?;
    let sources = library::files(&folder);
    let (mut ours, mut theirs, mut nodes) = (Vec::new(), Vec::new(), 0);
    for _ in 0..ROUNDS {
        let start = cpu_seconds()?;
        let counted = sources.iter().filter_map(|(_, text)| Module::parse(text.as_str()).ok());
        nodes = counted.map(|module| module.node_count()).sum();
        ours.push(cpu_seconds()? - start);
        let (_, spent) = library::walked(&sources).ok_or("CPython does not count its own library")?;
        theirs.push(spent.trim().trim_end_matches(" seconds").parse::<f64>()?);
    }
    let bytes: usize = sources.iter().map(|(_, text)| text.len()).sum();
    let (ours, theirs) = (median(&mut ours), median(&mut theirs));
    let mut out = std::io::stdout().lock();
    writeln!(out, "{} files, {:.1} MB, {nodes} nodes", sources.len(), bytes as f64 / 1e6)?;
    writeln!(out, "CPython's ast  {theirs:6.2} s\nenvy-pycode    {ours:6.2} s\ntimes faster   {:6.1}", theirs / ours)?;
    Ok(())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

/// User and system time of this process so far, seconds.
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or("").split(' ').collect();
    Ok(fields[11..13].iter().filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS)
}
