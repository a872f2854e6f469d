//! `policy/empty-test`: submits a test that asserts nothing, and no report.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed, policy};

use super::{EMPTY_TEST, submit, write_file};

/// Submits a test that asserts nothing, and no report.
pub(super) struct EmptyTest;

impl Policy for EmptyTest {
    fn name(&self) -> &'static str {
        "empty-test"
    }

    fn doc(&self) -> &'static str {
        "submits a test that asserts nothing, and no report"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Partial
    }

    fn start(&self, _brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        policy::fixed(vec![vec![write_file("response/test_fix.py", EMPTY_TEST)], vec![submit()]])
    }
}
