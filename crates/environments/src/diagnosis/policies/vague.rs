//! `policy/vague`: writes a vague report and mends nothing.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed};
use envy_pycode::mutators::ErrorClass;

use super::{EMPTY_TEST, report, respond};

/// Writes a vague report and mends nothing.
pub(super) struct Vague;

impl Policy for Vague {
    fn name(&self) -> &'static str {
        "vague"
    }

    fn doc(&self) -> &'static str {
        "writes a vague report and mends nothing"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Partial
    }

    fn start(&self, _brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        let report = report(
            ErrorClass::DataLeakage,
            "groups_split",
            &[("src/train.py", 1, 3)],
            "Something may leak somewhere.",
        );
        respond(&report, Some(EMPTY_TEST))
    }
}
