//! `policy/reads-log`: reads the log, but joins it with nothing.

use envy_core::PolicyKind;

use super::config::Config;
use super::setting::Setting;
use super::sight::Sight;

/// Drops what the dictionary and the as-of log give away and blends two models.
pub(super) const POLICY: Setting = Setting {
    name: "reads-log",
    doc: "drops what the dictionary and the as-of log give away and blends two models",
    kind: PolicyKind::Partial,
    config,
};

/// What it makes of the evidence.
fn config(sight: &Sight) -> Config {
    let drop = sight.confessed.union(&sight.logged).cloned().chain(sight.keys());
    Config::plain(sight, "blend").without(drop)
}
