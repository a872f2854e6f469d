//! Rubrics for every environment: named, weighted criteria as data, and the breakdown of what was earned.
//!
//! A rubric is a JSON document. Its weights are checked against the total that it states when it is read. A criterion of
//! negative weight takes points away where the bad thing is there, and nothing where it is not. What was not judged is
//! offered to nobody: the points that can be had shrink visibly, and nothing counts as zero or as full.

use std::collections::{BTreeMap, BTreeSet};

use envy_core::{Criterion, Ruling};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The format of a rubric's document.
pub const SCHEMA: &str = "envy.rubric/1";
/// The most criteria of a rubric.
const CRITERIA_MAX: usize = 200;
/// The largest weight, up or down.
const WEIGHT_MAX: f64 = 1e6;
/// Weights are sums of decimals: so far may they be from the total.
const TOTAL_ERROR: f64 = 1e-9;

/// How a criterion is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A file is there.
    File,
    /// A file has the form that was asked for.
    Schema,
    /// An answer is the right one.
    Exact,
    /// Named places meet the true ones.
    Span,
    /// Code does what it should when it is run.
    Execution,
    /// A judge reads and decides.
    Judged,
}

/// One criterion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its name, unique in its rubric.
    pub name: String,
    /// Its points; negative for something bad.
    pub weight: f64,
    /// How it is decided.
    pub kind: Kind,
    /// What it asks, in one sentence.
    pub doc: String,
}

/// What is wrong with a rubric.
#[derive(Debug, Error, PartialEq)]
pub enum RubricError {
    /// It is not the JSON that it should be, or a kind of criterion is unknown.
    #[error("the rubric cannot be read: {0}")]
    Form(String),
    /// Weights and total disagree.
    #[error("the positive weights of the rubric sum to {sum}, not to its total of {total}")]
    Total {
        /// Of the weights.
        sum: f64,
        /// As stated.
        total: f64,
    },
    /// One criterion is odd.
    #[error("criterion \"{name}\": {what}")]
    Item {
        /// Which.
        name: String,
        /// What is wrong.
        what: &'static str,
    },
}

/// Criteria whose weights sum to the stated total.
#[derive(Clone, Debug)]
pub struct Rubric {
    total: f64,
    items: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema: String,
    total: f64,
    criteria: Vec<Item>,
}

impl Rubric {
    /// Reads a rubric's document.
    ///
    /// # Errors
    /// It is malformed, a kind is unknown, a name is there twice, or the weights do not sum to the total.
    pub fn read(json: &str) -> Result<Self, RubricError> {
        let document: Document =
            serde_json::from_str(json).map_err(|error| RubricError::Form(error.to_string()))?;
        if document.schema != SCHEMA {
            return Err(RubricError::Form(format!("it is {}, not {SCHEMA}", document.schema)));
        }
        Self::new(document.total, document.criteria)
    }

    /// A rubric of criteria.
    ///
    /// # Errors
    /// As for [`Rubric::read`].
    pub fn new(total: f64, items: Vec<Item>) -> Result<Self, RubricError> {
        let mut names = BTreeSet::new();
        for item in &items {
            let odd = |what| RubricError::Item { name: item.name.clone(), what };
            if item.name.trim().is_empty() || !names.insert(item.name.as_str()) {
                return Err(odd("each criterion has a name of its own"));
            }
            if !item.weight.is_finite() || item.weight == 0.0 || item.weight.abs() > WEIGHT_MAX {
                return Err(odd("a weight is a number other than 0, at most a million"));
            }
        }
        if items.is_empty() || items.len() > CRITERIA_MAX {
            return Err(RubricError::Form(format!(
                "it has {} criteria, not 1 to {CRITERIA_MAX}",
                items.len()
            )));
        }
        let sum: f64 = items.iter().map(|item| item.weight.max(0.0)).sum();
        if (sum - total).abs() > TOTAL_ERROR * sum.max(1.0) {
            return Err(RubricError::Total { sum, total });
        }
        Ok(Self { total, items })
    }

    /// The criteria, in their order.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The sum of the positive weights.
    pub fn total(&self) -> f64 {
        self.total
    }

