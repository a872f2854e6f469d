//! `policy/none-always`: always reports that nothing is wrong.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed};
use envy_pycode::mutators::ErrorClass;

use super::{EMPTY_TEST, report, respond};

/// Always reports that nothing is wrong.
pub(super) struct NoneAlways;

impl Policy for NoneAlways {
    fn name(&self) -> &'static str {
        "none-always"
    }

    fn doc(&self) -> &'static str {
        "always reports that nothing is wrong"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Partial
    }

    fn start(&self, _brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        respond(&report(ErrorClass::None, "none", &[], "Nothing is wrong."), Some(EMPTY_TEST))
    }
}
