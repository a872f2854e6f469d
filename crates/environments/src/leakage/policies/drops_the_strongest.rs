//! `policy/drops-the-strongest`: takes strength for a leak.

use envy_core::PolicyKind;

use super::config::Config;
use super::setting::Setting;
use super::sight::Sight;

/// Drops the three numeric columns that rank the label best.
pub(super) const POLICY: Setting = Setting {
    name: "drops-the-strongest",
    doc: "drops the three numeric columns that rank the label best",
    kind: PolicyKind::Partial,
    config,
};

/// What it makes of the evidence.
fn config(sight: &Sight) -> Config {
    Config { drop_strongest: 3, ..Config::plain(sight, "blend").without(sight.keys()) }
}
