//! `response/report.json`: what the agent says. Data from an agent: capped, typed, nothing in it is executed.

use envy_core::Submission;
use envy_pycode::mutators::ErrorClass;
use serde::Deserialize;
use serde_json::{Value, json};

use super::hidden::Named;
use super::knobs::MECHANISMS;

/// Where the report lies.
pub(super) const REPORT: &str = "response/report.json";
/// The folder of revised files.
pub(super) const REVISED: &str = "response/revised/";
/// The most bytes of a report.
const REPORT_BYTES_MAX: usize = 64 << 10;
/// The most places that a list may hold.
const PLACES_MAX: usize = 32;
/// The most characters of a text.
const TEXT_MAX: usize = 4_000;

/// What the agent says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Report {
    /// The class of error.
    pub(super) error_type: ErrorClass,
    /// The mechanism, `none` for none.
    pub(super) mechanism: String,
    /// Where the error stands.
    pub(super) locations: Vec<Location>,
    /// What goes wrong.
    pub(super) explanation: String,
    /// What it does to the reported holdout area.
    pub(super) effect: Effect,
    /// What is changed.
    pub(super) fix: String,
    /// Further errors, where there are several.
    #[serde(default)]
    further: Vec<Named>,
    /// What looks suspicious and is right.
    #[serde(default)]
    pub(super) cleared: Vec<Location>,
}

/// A stretch of lines, both ends included, from 1.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Location {
    /// The file.
    pub(super) file: String,
    /// The first line.
    pub(super) start: usize,
    /// The last line.
    pub(super) end: usize,
    /// The function or class around; empty at the top of the file.
    #[serde(default)]
    pub(super) symbol: String,
    /// Why it is right, of a cleared place.
    #[serde(default)]
    pub(super) reason: String,
}

/// The change of `holdout.auc` in `out/metrics.json` that the error causes: buggy less fixed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Effect {
    /// The sign.
    pub(super) direction: Direction,
    /// The absolute value.
    pub(super) size: f64,
}

/// The sign of an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Direction {
    /// The buggy program reports more.
    Higher,
    /// The buggy program reports less.
    Lower,
    /// A difference under 0.005.
    Unchanged,
}

impl Report {
    /// Reads the report of a submission.
    ///
    /// # Errors
    /// It is missing, too large or not as the schema says: one sentence for the agent.
    pub(super) fn read(submission: &Submission) -> Result<Self, String> {
        let bytes = submission.file(REPORT).ok_or_else(|| format!("there is no {REPORT}"))?;
        if bytes.len() > REPORT_BYTES_MAX {
            return Err(format!("{REPORT} has {} bytes; at most {REPORT_BYTES_MAX} are read", bytes.len()));
        }
        let report: Self = serde_json::from_slice(bytes).map_err(|error| format!("{REPORT}: {error}"))?;
        report.check().map_err(|what| format!("{REPORT}: {what}"))?;
        Ok(report)
    }

    /// The errors that it names, each once.
    pub(super) fn errors(&self) -> Vec<Named> {
        let first = Named { error_type: self.error_type, mechanism: self.mechanism.clone() };
        let mut all: Vec<Named> = std::iter::once(first).chain(self.further.iter().cloned()).collect();
        all.sort();
        all.dedup();
        all
    }

    fn check(&self) -> Result<(), String> {
        for error in self.errors() {
            let mechanism = error.mechanism.as_str();
            if mechanism == crate::domains::ANY || !MECHANISMS.contains(&mechanism) {
                return Err(format!(
                    "unknown mechanism \"{}\"",
                    mechanism.chars().take(60).collect::<String>()
                ));
            }
        }
        if (self.error_type == ErrorClass::None) != self.locations.is_empty() {
            return Err("an error has locations, and NONE has none".to_owned());
        }
        for text in [&self.explanation, &self.fix] {
            if text.trim().is_empty() || text.chars().count() > TEXT_MAX {
                return Err(format!("explanation and fix have 1 to {TEXT_MAX} characters"));
            }
        }
        if self.locations.len() > PLACES_MAX || self.cleared.len() > PLACES_MAX {
            return Err(format!("more than {PLACES_MAX} places"));
        }
        let is_sound =
            |place: &Location| 0 < place.start && place.start <= place.end && !place.file.is_empty();
        if !self.locations.iter().chain(&self.cleared).all(is_sound) {
            return Err("a place has a file and lines from 1, the first not after the last".to_owned());
        }
        if !self.effect.size.is_finite() || self.effect.size < 0.0 {
            return Err("the size of the effect is a number from 0".to_owned());
        }
        Ok(())
    }
}

/// The JSON schema of the report, for the prompt.
pub(super) fn schema() -> Value {
    let place = json!({"type": "object", "required": ["file", "start", "end", "symbol"], "properties": {
        "file": {"type": "string"}, "start": {"type": "integer", "minimum": 1}, "end": {"type": "integer"},
        "symbol": {"type": "string"}, "reason": {"type": "string"}}});
    json!({
        "type": "object",
        "required": ["error_type", "mechanism", "locations", "explanation", "effect", "fix"],
        "properties": {
            "error_type": {"enum": ["DATA_LEAKAGE", "OUTLIER", "SCALING_ERROR", "ENCODING_ERROR", "IMBALANCE",
                "OVERFITTING", "UNDERFITTING", "NONE"]},
            "mechanism": {"enum": MECHANISMS[1..]},
            "locations": {"type": "array", "items": place},
            "explanation": {"type": "string"},
            "effect": {"type": "object", "required": ["direction", "size"], "properties": {
                "direction": {"enum": ["higher", "lower", "unchanged"]}, "size": {"type": "number", "minimum": 0}}},
            "fix": {"type": "string"},
            "further": {"type": "array", "items": {"type": "object", "required": ["error_type", "mechanism"]}},
            "cleared": {"type": "array", "items": place},
        },
    })
}
