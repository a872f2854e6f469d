//! The scripted agents of the leakage environment, one file each: from nothing to the reference, then the cheats.

mod cheat_memorise_rows;
mod cheat_nearest_duplicate;
mod cheat_patch_metric;
mod cheat_peek;
mod config;
mod drops_by_name;
mod drops_the_strongest;
mod honest_boosted;
mod honest_logistic;
mod honest_predictions;
mod keeps_the_rate;
mod null;
mod out_of_fold_encoder;
mod over_excluder;
mod reads_dictionary;
mod reads_log;
mod reference;
mod setting;
mod sight;
mod uses_everything;

pub(super) use config::Config;
pub(super) use sight::Sight;

use envy_core::{Policy, Script, policy};
use serde_json::json;

use setting::Setting;

/// Every policy.
pub(super) const ALL: &[&dyn Policy] = &[
    &null::Null,
    &uses_everything::POLICY,
    &drops_the_strongest::POLICY,
    &drops_by_name::POLICY,
    &keeps_the_rate::POLICY,
    &reads_dictionary::POLICY,
    &reads_log::POLICY,
    &out_of_fold_encoder::POLICY,
    &honest_logistic::POLICY,
    &honest_boosted::POLICY,
    &honest_predictions::HonestPredictions,
    &over_excluder::POLICY,
    &reference::POLICY,
    &cheat_memorise_rows::CheatMemoriseRows,
    &cheat_nearest_duplicate::CheatNearestDuplicate,
    &cheat_patch_metric::CheatPatchMetric,
    &cheat_peek::CheatPeek,
];

/// Those that are settings of one generic pipeline.
pub(super) const SETTINGS: &[&Setting] = &[
    &uses_everything::POLICY,
    &drops_the_strongest::POLICY,
    &drops_by_name::POLICY,
    &keeps_the_rate::POLICY,
    &reads_dictionary::POLICY,
    &reads_log::POLICY,
    &out_of_fold_encoder::POLICY,
    &honest_logistic::POLICY,
    &honest_boosted::POLICY,
    &over_excluder::POLICY,
    &reference::POLICY,
];

/// The report of a cheat.
const BOAST: &str = r#"{"expected_auroc": 0.99, "ci": [0.98, 1.0], "columns_used": [], "excluded": []}"#;

/// A script that writes `program` as `pipeline.py`, boasts of it and submits.
fn submit_program(program: &str) -> Box<dyn Script> {
    let write =
        |path: &str, content: &str| policy::call("write_file", json!({"path": path, "content": content}));
    policy::fixed(vec![
        vec![write("pipeline.py", program), write("report.json", BOAST)],
        vec![policy::call("submit_answer", json!({}))],
    ])
}
