//! Checks: what can be decided about a criterion without a judge.

use std::collections::BTreeMap;

use envy_core::{BoxFile, Exposure, Job, JobLimits, JobResult, Submission, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::file::is_inside;
use crate::rubric::Kind;

/// The most bytes of a file that is looked into.
const READ_BYTES_MAX: usize = 1 << 20;
/// What a probe writes, in its box's work directory.
const PROBE_OUTPUT: &str = "probe.json";
/// Where a probe's own files lie in its box.
const PROBE_FOLDER: &str = "envy_probe";
/// Numbers are equal if they differ by less, unless a check says otherwise.
const TOLERANCE: f64 = 1e-6;
/// Lines around a place that are not held against a report.
const DILATION: u64 = 2;
/// More lines than this, or four times the true ones, locate nothing.
const LINES_MAX: u64 = 12;

/// How a criterion is decided.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Check {
    /// A file is there and is not empty.
    File {
        /// Its path.
        path: String,
    },
    /// A file is a JSON object with these keys.
    Schema {
        /// Its path.
        path: String,
        /// The keys.
        required: Vec<String>,
    },
    /// A value in a JSON file is the right one; text is compared without case.
    Exact {
        /// The file.
        path: String,
        /// A JSON pointer such as `/error_type`.
        field: String,
        /// The value.
        value: Value,
    },
    /// A list of places in a JSON file meets lines of a file.
    Span {
        /// The file that holds the list.
        path: String,
        /// A JSON pointer to the list of `{file, start, end}`.
        field: String,
        /// The file that is meant.
        file: String,
        /// The first line, from 1.
        start: u64,
        /// The last line.
        end: u64,
    },
    /// A hidden probe runs the agent's code and writes `probe.json`; its values are compared here.
    Execution {
        /// The probe, one of the hidden files.
        probe: String,
        /// The expected values, by key.
        expect: BTreeMap<String, Value>,
        /// Numbers may differ by so much.
        #[serde(default)]
        tolerance: Option<f64>,
    },
    /// A judge decides.
    Judged,
}

/// What a check says: the share that holds and why.
pub(super) type Found = (f64, String);

impl Check {
    /// The check that the words of an original criterion stand for: the existence of a file. Anything else is prose.
    pub(super) fn of_words(name: &str, words: &str) -> Option<Self> {
        let says_exists = name.contains("NO_FILE") || words.to_lowercase().contains("exists");
        let path = words.split_whitespace().map(|word| word.trim_matches(|c: char| "`'\"(),;:".contains(c)));
        let looks = |word: &&str| {
            is_inside(word)
                && word.rsplit_once('.').is_some_and(|(head, end)| {
                    !head.is_empty() && (1..=5).contains(&end.len()) && end.chars().all(char::is_alphanumeric)
                })
        };
        says_exists
            .then(|| path.into_iter().find(looks))
            .flatten()
            .map(|path| Self::File { path: path.to_owned() })
    }

    /// Its kind.
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::File { .. } => Kind::File,
            Self::Schema { .. } => Kind::Schema,
            Self::Exact { .. } => Kind::Exact,
            Self::Span { .. } => Kind::Span,
            Self::Execution { .. } => Kind::Execution,
            Self::Judged => Kind::Judged,
        }
    }

    /// Whether it can be decided at all.
    ///
    /// # Errors
    /// One sentence.
    pub(super) fn sound(&self, hidden: &[BoxFile]) -> Result<(), String> {
        match self {
            Self::Execution { probe, .. } if !hidden.iter().any(|file| file.path == *probe) => {
                Err(format!("there is no hidden file {probe:?} for a probe"))
            }
            Self::Span { start, end, .. } if *start == 0 || start > end => {
                Err("a span is lines from 1, the first not after the last".to_owned())
            }
            Self::File { path }
            | Self::Schema { path, .. }
            | Self::Exact { path, .. }
            | Self::Span { path, .. }
                if !is_inside(path) =>
            {
                Err(format!("the file {path:?} lies outside the task's folder"))
            }
            _ => Ok(()),
        }
    }

    /// The job that it needs: the task's files under the agent's own, and the probe. It is not told what is expected.
    pub(super) fn job(&self, name: &str, files: &[BoxFile], hidden: &[BoxFile]) -> Option<Job> {
        let Self::Execution { probe, .. } = self else { return None };
        let mut all = files.to_vec();
        all.extend(
            hidden
                .iter()
                .map(|file| BoxFile::new(format!("{PROBE_FOLDER}/{}", file.path), file.bytes.clone())),
        );
        Some(Job {
            name: format!("grade/{name}"),
            files: all,
            argv: vec!["python3".to_owned(), format!("{PROBE_FOLDER}/{probe}")],
            limits: JobLimits::standard(),
            outputs: vec![Wanted { path: PROBE_OUTPUT.to_owned(), bytes_max: READ_BYTES_MAX as u64 }],
            exposure: Exposure::Grading,
        })
    }

    /// Decides. `result` is of its job, if it has one.
    pub(super) fn decide(&self, submission: &Submission, result: Option<&JobResult>) -> Found {
        match self {
            Self::File { path } => match submission.file(path) {
                Some([]) => (0.0, format!("{path} is empty")),
                Some(_) => (1.0, format!("{path} is there")),
                None => (0.0, format!("there is no {path}")),
            },
            Self::Schema { path, required } => match json(submission, path) {
                Err(why) => (0.0, why),
                Ok(value) => {
                    let missing: Vec<&str> =
                        required.iter().filter(|key| value.get(key).is_none()).map(String::as_str).collect();
                    (
                        f64::from(u8::from(missing.is_empty())),
                        format!("missing keys: [{}]", missing.join(", ")),
                    )
                }
            },
            Self::Exact { path, field, value } => match json(submission, path) {
                Err(why) => (0.0, why),
                Ok(found) => {
                    let holds = found.pointer(field).is_some_and(|found| equal(found, value, TOLERANCE));
                    (f64::from(u8::from(holds)), format!("{field} of {path}"))
                }
            },
            Self::Span { path, field, file, start, end } => match json(submission, path) {
                Err(why) => (0.0, why),
                Ok(found) => spans(found.pointer(field), file, *start, *end),
            },
            Self::Execution { probe, expect, tolerance } => {
                let bytes = result.and_then(|result| result.bytes(PROBE_OUTPUT));
                let Some(found) = bytes.and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok()) else {
                    return (0.0, format!("{probe} left no result"));
                };
                let tolerance = tolerance.unwrap_or(TOLERANCE);
                let wrong: Vec<&str> = expect
                    .iter()
                    .filter(|(key, value)| {
                        !found.get(key).is_some_and(|found| equal(found, value, tolerance))
                    })
                    .map(|(key, _)| key.as_str())
                    .collect();
                (f64::from(u8::from(wrong.is_empty())), format!("wrong values: [{}]", wrong.join(", ")))
            }
            Self::Judged => (0.0, String::new()),
        }
    }
}

