//! Cells per second of drawing, writing, reading and inferring a table of every domain, on one thread.
//!
//! `cargo xtask bench tables`.

use std::io::Write as _;
use std::time::{Duration, Instant};

use envy_core::Seed;
use envy_tabular::domain::{Domain, FEATURES_MAX};
use envy_tabular::text::read_table;
use envy_tabular::{InferOptions, Population, RawLimits, RawTable, Sheet, domains, infer};

const ROWS: usize = 100_000;
/// Each figure is the least of this many runs, which is the run that other programs disturbed least.
const REPEATS: usize = 3;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "million cells a second    population ms    draw   write    read    type   infer")?;
    for domain in domains::ALL {
        let mut best = measure(domain)?;
        for _ in 1..REPEATS {
            for (least, found) in best.iter_mut().zip(measure(domain)?) {
                *least = (*least).min(found);
            }
        }
        let cells =
            (ROWS * Population::new(domain, Seed::named("bench/table"), FEATURES_MAX).fields().len()) as f64;
        let [population, draw, write, read, kind, inferred] = best.map(|time| time.as_secs_f64());
        let rate = |seconds: f64| cells / seconds / 1e6;
        writeln!(
            out,
            "{:25} {:14.1} {:7.1} {:7.1} {:7.1} {:7.1} {:7.1}",
            domain.name,
            population * 1e3,
            rate(draw),
            rate(write),
            rate(read),
            rate(kind),
            rate(inferred)
        )?;
    }
    Ok(())
}

/// The times of the six steps, once.
fn measure(domain: &'static Domain) -> Result<[Duration; 6], Box<dyn std::error::Error>> {
    let mut last = Instant::now();
    let mut lap = || {
        let now = Instant::now();
        now - std::mem::replace(&mut last, now)
    };
    let population = Population::new(domain, Seed::named("bench/table"), FEATURES_MAX);
    let built = lap();
    let table = population.draw(&Seed::named("bench/draw"), ROWS, 1);
    let drawn = lap();
    let sheet = Sheet::new(table);
    let bytes = sheet.write();
    let written = lap();
    let raw = RawTable::read(&bytes, RawLimits::AGENT)?;
    let read = lap();
    let typed = read_table(&sheet.table().fields, &raw)?;
    let kinds = lap();
    let options = InferOptions {
        target: domain.choices[0].name.to_owned(),
        header: true,
        skip_lines: 0,
        bands: 4,
        regression: false,
    };
    let inferred = infer(&bytes, &options)?;
    let understood = lap();
    assert!(typed == *sheet.table() && inferred.table.rows() == ROWS, "a table did not come back");
    Ok([built, drawn, written, read, kinds, understood])
}
