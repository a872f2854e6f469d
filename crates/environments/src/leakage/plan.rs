//! Plans: the three fresh boxes of a pipeline, what each predicts, and reading the predictions back.
//!
//! Box A fits and predicts the field as it is. Box B fits on the same rows beside another test frame and predicts rows that
//! its process never saw plain: one by one, in sevens, in another order, with other values in leaks and canaries, with later
//! rows altered. Box C fits on rows whose leaks are noise. Predictions are compared between boxes, so that a pipeline which
//! remembers, or behaves otherwise where it smells a check, contradicts itself.

use std::ops::Range;

use envy_core::{BoxFile, Exposure, Job, JobLimits, JobResult, Wanted};
use envy_tabular::{RawLimits, RawTable};
use serde_json::json;

use super::files::{DRIVER, PIPELINE, PLAN, PREDICTIONS, TRAIN};

/// The driver, compiled in: what lies in a task's folder or in the submission is never run in its place.
pub(super) const DRIVER_SOURCE: &str = include_str!("run_pipeline.py");

/// Seconds of wall clock that one box may take.
pub(super) const BOX_SECONDS: u64 = 60;
/// The most bytes of the predictions.
const PREDICTIONS_BYTES_MAX: u64 = 4 << 20;

/// The header of the predictions.
const HEADER: &str = "call,row,p";
/// How `run_pipeline.py` ends when something is wrong before the first prediction.
const NOT_IMPORTED: i32 = 65;
const WITHOUT_FUNCTION: i32 = 66;
const NOT_FITTED: i32 = 67;
/// What is said of a frame for which there is nothing.
const NO_CALL: &str =
    "predict_proba raised an error, or gave something else than one probability for each row";

/// Rows of the field that are predicted as they are in boxes A and B: V5.
pub(super) const PLAIN: Range<usize> = 0..500;
/// One by one in box B: V4.
pub(super) const SINGLE: Range<usize> = 500..560;
/// In sevens: V4.
pub(super) const SEVENS: Range<usize> = 560..770;
/// In another order: V4.
pub(super) const SHUFFLED: Range<usize> = 770..1_270;
/// With other values in the leaks: V2.
pub(super) const NEUTRAL: Range<usize> = 1_270..2_770;
/// Of which the later half is altered: V6.
pub(super) const FUTURE: Range<usize> = 2_770..3_270;
/// With other values in the canaries: V8.
pub(super) const CANARY: Range<usize> = 3_270..3_770;
/// The slices above, which leave the rest as it is.
pub(super) const CHECKED: usize = 3_770;

/// A frame to predict.
pub(super) struct Call {
    /// The frame's bytes.
    pub(super) frame: Vec<u8>,
    /// Rows handed over at once; 0 for all.
    pub(super) batch: usize,
    /// Rows of the frame.
    pub(super) rows: usize,
}

impl Call {
    /// A frame handed over as a whole.
    pub(super) fn whole(frame: Vec<u8>) -> Self {
        let rows = rows_of(&frame);
        Self { frame, batch: 0, rows }
    }

    /// A frame handed over in batches.
    pub(super) fn batches(frame: Vec<u8>, batch: usize) -> Self {
        Self { batch, ..Self::whole(frame) }
    }
}

/// Lines of a CSV of our own beside its header; none of its cells holds a line break.
fn rows_of(frame: &[u8]) -> usize {
    frame.split_inclusive(|byte| *byte == b'\n').count().saturating_sub(1)
}

/// The header and the lines of these rows, in this order.
pub(super) fn pick(csv: &[u8], rows: impl IntoIterator<Item = usize>) -> Vec<u8> {
    let lines: Vec<&[u8]> = csv.split_inclusive(|byte| *byte == b'\n').collect();
    let mut bytes = lines.first().map_or_else(Vec::new, |line| line.to_vec());
    for row in rows {
        if let Some(line) = lines.get(row + 1) {
            bytes.extend_from_slice(line);
        }
    }
    bytes
}

/// A box: the documents, the agent's modules, a training frame, other files, and the frames to predict.
pub(super) fn job(
    name: &str,
    shared: &[BoxFile],
    modules: Vec<BoxFile>,
    train: &[u8],
    extra: Vec<BoxFile>,
    calls: &[Call],
) -> Job {
    let own = [DRIVER, PLAN, TRAIN];
    let mut files: Vec<BoxFile> = shared.to_vec();
    // The agent's modules, but never in the place of the task's own files.
    files.extend(modules.into_iter().filter(|file| {
        !own.contains(&file.path.as_str()) && !shared.iter().any(|other| other.path == file.path)
    }));
    files.extend(extra);
    let path = |number: usize| format!("frames/{number:02}.csv");
    let listed: Vec<_> = calls
        .iter()
        .enumerate()
        .map(|(number, call)| json!({"frame": path(number), "batch": call.batch}))
        .collect();
    files.extend(
        calls.iter().enumerate().map(|(number, call)| BoxFile::new(path(number), call.frame.clone())),
    );
    files.push(BoxFile::new(TRAIN, train));
    files.push(BoxFile::new(PLAN, json!({"train": TRAIN, "calls": listed}).to_string()));
    files.push(BoxFile::new(DRIVER, DRIVER_SOURCE));
    Job {
        name: name.to_owned(),
        files,
        // Isolated mode: neither the environment nor the work directory can change what is imported first.
        argv: ["python3", "-I", DRIVER].map(str::to_owned).to_vec(),
        limits: JobLimits { wall_ms: BOX_SECONDS * 1_000, ..JobLimits::standard() },
        outputs: vec![Wanted { path: PREDICTIONS.to_owned(), bytes_max: PREDICTIONS_BYTES_MAX }],
        exposure: Exposure::Grading,
    }
}

