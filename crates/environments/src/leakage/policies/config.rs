//! Config: what one generic pipeline is told by each policy, and the script that writes, estimates and submits it.

use std::collections::BTreeSet;

use envy_core::{Script, policy};
use serde::Serialize;
use serde_json::json;

use super::sight::Sight;

const PIPELINE: &str = include_str!("pipeline.py");
const ESTIMATE: &str = include_str!("estimate.py");
/// Seconds that the estimate may take.
const ESTIMATE_SECONDS: u64 = 120;

/// What the pipeline is told.
#[derive(Clone, Debug, Serialize)]
pub(in crate::leakage) struct Config {
    /// Columns left out.
    pub(in crate::leakage) drop: Vec<String>,
    /// Columns that the report names as left out.
    pub(in crate::leakage) name: Vec<String>,
    /// Columns that hold moments.
    pub(in crate::leakage) moments: Vec<String>,
    /// `logistic`, `boosted` or `blend`.
    pub(in crate::leakage) model: &'static str,
    /// The share of positive rows in the field, if training has another.
    pub(in crate::leakage) prevalence: Option<f64>,
    /// The key by which rows are used once.
    pub(in crate::leakage) dedupe: Option<String>,
    /// `random`, `groups` or `forward`.
    pub(in crate::leakage) split: &'static str,
    /// The column of moments.
    pub(in crate::leakage) moment: &'static str,
    /// The column of accounts.
    pub(in crate::leakage) group: &'static str,
    /// How many of the strongest numeric columns are left out.
    pub(in crate::leakage) drop_strongest: usize,
}

impl Config {
    /// A plain pipeline: nothing left out but what no model reads, a random split.
    pub(in crate::leakage) fn plain(sight: &Sight, model: &'static str) -> Self {
        Self {
            drop: Vec::new(),
            name: Vec::new(),
            moments: sight.moments(),
            model,
            prevalence: None,
            dedupe: None,
            split: "random",
            moment: crate::leakage::world::MOMENT,
            group: crate::leakage::world::ENTITY,
            drop_strongest: 0,
        }
    }

    /// Leaves columns out and says so.
    pub(in crate::leakage) fn without(mut self, columns: impl IntoIterator<Item = String>) -> Self {
        let columns: Vec<String> = columns.into_iter().collect();
        self.name.extend(columns.iter().cloned());
        self.drop.extend(columns);
        self
    }

    /// Whether another pipeline uses the same columns and rows in the same way, whatever its model.
    pub(in crate::leakage) fn does_as(&self, other: &Self) -> bool {
        let used = |config: &Self| {
            let drop: BTreeSet<String> = config.drop.iter().cloned().collect();
            let name: BTreeSet<String> = config.name.iter().cloned().collect();
            let rest = (config.dedupe.clone(), config.split, config.drop_strongest);
            (drop, name, config.prevalence.map(f64::to_bits), rest)
        };
        used(self) == used(other)
    }

    /// The pipeline's source.
    pub(in crate::leakage) fn source(&self) -> String {
        let text = serde_json::to_string(self).expect("a config is plain data");
        // A JSON string is a Python string.
        PIPELINE.replace("__CONFIG__", &serde_json::to_string(&text).expect("text is plain data"))
    }

    /// Writes the pipeline, estimates it in the box, and submits.
    pub(in crate::leakage) fn script(&self) -> Box<dyn Script> {
        let write =
            |path: &str, content: &str| policy::call("write_file", json!({"path": path, "content": content}));
        let run = json!({"script_path": "estimate.py", "timeout": ESTIMATE_SECONDS});
        policy::fixed(vec![
            vec![write("pipeline.py", &self.source()), write("estimate.py", ESTIMATE)],
            vec![policy::call("run_python", run)],
            vec![policy::call("submit_answer", json!({}))],
        ])
    }
}