fn json(submission: &Submission, path: &str) -> Result<Value, String> {
    let bytes = submission.file(path).ok_or_else(|| format!("there is no {path}"))?;
    if bytes.len() > READ_BYTES_MAX {
        return Err(format!("{path} has {} bytes; at most {READ_BYTES_MAX} are read", bytes.len()));
    }
    serde_json::from_slice(bytes).map_err(|_| format!("{path} is no JSON"))
}

fn equal(found: &Value, expected: &Value, tolerance: f64) -> bool {
    match (found, expected) {
        (Value::String(found), Value::String(expected)) => found.trim().eq_ignore_ascii_case(expected.trim()),
        (Value::Number(found), Value::Number(expected)) => {
            let pair = found.as_f64().zip(expected.as_f64());
            pair.is_some_and(|(found, expected)| (found - expected).abs() <= tolerance)
        }
        (Value::Array(found), Value::Array(expected)) => {
            found.len() == expected.len()
                && found.iter().zip(expected).all(|(found, expected)| equal(found, expected, tolerance))
        }
        _ => found == expected,
    }
}

/// The F1 of the reported lines against the true ones, two lines around them forgiven.
fn spans(found: Option<&Value>, file: &str, start: u64, end: u64) -> Found {
    let none = |why: &str| (0.0, why.to_owned());
    let Some(places) = found.and_then(Value::as_array).filter(|places| !places.is_empty()) else {
        return none("there is no list of places");
    };
    let (mut said, mut close, mut exact) = (0, 0, 0);
    for place in places {
        let line = |key: &str| place.get(key).and_then(Value::as_u64).filter(|line| *line > 0);
        let (Some(from), Some(to)) = (line("start"), line("end")) else {
            return none("a place has no lines");
        };
        let Some(length) = to.checked_sub(from).map(|length| length.saturating_add(1)) else {
            return none("a place ends before it begins");
        };
        said = length.saturating_add(said);
        let shared = |first: u64, last: u64| {
            let (first, last) = (first.max(from), last.min(to));
            if last >= first { last - first + 1 } else { 0 }
        };
        if place.get("file").and_then(Value::as_str) == Some(file) {
            close += shared(start.saturating_sub(DILATION), end + DILATION);
            exact += shared(start, end);
        }
    }
    let length = end - start + 1;
    if said > LINES_MAX.max(4 * length) {
        return none("the places cover too many lines");
    }
    let (precision, recall) = (close as f64 / said as f64, (exact.min(length)) as f64 / length as f64);
    let f1 = if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 };
    (f1, format!("line F1 {f1:.2}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_about_a_file_are_a_file_and_other_words_are_prose() {
        let path = |name: &str, words: &str| match Check::of_words(name, words) {
            Some(Check::File { path }) => Some(path),
            _ => None,
        };
        assert_eq!(
            path("NO_FILE", "The file `out/report.json` is written."),
            Some("out/report.json".to_owned())
        );
        assert_eq!(path("X", "Checks that revised_code.py exists"), Some("revised_code.py".to_owned()));
        assert_eq!(path("X", "The explanation says that a leak exists."), None);
        assert_eq!(path("X", "report.json is well written"), None);
        assert_eq!(path("NO_FILE", "../secret.txt exists"), None);
    }

    #[test]
    fn places_are_worth_their_lines() {
        let said = |start: u64, end: u64| json!([{"file": "a.py", "start": start, "end": end}]);
        assert_eq!(spans(Some(&said(10, 12)), "a.py", 10, 12).0, 1.0);
        assert_eq!(spans(Some(&said(1, 400)), "a.py", 10, 12).0, 0.0);
        assert_eq!(spans(Some(&said(20, 22)), "a.py", 10, 12).0, 0.0);
        assert_eq!(spans(Some(&said(5, u64::MAX)), "a.py", 10, 12).0, 0.0);
        assert_eq!(spans(Some(&json!("x")), "a.py", 10, 12).0, 0.0);
    }

    #[test]
    fn an_empty_file_is_no_file() {
        let check = Check::File { path: "report.json".to_owned() };
        let with =
            |bytes: &str| Submission { answer: json!({}), files: vec![BoxFile::new("report.json", bytes)] };
        assert_eq!(check.decide(&with(""), None).0, 0.0);
        assert_eq!(check.decide(&with("{}"), None).0, 1.0);
    }
}