/// What became of each call: probabilities, or why there are none.
pub(super) fn read(result: &JobResult, calls: &[Call]) -> Vec<Result<Vec<f64>, String>> {
    let all = |why: String| calls.iter().map(|_| Err(why.clone())).collect();
    let Some(bytes) = result.bytes(PREDICTIONS) else { return all(why_nothing(result)) };
    if bytes.trim_ascii_end() == HEADER.as_bytes() {
        return all(NO_CALL.to_owned());
    }
    let raw = match RawTable::read(bytes, RawLimits::AGENT) {
        Ok(raw) if raw.headers() == ["call", "row", "p"] => raw,
        Ok(_) => return all("the predictions have other columns".to_owned()),
        Err(error) => return all(format!("the predictions cannot be read: {error}")),
    };
    let mut found: Vec<Vec<f64>> = calls.iter().map(|_| Vec::new()).collect();
    for line in 0..raw.rows() {
        let number = |column: usize| raw.cell(line, column).parse::<usize>().ok();
        let Some((call, row)) = number(0).zip(number(1)) else {
            return all("a prediction names no row".to_owned());
        };
        let value = raw.cell(line, 2).parse::<f64>().unwrap_or(f64::NAN);
        match found.get_mut(call) {
            Some(values) if values.len() == row => values.push(value),
            _ => return all("predictions are not in the order of the rows".to_owned()),
        }
    }
    found.into_iter().zip(calls).map(|(values, call)| sound(values, call.rows)).collect()
}

fn sound(values: Vec<f64>, rows: usize) -> Result<Vec<f64>, String> {
    if values.is_empty() {
        return Err(NO_CALL.to_owned());
    }
    if values.len() != rows {
        return Err(format!("{} probabilities for {rows} rows", values.len()));
    }
    match values.iter().find(|value| !(0.0..=1.0).contains(*value)) {
        Some(value) if value.is_nan() => Err("a probability is NaN".to_owned()),
        Some(value) => Err(format!("a probability is {value}")),
        None => Ok(values),
    }
}

/// Why a box left nothing, in words that hold nothing the agent's code printed.
fn why_nothing(result: &JobResult) -> String {
    use envy_core::{JobEnd, LimitHit, Output};
    match (result.end, result.outputs.get(PREDICTIONS)) {
        (JobEnd::Exited(0), Some(Output::Refused(why))) => format!("the predictions were refused: {why}"),
        (JobEnd::Exited(0), _) => "the run left no predictions".to_owned(),
        (JobEnd::Exited(NOT_IMPORTED), _) => format!("{PIPELINE} cannot be imported"),
        (JobEnd::Exited(WITHOUT_FUNCTION), _) => format!("{PIPELINE} lacks fit or predict_proba"),
        (JobEnd::Exited(NOT_FITTED), _) => "fit raised an error".to_owned(),
        (JobEnd::Exited(code), _) => format!("the run ended with exit code {code}"),
        (JobEnd::Signaled(signal), _) => format!("the run was ended by signal {signal}"),
        (JobEnd::Limit(limit), _) => format!(
            "the run hit its {} limit",
            match limit {
                LimitHit::Time => "time",
                LimitHit::Memory => "memory",
                LimitHit::Processes => "process",
                LimitHit::Disk => "disk",
                LimitHit::Output => "output",
            }
        ),
    }
}

#[cfg(test)]
mod tests {
    use envy_core::{JobEnd, Output};

    use super::*;

    fn result(text: &str) -> JobResult {
        let outputs = [(PREDICTIONS.to_owned(), Output::Bytes(text.as_bytes().to_vec()))].into();
        JobResult { end: JobEnd::Exited(0), outputs, stderr_tail: String::new() }
    }

    fn calls() -> Vec<Call> {
        vec![Call::whole(b"a\n1\n2\n".to_vec()), Call::whole(b"a\n3\n".to_vec())]
    }

    #[test]
    fn lines_are_picked_by_row() {
        assert_eq!(pick(b"a,b\n1,2\n3,4\n5,6\n", [2, 0]), b"a,b\n5,6\n1,2\n");
        assert_eq!(calls()[0].rows, 2);
    }

    #[test]
    fn predictions_are_read_as_found() {
        let got = read(&result("call,row,p\n0,0,0.5\n0,1,1.0\n1,0,nan\n"), &calls());
        assert_eq!(got, [Ok(vec![0.5, 1.0]), Err("a probability is NaN".to_owned())]);
        let check = |text: &str, expected: &str| {
            let got = read(&result(text), &calls());
            assert!(got[0].as_ref().unwrap_err().contains(expected), "{got:?}");
        };
        check("call,row,p\n0,0,0.5\n", "1 probabilities for 2 rows");
        check("call,row,p\n0,0,0.5\n0,1,7\n", "a probability is 7");
        check("call,row,p\n0,1,0.5\n0,0,0.5\n", "not in the order");
        check("call,row,p\n9,0,0.5\n", "not in the order");
        check("call,row,p\nx,0,0.5\n", "names no row");
        check("reward\n1\n", "other columns");
        check("", "cannot be read");
        check("call,row,p\n1,0,0.5\n", NO_CALL);
        check("call,row,p\n", NO_CALL);
        let ended = JobResult { end: JobEnd::Limit(envy_core::LimitHit::Time), ..result("") };
        assert_eq!(read(&ended, &calls())[0], Err("the run hit its time limit".to_owned()));
    }
}
