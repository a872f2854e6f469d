//! Sight: what can be read in a brief's documents, by how far someone reads.

use std::collections::{BTreeMap, BTreeSet};

use envy_core::Brief;
use envy_tabular::{RawLimits, RawTable};
use serde_json::Value;

use crate::leakage::documents::{LATE_PHRASES, LATE_SQL};
use crate::leakage::files::{ASOF, COLUMNS, ETL, README, TRAIN};
use crate::leakage::operators::FORM;
use crate::leakage::world::{ENTITY, MOMENT};

/// Levels beyond which a category is one of many.
const LEVELS_MANY: usize = 12;

/// What can be read.
#[derive(Debug, Default)]
pub(in crate::leakage) struct Sight {
    /// Every column with its kind.
    columns: Vec<(String, String)>,
    /// Columns that the dictionary gives away.
    pub(super) confessed: BTreeSet<String>,
    /// Those that the as-of log gives away by itself.
    pub(super) logged: BTreeSet<String>,
    /// Those that the log's job gives away together with the ETL.
    pub(super) traced: BTreeSet<String>,
    /// Those whose definition in the ETL gives them away.
    pub(super) defined: BTreeSet<String>,
    /// Those whose moments are late on some row.
    pub(super) late: BTreeSet<String>,
    /// Those that the ETL averages over a category.
    pub(super) rates: BTreeSet<String>,
    /// Categories of many levels.
    pub(super) many: BTreeSet<String>,
    /// The text of the dictionary.
    readme: String,
}

impl Sight {
    /// Reads a brief; what is not there is not seen.
    pub(in crate::leakage) fn new(brief: &Brief) -> Self {
        let text = |path: &str| brief.file(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let mut sight =
            Self { columns: columns(brief), readme: text(README).unwrap_or_default(), ..Self::default() };
        for line in sight.readme.lines().filter(|line| is_late(line)) {
            if let Some(name) = line.strip_prefix("| ").and_then(|rest| rest.split(' ').next()) {
                sight.confessed.insert(name.to_owned());
            }
        }
        let etl = text(ETL).unwrap_or_default();
        let late_jobs: Vec<&str> = etl
            .lines()
            .filter(|line| is_late(line))
            .filter_map(|line| line.strip_prefix("-- job ")?.split(' ').next())
            .collect();
        for line in text(ASOF).unwrap_or_default().lines() {
            let words: BTreeMap<&str, &str> =
                line.split(' ').filter_map(|word| word.split_once('=')).collect();
            let Some(name) = words.get("column") else { continue };
            if is_late(line) {
                sight.logged.insert((*name).to_owned());
            }
            if words.get("job").is_some_and(|job| late_jobs.contains(job)) {
                sight.traced.insert((*name).to_owned());
            }
        }
        for (definition, name) in
            etl.lines().filter_map(|line| line.trim().trim_end_matches(',').split_once(" AS "))
        {
            let definition = definition.to_lowercase();
            if LATE_SQL.iter().any(|sign| definition.contains(sign)) {
                sight.traced.insert(name.to_owned());
                sight.defined.insert(name.to_owned());
            }
            if definition.contains("partition by") {
                sight.rates.insert(name.to_owned());
            }
        }
        sight.look_at_rows(brief);
        sight
    }

    fn look_at_rows(&mut self, brief: &Brief) {
        let train = brief.file(TRAIN).and_then(|bytes| RawTable::read(bytes, RawLimits::OWN).ok());
        let Some(train) = train else { return };
        let recorded = train.position(MOMENT);
        for (name, kind) in &self.columns {
            let Some(at) = train.position(name) else { continue };
            if kind == "category" {
                let levels: BTreeSet<&str> = (0..train.rows()).map(|row| train.cell(row, at)).collect();
                if levels.len() > LEVELS_MANY {
                    self.many.insert(name.clone());
                }
            }
            // Moments are written so that their order is that of their letters.
            let Some((value, recorded)) = name.strip_suffix("_updated_at").zip(recorded) else { continue };
            if (0..train.rows()).any(|row| train.cell(row, at) > train.cell(row, recorded)) {
                self.late.extend([value.to_owned(), name.clone()]);
            }
        }
    }

    /// Everything that some document or the rows give away.
    pub(in crate::leakage) fn all(&self) -> BTreeSet<String> {
        [&self.confessed, &self.logged, &self.traced, &self.late].into_iter().flatten().cloned().collect()
    }

    /// The columns of moments.
    pub(super) fn moments(&self) -> Vec<String> {
        self.columns.iter().filter(|(_, kind)| kind == "time").map(|(name, _)| name.clone()).collect()
    }

    /// Keys that name a row, a form or an account, as far as there are any.
    pub(super) fn keys(&self) -> Vec<String> {
        let is_key = |name: &&String| [ENTITY, FORM].contains(&name.as_str());
        self.columns.iter().map(|(name, _)| name).filter(is_key).cloned().collect()
    }

    /// Columns by what their names sound like.
    pub(super) fn suspicious_names(&self) -> Vec<String> {
        const SOUNDS: &[&str] =
            &["target", "outcome", "label", "result", "leak", "future", "final", "rate", "follow"];
        let sounds = |name: &&String| SOUNDS.iter().any(|sound| name.contains(sound));
        self.columns.iter().map(|(name, _)| name).filter(sounds).cloned().collect()
    }

    /// The form's number, if forms may come twice.
    pub(super) fn form(&self) -> Option<String> {
        self.columns.iter().map(|(name, _)| name).find(|name| *name == FORM).cloned()
    }

    /// How rows are to be held apart.
    pub(super) fn split(&self) -> &'static str {
        match () {
            () if self.readme.contains("on the weeks after it") => "forward",
            () if self.readme.contains("new accounts only") => "groups",
            () => "random",
        }
    }

    /// The share of positive rows in the field, if the notes say that training has another.
    pub(super) fn prevalence(&self) -> Option<f64> {
        let mut percents =
            self.readme.split("in the field ").skip(1).filter_map(|rest| rest.split(" %").next());
        let percent: f64 = percents.find_map(|words| words.parse().ok())?;
        (0.0 < percent && percent < 100.0).then_some(percent / 100.0)
    }
}

fn is_late(line: &str) -> bool {
    LATE_PHRASES.iter().any(|phrase| line.contains(phrase))
}

fn columns(brief: &Brief) -> Vec<(String, String)> {
    let value: Value =
        brief.file(COLUMNS).and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or_default();
    let text = |column: &Value, name: &str| column.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
    let list = value.get("columns").and_then(Value::as_array).cloned().unwrap_or_default();
    list.iter().map(|column| (text(column, "name"), text(column, "kind"))).collect()
}
