//! What a run leaves behind, read from capped CSV and JSON; whatever else lies there is never opened.

use std::collections::BTreeMap;

use envy_core::JobResult;
use envy_tabular::{RawLimits, RawTable};
use serde::Deserialize;

/// The files that a run is asked for.
pub(super) const OOF: &str = "out/oof.csv";
/// Scores of the training rows by the final model.
pub(super) const FITTED: &str = "out/fitted.csv";
/// Scores and decisions of the holdout by the final model.
pub(super) const HOLDOUT: &str = "out/holdout.csv";
/// The figures that the program reports.
pub(super) const METRICS: &str = "out/metrics.json";
/// The most bytes of each.
pub(super) const OUTPUT_BYTES_MAX: u64 = 1 << 20;

/// What a run left behind.
#[derive(Clone, Debug)]
pub(super) struct Outputs {
    /// Out-of-fold scores.
    pub(super) oof: Scores,
    /// Scores of the training rows.
    pub(super) fitted: Scores,
    /// Scores of the holdout.
    pub(super) holdout: Scores,
    /// The reported figures.
    pub(super) metrics: Metrics,
}

/// One file of scores, in its own order.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_field_names, reason = "scores are what it holds")]
pub(super) struct Scores {
    /// Row ids.
    pub(super) ids: Vec<String>,
    /// Scores, all finite.
    pub(super) scores: Vec<f64>,
    /// The fold or the decision, where the file has one.
    pub(super) marks: Vec<i64>,
}

impl Scores {
    /// Score and mark by row id.
    pub(super) fn by_id(&self) -> BTreeMap<&str, (f64, i64)> {
        let mark = |row: usize| self.marks.get(row).copied().unwrap_or(0);
        (0..self.ids.len()).map(|row| (self.ids[row].as_str(), (self.scores[row], mark(row)))).collect()
    }
}

/// The figures that a program reports.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Metrics {
    /// On the out-of-fold scores.
    pub(super) cross_validation: Figures,
    /// On the holdout.
    pub(super) holdout: Figures,
}

/// Figures of one part.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Figures {
    /// Area under the ROC curve.
    pub(super) auc: f64,
    /// Average precision.
    pub(super) average_precision: f64,
    /// Share of the rows labelled 1 that are decided so.
    pub(super) recall: f64,
    /// Mean over both classes of the F1 of the decisions.
    pub(super) macro_f1: f64,
    /// Where amounts are predicted, the mean absolute error.
    #[serde(default)]
    pub(super) mean_error: Option<f64>,
}

impl Metrics {
    /// The largest distance of a figure that both report.
    pub(super) fn apart(&self, other: &Self) -> f64 {
        let figures = |metrics: &Self| {
            [metrics.cross_validation, metrics.holdout]
                .into_iter()
                .flat_map(|part| [part.auc, part.average_precision, part.recall, part.macro_f1])
        };
        figures(self).zip(figures(other)).map(|(one, two)| (one - two).abs()).fold(0.0, f64::max)
    }
}

/// Reads what a run left behind.
///
/// # Errors
/// It failed, or a file is missing or something else: one sentence that holds nothing that the program printed.
pub(super) fn read(result: &JobResult) -> Result<Outputs, String> {
    let bytes =
        |path: &str| result.bytes(path).ok_or_else(|| format!("the run left no {path} ({:?})", result.end));
    Ok(Outputs {
        oof: scores(bytes(OOF)?, OOF, Some("fold"))?,
        fitted: scores(bytes(FITTED)?, FITTED, None)?,
        holdout: scores(bytes(HOLDOUT)?, HOLDOUT, Some("decision"))?,
        metrics: serde_json::from_slice(bytes(METRICS)?)
            .map_err(|_| format!("{METRICS} is not the JSON that README.md asks for"))?,
    })
}

fn scores(bytes: &[u8], path: &str, mark: Option<&str>) -> Result<Scores, String> {
    let raw = RawTable::read(bytes, RawLimits::AGENT).map_err(|error| format!("{path}: {error}"))?;
    let column = |name: &str| raw.position(name).ok_or_else(|| format!("{path} has no column {name}"));
    let (id, score) = (column("row_id")?, column("score")?);
    let mark = mark.map(column).transpose()?;
    let mut read = Scores { ids: Vec::new(), scores: Vec::new(), marks: Vec::new() };
    for row in 0..raw.rows() {
        let value: f64 = raw.cell(row, score).parse().unwrap_or(f64::NAN);
        if !value.is_finite() {
            return Err(format!("{path} has a score that is no number on line {}", row + 2));
        }
        read.ids.push(raw.cell(row, id).to_owned());
        read.scores.push(value);
        if let Some(mark) = mark {
            let whole = raw
                .cell(row, mark)
                .parse()
                .map_err(|_| format!("{path} has an odd mark on line {}", row + 2));
            read.marks.push(whole?);
        }
    }
    Ok(read)
}
