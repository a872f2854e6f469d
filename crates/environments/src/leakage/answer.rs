//! The arguments of `submit_answer`: predictions for test.csv, a pipeline, or both.

use std::collections::BTreeMap;

use envy_core::Submission;
use serde_json::Value;

use super::files::PIPELINE;

/// The names under which predictions are taken, the first of them in the schema.
pub(super) const ALIASES: [&str; 5] = ["y_pred_proba", "probas", "proba", "pred_proba", "y_pred"];
/// A pipeline's source may be no longer than this.
const SOURCE_BYTES_MAX: usize = 1 << 20;

/// The predictions of an answer, one for each test row in the order of test.csv, if it has any.
///
/// # Errors
/// They are something else: one sentence for the agent.
pub(super) fn predictions(answer: &Value, ids: &[String]) -> Result<Option<Vec<f64>>, String> {
    let Some((name, value)) = ALIASES.iter().find_map(|name| answer.get(name).map(|value| (name, value)))
    else {
        return Ok(None);
    };
    if value.is_null() {
        return Ok(None);
    }
    let values = match value {
        Value::Array(list) => {
            list.iter().enumerate().map(|(row, value)| probability(name, &row.to_string(), value)).collect()
        }
        Value::Object(by_id) => by_row_id(name, by_id, ids),
        _ => Err(format!("{name} is neither a list of numbers nor an object from row_id to number")),
    };
    let values: Vec<f64> = values?;
    if values.len() != ids.len() {
        return Err(format!("{name} has {} numbers, but test.csv has {} rows", values.len(), ids.len()));
    }
    Ok(Some(values))
}

fn by_row_id(name: &str, by_id: &serde_json::Map<String, Value>, ids: &[String]) -> Result<Vec<f64>, String> {
    if let Some(stranger) = by_id.keys().find(|id| !ids.contains(id)) {
        return Err(format!("{name} names row_id {stranger}, which test.csv does not have"));
    }
    let of = |id: &String| {
        let value = by_id.get(id).ok_or_else(|| format!("{name} has no number for row_id {id}"))?;
        probability(name, id, value)
    };
    ids.iter().map(of).collect()
}

fn probability(name: &str, row: &str, value: &Value) -> Result<f64, String> {
    // A nested list of one or two numbers is what predict_proba of scikit-learn gives.
    let number = match value {
        Value::Array(inner) if (1..=2).contains(&inner.len()) => inner.last().and_then(Value::as_f64),
        other => other.as_f64(),
    };
    match number {
        Some(p) if (0.0..=1.0).contains(&p) => Ok(p),
        Some(p) => Err(format!("{name}: row {row} has {p}, which is no probability from 0 to 1")),
        None => Err(format!("{name}: row {row} holds no number (NaN and text are none)")),
    }
}

/// The source of the pipeline: the answer's own text or the file it names, else the submitted `pipeline.py`.
///
/// # Errors
/// `pipeline` is an object, names no submitted file, or there is no pipeline at all: one sentence for the agent.
pub(super) fn pipeline(submission: &Submission) -> Result<Vec<u8>, String> {
    let file = |path: &str| submission.file(path).map(<[u8]>::to_vec);
    match submission.answer.get("pipeline") {
        None | Some(Value::Null) => file(PIPELINE)
            .ok_or_else(|| format!("there is no {PIPELINE} in the work directory; write it first")),
        Some(Value::String(text)) if text.len() > SOURCE_BYTES_MAX => {
            Err("pipeline is longer than 1 MiB".to_owned())
        }
        Some(Value::String(text)) if text.contains('\n') || text.contains("def ") => {
            Ok(text.clone().into_bytes())
        }
        Some(Value::String(path)) => file(path.strip_prefix("./").unwrap_or(path)).ok_or_else(|| {
            format!("pipeline is neither source text nor a *.py file of the work directory: {path}")
        }),
        Some(_) => Err("pipeline is source text or the path of a *.py file, never an object".to_owned()),
    }
}

