//! The track `free`: the agent's own code trains on its cleaned table and predicts rows whose labels it never sees.

use envy_core::{BoxFile, Exposure, Job, JobLimits, JobResult, Submission, Wanted};
use envy_tabular::{Field, RawLimits, RawTable, Role, Sheet, Table};

use super::exam::{Exam, NO_ANSWER};
use super::features;
use super::files::DRIVER;
use super::grade::{modules, why_nothing};
use super::tally::{MODEL_SEEDS, Tally};

/// The agent's model.
pub(super) const MODEL: &str = "model.py";
/// Rows without labels.
const FEATURES: &str = "features.csv";
/// What the driver writes.
pub(super) const PREDICTIONS: &str = "predictions.csv";
/// Its only column.
const COLUMN: &str = "prediction";
/// The most bytes of the predictions.
const PREDICTIONS_BYTES_MAX: u64 = 8 << 20;
/// Seconds that training and predicting may take, and with slow training work.
pub(super) const MODEL_SECONDS: [u64; 2] = [120, 900];

/// The rows of a table as a model's code gets them: without the label.
pub(super) fn without_labels(table: &Table) -> Vec<u8> {
    let kept: Vec<usize> =
        (0..table.fields.len()).filter(|column| table.fields[*column].role != Role::Target).collect();
    let fields: Vec<Field> = kept.iter().map(|column| table.fields[*column].clone()).collect();
    let columns = kept.iter().map(|column| table.columns[*column].clone()).collect();
    Sheet::new(Table::new(fields, columns).expect("its columns stood together before")).write()
}

/// The job that trains on what came back from a draw, which is among the tables, and predicts.
pub(super) fn job(
    name: &str,
    tables: Vec<BoxFile>,
    driver: &str,
    features: &[u8],
    submission: &Submission,
    slow: bool,
) -> Job {
    let mut files: Vec<BoxFile> = modules(submission).cloned().collect();
    files.extend(tables);
    files.push(BoxFile::new(DRIVER, driver));
    files.push(BoxFile::new(FEATURES, features));
    Job {
        name: format!("model/{name}"),
        files,
        argv: ["python3", "-I", DRIVER, "model"].map(str::to_owned).to_vec(),
        limits: JobLimits { wall_ms: MODEL_SECONDS[usize::from(slow)] * 1_000, ..JobLimits::standard() },
        outputs: vec![Wanted { path: PREDICTIONS.to_owned(), bytes_max: PREDICTIONS_BYTES_MAX }],
        exposure: Exposure::Grading,
    }
}

/// What the predictions are worth on each row; they stand for all of the fixed model's seeds.
///
/// # Errors
/// There are none, or not one for each row.
pub(super) fn tally(result: &JobResult, target: &Field, exam: &Exam) -> Result<Tally, String> {
    let Some(bytes) = result.bytes(PREDICTIONS) else { return Err(why_nothing(result, PREDICTIONS)) };
    let raw = RawTable::read(bytes, RawLimits::AGENT).map_err(|error| format!("{PREDICTIONS}: {error}"))?;
    let column = raw.position(COLUMN).ok_or_else(|| format!("{PREDICTIONS} has no column {COLUMN}"))?;
    if raw.rows() != exam.rows() {
        return Err(format!("predict gave {} labels for {} rows", raw.rows(), exam.rows()));
    }
    let answer = |row| features::answer(target, raw.cell(row, column)).unwrap_or(NO_ANSWER);
    let predicted: Vec<f64> = (0..raw.rows()).map(answer).collect();
    let mut tally = Tally::new(exam.rows(), exam.goal);
    tally.add(&predicted, exam, MODEL_SEEDS);
    Ok(tally)
}
