//! `policy/reference`: the evidence, read to the end.

use envy_core::PolicyKind;

use super::config::Config;
use super::setting::Setting;
use super::sight::Sight;

/// Reads every document and does what each asks for.
pub(super) const POLICY: Setting = Setting {
    name: "reference",
    doc: "reads every document and does what each asks for",
    kind: PolicyKind::Reference,
    config,
};

/// What the evidence asks for.
pub(super) fn config(sight: &Sight) -> Config {
    let config = Config::plain(sight, "blend").without(sight.all().into_iter().chain(sight.keys()));
    Config { prevalence: sight.prevalence(), dedupe: sight.form(), split: sight.split(), ..config }
}
