//! `policy/uses-everything`: what a pipeline without a thought comes to.

use envy_core::PolicyKind;

use super::config::Config;
use super::setting::Setting;
use super::sight::Sight;

/// Uses every column and splits at random.
pub(super) const POLICY: Setting = Setting {
    name: "uses-everything",
    doc: "uses every column and splits at random",
    kind: PolicyKind::Partial,
    config,
};

/// What it makes of the evidence.
fn config(sight: &Sight) -> Config {
    Config::plain(sight, "blend")
}
