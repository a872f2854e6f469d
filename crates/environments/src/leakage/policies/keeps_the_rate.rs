//! `policy/keeps-the-rate`: the single subtle leak.

use envy_core::PolicyKind;

use super::config::Config;
use super::reference;
use super::setting::Setting;
use super::sight::Sight;

/// Does everything right but keeps the columns that the ETL averages over categories.
pub(super) const POLICY: Setting = Setting {
    name: "keeps-the-rate",
    doc: "does everything right but keeps the columns that the ETL averages over categories",
    kind: PolicyKind::Partial,
    config,
};

/// What it makes of the evidence.
fn config(sight: &Sight) -> Config {
    let rates = sight.rates.clone();
    let config = reference::config(sight);
    let kept = |names: Vec<String>| names.into_iter().filter(|name| !rates.contains(name)).collect();
    Config { drop: kept(config.drop.clone()), name: kept(config.name.clone()), ..config }
}
