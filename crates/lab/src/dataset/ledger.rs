//! What was done to a dataset, read from its ledger for the owner.
//!
//! A ledger is the hidden entry [`LEDGER_FILE`]: one JSON object a line, one line an event. Every environment that
//! keeps one shares these fields, whatever else its events carry: `operator`, `source` and `class` (text), `mechanism`
//! (text, or an object with a `kind`), `columns`, `changes` (a cell each) and `copies` (a row each), all lists.

use std::collections::{BTreeMap, BTreeSet};

use envy_core::Hidden;
use serde::Serialize;
use serde_json::Value;

/// The hidden entry that holds the ledger.
pub(super) const LEDGER_FILE: &str = "ledger.jsonl";

/// What one operator did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CorruptionSummary {
    /// The operator's name.
    pub operator: String,
    /// Its fairness class (`E`, `P` or `X`).
    pub class: String,
    /// Where it struck.
    pub mechanisms: BTreeSet<String>,
    /// The sources that it struck.
    pub sources: BTreeSet<String>,
    /// The columns that it struck.
    pub columns: BTreeSet<String>,
    /// Its events.
    pub events: usize,
    /// Cells that it changed.
    pub cells: usize,
    /// Rows that it added.
    pub rows_added: usize,
}

/// What each operator did, in the order of their names; empty if the task has no ledger.
pub(crate) fn summarise(hidden: &Hidden) -> Vec<CorruptionSummary> {
    let text = hidden.get(LEDGER_FILE).map(String::from_utf8_lossy).unwrap_or_default();
    let mut by_operator: BTreeMap<(String, String), CorruptionSummary> = BTreeMap::new();
    for line in text.lines() {
        let Ok(event) = serde_json::from_str::<Value>(line) else { continue };
        let field = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let key = (field("operator"), field("class"));
        let summary = by_operator.entry(key.clone()).or_insert_with(|| CorruptionSummary {
            operator: key.0,
            class: key.1,
            ..CorruptionSummary::default()
        });
        summary.events += 1;
        let mechanism = event["mechanism"].as_str().or(event["mechanism"]["kind"].as_str());
        summary.mechanisms.extend(mechanism.map(str::to_owned));
        summary.sources.extend(Some(field("source")).filter(|name| !name.is_empty()));
        let list = |name: &str| event[name].as_array().map_or(&[][..], Vec::as_slice);
        summary.columns.extend(list("columns").iter().filter_map(Value::as_str).map(str::to_owned));
        summary.cells += list("changes").len();
        summary.rows_added += list("copies").len();
    }
    by_operator.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use envy_core::Seed;

    #[test]
    fn events_are_gathered_by_operator() {
        let mut hidden = Hidden::new(&Seed::named("ledger"));
        let lines = [
            r#"{"operator":"N1","class":"E","mechanism":{"kind":"uniform"},"source":"a","columns":["x","y"],"changes":[1,2,3]}"#,
            r#"{"operator":"N1","class":"E","mechanism":"uniform","source":"b","columns":["x"],"changes":[4]}"#,
            r#"{"operator":"R1","class":"E","copies":[5,6],"columns":[]}"#,
        ];
        hidden.insert(LEDGER_FILE, lines.join("\n"));
        let [unit, duplicate] = &summarise(&hidden)[..] else { panic!("two operators") };
        assert_eq!((unit.events, unit.cells, unit.rows_added), (2, 4, 0));
        assert_eq!((duplicate.events, duplicate.cells, duplicate.rows_added), (1, 0, 2));
        assert_eq!(unit.sources.iter().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(unit.columns.iter().collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(unit.mechanisms.iter().collect::<Vec<_>>(), ["uniform"]);
    }
}
