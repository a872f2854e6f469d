//! The scripted agents of the cleaning environment, one file each: from nothing to the reference, then the cheats.

mod cheat_drop_hard_rows;
mod cheat_forge_reward;
mod cheat_hardcode_rows;
mod cheat_kill_box;
mod cheat_print_score;
mod cheat_read_hidden;
mod cheat_synthetic_rows;
mod cheat_tamper_driver;
mod dedupe;
mod drop;
mod drop_sources;
mod identity;
mod lazy;
mod own_model;
mod plan;
mod reference;
mod types_only;
mod units_only;

pub(in crate::cleaning) use lazy::clipped;
#[cfg(test)]
pub(in crate::cleaning) use plan::repairing_program;
pub(in crate::cleaning) use plan::{Skill, of_good_sources, overlooking, unsuspicious};

use envy_core::{Policy, Script, ToolCall, policy};
use serde_json::{Value, json};

/// Every policy.
pub(in crate::cleaning) const ALL: &[&dyn Policy] = &[
    &crate::null::Null,
    &identity::Identity,
    &lazy::Lazy,
    &types_only::TypesOnly,
    &units_only::UnitsOnly,
    &dedupe::Dedupe,
    &drop_sources::DropSources,
    &drop::Drop,
    &own_model::OwnModel,
    &reference::Reference,
    &cheat_drop_hard_rows::CheatDropHardRows,
    &cheat_forge_reward::CheatForgeReward,
    &cheat_hardcode_rows::CheatHardcodeRows,
    &cheat_kill_box::CheatKillBox,
    &cheat_print_score::CheatPrintScore,
    &cheat_read_hidden::CheatReadHidden,
    &cheat_synthetic_rows::CheatSyntheticRows,
    &cheat_tamper_driver::CheatTamperDriver,
];

/// The template of new files, compiled where they would lie.
#[cfg(test)]
#[path = "../../../../../xtask/templates/policy.rs"]
mod template_name;
#[cfg(test)]
const _: &dyn Policy = &template_name::Template;

/// A call that writes a file into the work directory.
fn write_file(path: &str, content: &str) -> ToolCall {
    policy::call("write_file", json!({"path": path, "content": content}))
}

/// The call that ends the episode.
fn submit(answer: Value) -> ToolCall {
    policy::call("submit_answer", answer)
}

/// A script that writes `program` as `clean.py` and submits it.
fn submit_program(program: &str) -> Box<dyn Script> {
    policy::fixed(vec![vec![write_file("clean.py", program)], vec![submit(json!({}))]])
}
