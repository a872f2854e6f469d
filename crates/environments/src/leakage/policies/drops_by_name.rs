//! `policy/drops-by-name`: trusts names.

use envy_core::PolicyKind;

use super::config::Config;
use super::setting::Setting;
use super::sight::Sight;

/// Drops the columns whose names sound like the outcome.
pub(super) const POLICY: Setting = Setting {
    name: "drops-by-name",
    doc: "drops the columns whose names sound like the outcome",
    kind: PolicyKind::Partial,
    config,
};

/// What it makes of the evidence.
fn config(sight: &Sight) -> Config {
    Config::plain(sight, "blend").without(sight.suspicious_names().into_iter().chain(sight.keys()))
}
