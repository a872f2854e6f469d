//! `report.json`: what an agent says of its own pipeline.

use std::collections::BTreeSet;

use serde_json::Value;

/// More bytes than this are no report.
const BYTES_MAX: usize = 1 << 20;

/// What could be read of a report.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Report {
    /// The AUROC expected in the field.
    pub(super) expected: Option<f64>,
    /// Its interval.
    pub(super) interval: Option<(f64, f64)>,
    /// The columns left out, each with a reason or without.
    pub(super) excluded: BTreeSet<String>,
    /// What is wrong with it, in one sentence each.
    pub(super) complaints: Vec<String>,
}

impl Report {
    /// Reads the file; whatever it holds, something comes of it.
    pub(super) fn read(bytes: Option<&[u8]>) -> Self {
        let complaint = |text: &str| Self { complaints: vec![text.to_owned()], ..Self::default() };
        let Some(bytes) = bytes else { return complaint("there is no report.json") };
        if bytes.len() > BYTES_MAX {
            return complaint("report.json is larger than 1 MiB");
        }
        let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
            return complaint("report.json is not JSON");
        };
        let expected = value.get("expected_auroc").and_then(Value::as_f64);
        let expected = expected.filter(|auroc| (0.0..=1.0).contains(auroc));
        let mut report = Self { expected, ..Self::default() };
        if report.expected.is_none() {
            report.complaints.push("expected_auroc is not a number from 0 to 1".to_owned());
        }
        report.interval = interval(value.get("ci"));
        if report.interval.is_none() {
            report.complaints.push("ci is not a pair of numbers, the lower first".to_owned());
        }
        match value.get("excluded").and_then(Value::as_array) {
            None => report.complaints.push("excluded is not a list".to_owned()),
            Some(list) => report.excluded = list.iter().filter_map(column).collect(),
        }
        report
    }
}

fn interval(value: Option<&Value>) -> Option<(f64, f64)> {
    let pair = value?.as_array()?;
    let [low, high] = pair.as_slice() else { return None };
    let (low, high) = (low.as_f64()?, high.as_f64()?);
    (low <= high).then_some((low, high))
}

/// The column of an entry: `{"column": .., "reason": ..}` or the bare name.
fn column(entry: &Value) -> Option<String> {
    entry.get("column").unwrap_or(entry).as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_is_read_as_far_as_it_goes() {
        let read = |text: &str| Report::read(Some(text.as_bytes()));
        let whole = read(
            r#"{"expected_auroc": 0.8, "ci": [0.7, 0.9], "excluded": [{"column": "a", "reason": "late"}, "b", 3]}"#,
        );
        assert_eq!((whole.expected, whole.interval), (Some(0.8), Some((0.7, 0.9))));
        assert_eq!(whole.excluded, BTreeSet::from(["a".to_owned(), "b".to_owned()]));
        assert!(whole.complaints.is_empty());
        assert_eq!(read("{").complaints, ["report.json is not JSON"]);
        assert_eq!(Report::read(None).complaints, ["there is no report.json"]);
        for odd in [
            "[]",
            "null",
            "3",
            r#"{"expected_auroc": 1e999}"#,
            r#"{"expected_auroc": "high", "ci": [1], "excluded": {}}"#,
        ] {
            let report = read(odd);
            assert!(
                report.expected.is_none() && report.excluded.is_empty() && !report.complaints.is_empty(),
                "{odd}"
            );
        }
    }
}
