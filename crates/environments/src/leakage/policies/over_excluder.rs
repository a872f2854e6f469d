//! `policy/over-excluder`: sees leaks everywhere.

use envy_core::PolicyKind;

use super::config::Config;
use super::reference;
use super::setting::Setting;
use super::sight::Sight;

/// Does everything right and drops the decoys as well.
pub(super) const POLICY: Setting = Setting {
    name: "over-excluder",
    doc: "does everything right and drops the decoys as well",
    kind: PolicyKind::Partial,
    config,
};

/// What it makes of the evidence.
fn config(sight: &Sight) -> Config {
    let extra = sight.suspicious_names().into_iter().chain(sight.many.iter().cloned());
    reference::config(sight).without(extra)
}
