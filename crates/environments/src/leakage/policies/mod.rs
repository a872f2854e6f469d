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
mod sight;
mod uses_everything;

pub(super) use config::Config;
pub(super) use sight::Sight;

use envy_core::{Brief, Policy, PolicyKind, Script, policy};
use serde_json::json;

/// Every policy.
pub(super) const ALL: &[&dyn Policy] = &[
    &null::Null,
    &uses_everything::UsesEverything,
    &drops_the_strongest::DropsTheStrongest,
    &drops_by_name::DropsByName,
    &keeps_the_rate::KeepsTheRate,
    &reads_dictionary::ReadsDictionary,
    &reads_log::ReadsLog,
    &out_of_fold_encoder::OutOfFoldEncoder,
    &honest_logistic::HonestLogistic,
    &honest_boosted::HonestBoosted,
    &honest_predictions::HonestPredictions,
    &over_excluder::OverExcluder,
    &reference::Reference,
    &cheat_memorise_rows::CheatMemoriseRows,
    &cheat_nearest_duplicate::CheatNearestDuplicate,
    &cheat_patch_metric::CheatPatchMetric,
    &cheat_peek::CheatPeek,
];

/// What a policy makes of the evidence.
pub(super) type Configure = fn(&Sight) -> Config;

/// The policies that are settings of one generic pipeline, with what each makes of the evidence.
pub(super) const CONFIGURED: &[(&dyn Policy, Configure)] = &[
    (&uses_everything::UsesEverything, uses_everything::config),
    (&drops_the_strongest::DropsTheStrongest, drops_the_strongest::config),
    (&drops_by_name::DropsByName, drops_by_name::config),
    (&keeps_the_rate::KeepsTheRate, keeps_the_rate::config),
    (&reads_dictionary::ReadsDictionary, reads_dictionary::config),
    (&reads_log::ReadsLog, reads_log::config),
    (&out_of_fold_encoder::OutOfFoldEncoder, out_of_fold_encoder::config),
    (&honest_logistic::HonestLogistic, honest_logistic::config),
    (&honest_boosted::HonestBoosted, honest_boosted::config),
    (&over_excluder::OverExcluder, over_excluder::config),
    (&reference::Reference, reference::config),
];

/// Partial skill, but honest work on a task that asks for no more than the policy does: then it does as the reference does,
/// the model aside, as the honest baselines do.
fn skill(brief: &Brief, configure: Configure) -> PolicyKind {
    let sight = Sight::new(brief);
    let is_whole = configure(&sight).does_as(&reference::config(&sight));
    if is_whole { PolicyKind::Honest } else { PolicyKind::Partial }
}

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
