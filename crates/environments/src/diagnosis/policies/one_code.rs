//! `policy/one-code`: always reports a scaler that is fitted again.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed};
use envy_pycode::mutators::ErrorClass;

use super::{EMPTY_TEST, report, respond};

/// Always reports a scaler that is fitted again.
pub(super) struct OneCode;

impl Policy for OneCode {
    fn name(&self) -> &'static str {
        "one-code"
    }

    fn doc(&self) -> &'static str {
        "always reports a scaler that is fitted again"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Partial
    }

    fn start(&self, _brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        let places = [("src/features.py", 35, 36)];
        respond(
            &report(ErrorClass::ScalingError, "scaler_refitted", &places, "The scaler is refitted."),
            Some(EMPTY_TEST),
        )
    }
}