    /// Adds up what was found. A criterion about which nothing was found earned nothing; a judged one that no judge
    /// decided is not offered.
    ///
    /// # Panics
    /// A finding belongs to no criterion: a bug of the grader.
    pub fn tally(&self, findings: &Findings) -> Tally {
        let known = |name: &String| self.items.iter().any(|item| item.name == *name);
        assert!(findings.0.keys().all(known), "every finding belongs to a criterion");
        let mut tally = Tally { points: 0.0, possible: 0.0, lines: Vec::new() };
        for item in &self.items {
            let found = findings.0.get(&item.name);
            let (share, reason) = match found {
                Some(Finding::Share(share, reason)) => (Some(*share), reason.as_str()),
                Some(Finding::Unjudged(reason)) => (None, reason.as_str()),
                None if item.kind == Kind::Judged => (None, "there was no judge"),
                None => (Some(0.0), "nothing was found"),
            };
            if share.is_some() {
                tally.possible += item.weight.max(0.0);
            }
            tally.points += share.unwrap_or(0.0) * item.weight;
            tally.lines.push(Line { item: item.clone(), share, reason: reason.to_owned() });
        }
        tally.points = tally.points.max(0.0);
        tally
    }
}

/// What was found about one criterion.
#[derive(Clone, Debug, PartialEq)]
enum Finding {
    Share(f64, String),
    Unjudged(String),
}

/// What was found, by criterion.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings(BTreeMap<String, Finding>);

impl Findings {
    /// A criterion holds to this share, for this reason. Of a criterion of negative weight: the bad thing is there.
    pub fn give(&mut self, name: &str, share: f64, reason: impl Into<String>) {
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        self.0.insert(name.to_owned(), Finding::Share(share, reason.into()));
    }

    /// All or nothing.
    pub fn give_if(&mut self, name: &str, holds: bool, reason: impl Into<String>) {
        self.give(name, f64::from(u8::from(holds)), reason);
    }

    /// A judge was asked and did not decide.
    pub fn leave(&mut self, name: &str, reason: impl Into<String>) {
        self.0.insert(name.to_owned(), Finding::Unjudged(reason.into()));
    }
}

impl Findings {
    /// Takes the rulings of a judge on some of the criteria. One that is no ruling leaves its criterion unjudged.
    pub fn rule(&mut self, rulings: &[Ruling], judged: &[&str]) {
        for ruling in rulings.iter().filter(|ruling| judged.contains(&ruling.criterion.as_str())) {
            match ruling.answer() {
                Some(answer) => self.give_if(&ruling.criterion, answer, ruling.reason()),
                None => self.leave(&ruling.criterion, ruling.reason()),
            }
        }
    }
}

/// What a rubric came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    /// The points, never below 0.
    pub points: f64,
    /// The points that could be had: those of criteria that nobody judged are left out.
    pub possible: f64,
    /// Criterion by criterion.
    pub lines: Vec<Line>,
}

/// One criterion's line of a breakdown.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The criterion.
    pub item: Item,
    /// To which share it holds; nothing if it was not judged.
    pub share: Option<f64>,
    /// Why.
    pub reason: String,
}

impl Line {
    /// The points earned, or lost.
    pub fn points(&self) -> f64 {
        self.share.unwrap_or(0.0) * self.item.weight
    }

    /// As a verdict holds it.
    pub fn criterion(&self) -> Criterion {
        let weight = self.item.weight;
        let (met, detail) = match self.share {
            None => (false, format!("{weight} points not offered: {}", self.reason)),
            Some(share) if weight < 0.0 => {
                (share == 0.0, format!("{:.1} of {weight}: {}", self.points(), self.reason))
            }
            Some(share) => (share >= 1.0, format!("{:.1} of {weight}: {}", self.points(), self.reason)),
        };
        Criterion { name: self.item.name.clone(), met, detail }
    }
}

impl Tally {
    /// The share of what could be had.
    pub fn share(&self) -> f64 {
        if self.possible > 0.0 { self.points / self.possible } else { 0.0 }
    }

    /// The share of what could be had without a judge.
    pub fn without_judge(&self) -> f64 {
        let own = || self.lines.iter().filter(|line| line.item.kind != Kind::Judged);
        let possible: f64 = own().map(|line| line.item.weight.max(0.0)).sum();
        let points: f64 = own().map(Line::points).sum();
        if possible > 0.0 { points.max(0.0) / possible } else { 0.0 }
    }