/// Whether a source defines both functions, by its words alone; what it does shows when it runs.
///
/// # Errors
/// One sentence for the agent.
pub(super) fn has_both_functions(source: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(source);
    let defines = |name: &str| {
        let forms =
            [format!("def {name}"), format!("{name} ="), format!("import {name}"), format!("{name},")];
        forms.iter().any(|form| text.contains(form.as_str())) || text.contains("import *")
    };
    match ["fit", "predict_proba"].into_iter().find(|name| !defines(name)) {
        Some(name) => Err(format!(
            "the pipeline defines no {name}; it needs fit(train_df) and predict_proba(model, df)"
        )),
        None => Ok(()),
    }
}

/// The pipeline's files: its source under its own name, and the other modules that were submitted.
pub(super) fn modules(submission: &Submission, source: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let is_module = |path: &str| {
        !path.contains('/') && path.rsplit_once('.').is_some_and(|(_, extension)| extension == "py")
    };
    let mut files: BTreeMap<String, Vec<u8>> = submission
        .files
        .iter()
        .filter(|file| is_module(&file.path))
        .map(|file| (file.path.clone(), file.bytes.clone()))
        .collect();
    files.insert(PIPELINE.to_owned(), source.to_vec());
    files
}

#[cfg(test)]
mod tests {
    use envy_core::BoxFile;
    use serde_json::json;

    use super::*;

    fn ids() -> Vec<String> {
        ["7", "9"].map(str::to_owned).to_vec()
    }

    #[test]
    fn predictions_are_taken_under_every_alias_and_by_row_id() {
        for alias in ALIASES {
            assert_eq!(predictions(&json!({alias: [0.1, 1]}), &ids()), Ok(Some(vec![0.1, 1.0])), "{alias}");
        }
        assert_eq!(
            predictions(&json!({"proba": [[0.9, 0.1], [0.2, 0.8]]}), &ids()),
            Ok(Some(vec![0.1, 0.8]))
        );
        assert_eq!(predictions(&json!({"proba": {"9": 0.4, "7": 0.3}}), &ids()), Ok(Some(vec![0.3, 0.4])));
        assert_eq!(predictions(&json!({}), &ids()), Ok(None));
    }

    #[test]
    fn bad_predictions_are_answered_with_a_sentence() {
        let check = |value: Value, expected: &str| {
            let error = predictions(&json!({"y_pred_proba": value}), &ids()).unwrap_err();
            assert!(error.contains(expected), "{error}");
        };
        check(json!([0.1, 1.5]), "row 1 has 1.5");
        check(json!([0.1, -0.1]), "no probability");
        check(json!([0.1, null]), "holds no number");
        check(json!([0.1, "NaN"]), "holds no number");
        check(json!([0.1]), "has 1 numbers, but test.csv has 2 rows");
        check(json!([0.1, [0.1, 0.2, 0.7]]), "holds no number");
        check(json!("all of them"), "neither a list");
        check(json!({"7": 0.1, "8": 0.2}), "names row_id 8");
        check(json!({"7": 0.1}), "no number for row_id 9");
    }

    #[test]
    fn a_pipeline_is_text_or_a_path_and_never_an_object() {
        let files = vec![BoxFile::new("model.py", "def fit(d): pass\ndef predict_proba(m, d): pass\n")];
        let of = |answer: Value| pipeline(&Submission { answer, files: files.clone() });
        assert_eq!(of(json!({"pipeline": "./model.py"})).unwrap(), files[0].bytes);
        assert_eq!(of(json!({"pipeline": "def fit(d):\n  1"})).unwrap(), b"def fit(d):\n  1");
        assert!(of(json!({"pipeline": {"steps": []}})).unwrap_err().contains("never an object"));
        assert!(of(json!({"pipeline": "/etc/passwd"})).unwrap_err().contains("neither"));
        assert!(of(json!({})).unwrap_err().contains("there is no pipeline.py"));
        assert!(has_both_functions(&files[0].bytes).is_ok());
        assert!(has_both_functions(b"def predict_proba(m, d): pass").unwrap_err().contains("no fit"));
    }
}
