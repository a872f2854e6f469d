//! Our forest beside scikit-learn's on the same tables in one run: CPU milliseconds on one thread, and AUROC.
//!
//! `cargo xtask bench forest`. The peer runs in `ENVY_BENCH_PYTHON` (default `python3`), which needs
//! scikit-learn; without it only our own figures are printed.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use envy_core::Seed;
use envy_learn::{Forest, ForestConfig, Frame, metrics};
use rustix::time::{ClockId, clock_gettime};

/// Train rows, columns and trees of every measured shape; the last is one fit of a grader's fixed model.
const SHAPES: [(usize, usize, usize); 5] =
    [(500, 3, 100), (500, 10, 100), (2000, 3, 100), (2000, 10, 100), (1000, 8, 200)];
const TEST_ROWS: usize = 5000;
/// Each figure is the least of this many runs, which is the run that other programs disturbed least.
const REPEATS: usize = 7;

/// CPU milliseconds and AUROC of one side.
struct Measured {
    fit: f64,
    predict: f64,
    auroc: f64,
}

/// A binary table with known noise.
struct Data {
    columns: Vec<Vec<f64>>,
    labels: Vec<u32>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    print(
        "    table     trees |     fit ms: own  sklearn  ratio | predict ms: own  sklearn  ratio | AUROC: own  sklearn\n",
    );
    for (rows, columns, trees) in SHAPES {
        let seed = Seed::named("bench/forest").derive(&format!("{rows}x{columns}"));
        let train = generate(rows, columns, &seed.derive("train"));
        let test = generate(TEST_ROWS, columns, &seed.derive("test"));
        write_csv(&directory.path().join("train.csv"), &train)?;
        write_csv(&directory.path().join("test.csv"), &test)?;
        let own = measure(&train, &test, trees, &seed)?;
        let mut line = format!("{rows:5} x {columns:2}    {trees:4}  | ");
        match peer(directory.path(), trees) {
            Ok(peer) => write!(
                line,
                "{:16.1} {:8.1} {:6.1} | {:15.1} {:8.1} {:6.1} | {:10.4} {:8.4}",
                own.fit,
                peer.fit,
                peer.fit / own.fit,
                own.predict,
                peer.predict,
                peer.predict / own.predict,
                own.auroc,
                peer.auroc,
            )?,
            Err(error) => write!(
                line,
                "{:.1} ms fit, {:.1} ms predict, {:.4}; no peer: {error}",
                own.fit, own.predict, own.auroc
            )?,
        }
        print(&(line + "\n"));
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a benchmark's table is its output")]
fn print(text: &str) {
    print!("{text}");
}

/// Two informative columns, one that acts through the first, the rest noise; values exact in 32 bits, as the
/// peer rounds to them.
fn generate(rows: usize, columns: usize, seed: &Seed) -> Data {
    let mut rng = seed.rng();
    let mut data = Data { columns: vec![Vec::new(); columns], labels: Vec::new() };
    for _ in 0..rows {
        let values: Vec<f64> = (0..columns).map(|_| f64::from(rng.normal() as f32)).collect();
        let score = 1.2 * values[0] + 1.5 * libm::tanh(2.0 * values[1]) + values[0] * values[2];
        data.labels.push(u32::from(rng.chance(1.0 / (1.0 + libm::exp(-score)))));
        for (column, value) in data.columns.iter_mut().zip(values) {
            column.push(value);
        }
    }
    data
}

fn measure(train: &Data, test: &Data, trees: usize, seed: &Seed) -> Result<Measured, envy_learn::LearnError> {
    let (train_frame, test_frame) = (Frame::new(&train.columns)?, Frame::new(&test.columns)?);
    let truth: Vec<bool> = test.labels.iter().map(|&label| label == 1).collect();
    let mut best = Measured { fit: f64::INFINITY, predict: f64::INFINITY, auroc: 0.0 };
    for repeat in 0..REPEATS {
        let config = ForestConfig { trees, ..ForestConfig::rf200(seed.derive(&format!("fit/{repeat}"))) };
        let start = cpu_ms();
        let forest = Forest::fit(&train_frame, &train.labels, 2, &config)?;
        let fitted = cpu_ms();
        let shares = forest.predict_proba(&test_frame);
        best.predict = best.predict.min(cpu_ms() - fitted);
        best.fit = best.fit.min(fitted - start);
        let positive: Vec<f64> = shares.chunks_exact(2).map(|row| row[1]).collect();
        best.auroc += metrics::auroc(&truth, &positive).unwrap_or(f64::NAN) / REPEATS as f64;
    }
    Ok(best)
}

/// scikit-learn's figures for the tables in `directory`.
fn peer(directory: &Path, trees: usize) -> Result<Measured, Box<dyn std::error::Error>> {
    let python = std::env::var("ENVY_BENCH_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let package = std::env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo runs the benchmark")?;
    let script = Path::new(&package).join("../../xtask/bench/forest.py");
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures its peer as it is, in no box")]
    let output = std::process::Command::new(python)
        .arg(script)
        .arg(directory)
        .args([trees.to_string(), REPEATS.to_string()])
        .env("OMP_NUM_THREADS", "1")
        .output()?;
    if !output.status.success() {
        return Err("the Python of ENVY_BENCH_PYTHON has no scikit-learn".into());
    }
    let numbers: Vec<f64> =
        String::from_utf8(output.stdout)?.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    match numbers.as_slice() {
        &[fit, predict, auroc] => Ok(Measured { fit, predict, auroc }),
        other => Err(format!("the peer printed {} numbers, not 3", other.len()).into()),
    }
}

fn write_csv(path: &Path, data: &Data) -> std::io::Result<()> {
    let mut text = String::new();
    for (row, label) in data.labels.iter().enumerate() {
        for column in &data.columns {
            let _ = write!(text, "{:?},", column[row]);
        }
        let _ = writeln!(text, "{label}");
    }
    fs::write(path, text)
}

/// CPU time that this process has used, so that a busy machine does not count.
fn cpu_ms() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}
