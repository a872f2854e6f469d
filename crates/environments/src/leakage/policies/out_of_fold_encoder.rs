//! `policy/out-of-fold-encoder`: knows how rates ought to be computed, and little else.

use envy_core::PolicyKind;

use super::config::Config;
use super::setting::Setting;
use super::sight::Sight;

/// Drops what the dictionary and the ETL's definitions give away and encodes categories out of fold.
pub(super) const POLICY: Setting = Setting {
    name: "out-of-fold-encoder",
    doc: "drops what the dictionary and the ETL's definitions give away and encodes categories out of fold",
    kind: PolicyKind::Partial,
    config,
};

/// What it makes of the evidence.
fn config(sight: &Sight) -> Config {
    let drop = sight.confessed.union(&sight.defined).cloned().chain(sight.keys());
    Config::plain(sight, "blend").without(drop)
}
