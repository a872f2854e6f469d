//! `policy/honest-boosted`: a baseline: the reference with one plain model.

use envy_core::PolicyKind;

use super::config::Config;
use super::reference;
use super::setting::Setting;
use super::sight::Sight;

/// Does what the evidence asks for with a boosted model alone.
pub(super) const POLICY: Setting = Setting {
    name: "honest-boosted",
    doc: "does what the evidence asks for with a boosted model alone",
    kind: PolicyKind::Honest,
    config,
};

/// What it makes of the evidence.
fn config(sight: &Sight) -> Config {
    Config { model: "boosted", ..reference::config(sight) }
}
