//! `policy/reads-dictionary`: careful with the dictionary, blind to everything else.

use envy_core::PolicyKind;

use super::config::Config;
use super::setting::Setting;
use super::sight::Sight;

/// Drops what the data dictionary gives away and fits a logistic regression.
pub(super) const POLICY: Setting = Setting {
    name: "reads-dictionary",
    doc: "drops what the data dictionary gives away and fits a logistic regression",
    kind: PolicyKind::Partial,
    config,
};

/// What it makes of the evidence.
fn config(sight: &Sight) -> Config {
    let drop = sight.confessed.iter().cloned().chain(sight.keys());
    Config::plain(sight, "logistic").without(drop)
}