    /// To which share a criterion holds; 0 if it was not judged.
    pub fn held(&self, name: &str) -> f64 {
        self.lines.iter().find(|line| line.item.name == name).and_then(|line| line.share).unwrap_or(0.0)
    }

    /// The breakdown, as a verdict holds it.
    pub fn criteria(&self) -> Vec<Criterion> {
        self.lines.iter().map(Line::criterion).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(total: f64, kind: &str) -> String {
        format!(
            r#"{{"schema": "envy.rubric/1", "total": {total}, "criteria": [
                {{"name": "right", "weight": 6, "kind": "exact", "doc": "The answer is right."}},
                {{"name": "told", "weight": 4, "kind": "{kind}", "doc": "The reason is given."}},
                {{"name": "accuses", "weight": -3, "kind": "span", "doc": "Right code is accused."}}]}}"#
        )
    }

    #[test]
    fn weights_that_do_not_sum_and_unknown_kinds_are_refused() {
        assert!(Rubric::read(&json(10.0, "judged")).is_ok());
        let error = Rubric::read(&json(11.0, "judged")).unwrap_err();
        assert_eq!(error, RubricError::Total { sum: 10.0, total: 11.0 });
        let error = Rubric::read(&json(10.0, "guessed")).unwrap_err().to_string();
        assert!(error.contains("guessed") && error.contains("judged"), "{error}");
        let twice = json(10.0, "judged").replace("told", "right");
        assert!(matches!(Rubric::read(&twice), Err(RubricError::Item { .. })));
        assert!(matches!(Rubric::read("{"), Err(RubricError::Form(_))));
    }

    #[test]
    fn a_penalty_counts_only_where_the_bad_thing_is_there() {
        let rubric = Rubric::read(&json(10.0, "exact")).unwrap();
        let mut findings = Findings::default();
        findings.give_if("right", true, "yes");
        findings.give_if("told", true, "yes");
        assert_eq!(rubric.tally(&findings).points, 10.0);
        findings.give_if("accuses", false, "no");
        assert_eq!(rubric.tally(&findings).points, 10.0);
        findings.give_if("accuses", true, "line 3");
        let tally = rubric.tally(&findings);
        assert_eq!((tally.points, tally.lines[2].points()), (7.0, -3.0));
        let mut only_bad = Findings::default();
        only_bad.give("accuses", 1.0, "line 3");
        assert_eq!(rubric.tally(&only_bad).points, 0.0, "points are never below 0");
    }

    #[test]
    fn what_nobody_judged_is_offered_to_nobody() {
        let rubric = Rubric::read(&json(10.0, "judged")).unwrap();
        let mut findings = Findings::default();
        findings.give_if("right", true, "yes");
        let tally = rubric.tally(&findings);
        assert_eq!((tally.points, tally.possible, tally.share()), (6.0, 6.0, 1.0));
        assert_eq!(tally.lines[1].criterion().detail, "4 points not offered: there was no judge");
        findings.leave("told", "the judge answered in prose");
        assert_eq!(rubric.tally(&findings).possible, 6.0);
        let ruling = |yes, failed| Ruling {
            criterion: "told".to_owned(),
            judge: "test/judge".to_owned(),
            yes,
            failed,
            ..Ruling::default()
        };
        findings.rule(&[ruling(0, 3)], &["told"]);
        let tally = rubric.tally(&findings);
        assert_eq!(
            (tally.points, tally.possible),
            (6.0, 6.0),
            "a judge that fails gives neither zero nor full"
        );
        assert!(tally.lines[1].reason.contains("3 failed"), "{}", tally.lines[1].reason);
        findings.rule(&[ruling(3, 0)], &["right"]);
        assert_eq!(rubric.tally(&findings).points, 6.0, "a judge rules on what it was asked alone");
        findings.rule(&[ruling(3, 0)], &["told"]);
        assert_eq!(rubric.tally(&findings).points, 10.0);
        findings.give("told", 0.5, "half of it");
        assert_eq!((rubric.tally(&findings).points, rubric.tally(&findings).possible), (8.0, 10.0));
    }
}
