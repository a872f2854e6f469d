//! What was done to a dataset, read from its ledger for the owner.
//!
//! A ledger is the hidden entry [`LEDGER_FILE`]: one JSON object a line, one line an event. Every environment that
//! keeps one shares these fields, whatever else its events carry: `operator`, `mechanism`, `source` (text), `class`
//! (text), `columns` and `rows` (lists).

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
    /// Cells that it struck, or rows where it strikes whole rows.
    pub cells: usize,
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
        summary.mechanisms.extend(Some(field("mechanism")).filter(|name| !name.is_empty()));
        summary.sources.extend(Some(field("source")).filter(|name| !name.is_empty()));
        let list = |name: &str| event[name].as_array().map_or(&[][..], Vec::as_slice);
        summary.columns.extend(list("columns").iter().filter_map(Value::as_str).map(str::to_owned));
        summary.cells += list("rows").len() * list("columns").len().max(1);
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
            r#"{"operator":"unit","class":"E","mechanism":"source","source":"a","columns":["x","y"],"rows":[1,2,3]}"#,
            r#"{"operator":"unit","class":"E","mechanism":"source","source":"b","columns":["x"],"rows":[4]}"#,
            r#"{"operator":"duplicate","class":"E","rows":[5,6],"columns":[]}"#,
        ];
        hidden.insert(LEDGER_FILE, lines.join("\n"));
        let [duplicate, unit] = &summarise(&hidden)[..] else { panic!("two operators") };
        assert_eq!((duplicate.events, duplicate.cells), (1, 2));
        assert_eq!((unit.events, unit.cells), (2, 7));
        assert_eq!(unit.sources.iter().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(unit.columns.iter().collect::<Vec<_>>(), ["x", "y"]);
    }
}
