//! `policy/accuser`: accuses whatever looks suspicious.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed, policy};
use envy_pycode::mutators::ErrorClass;

use super::reference::project;
use super::suspicions::suspicions;
use super::{EMPTY_TEST, report, respond};

/// Accuses whatever looks suspicious.
pub(super) struct Accuser;

impl Policy for Accuser {
    fn name(&self) -> &'static str {
        "accuser"
    }

    fn doc(&self) -> &'static str {
        "accuses whatever looks suspicious"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Partial
    }

    fn start(&self, brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        let Some(project) = project(brief) else { return policy::fixed(Vec::new()) };
        let found = suspicions(&project);
        let places: Vec<(&str, usize, usize)> = found
            .iter()
            .take(3)
            .map(|(_, place)| (place.file.as_str(), place.span.start.line, place.span.end.line))
            .collect();
        let text = "These lines look suspicious.";
        respond(
            &report(ErrorClass::DataLeakage, "features_fitted_on_holdout", &places, text),
            Some(EMPTY_TEST),
        )
    }
}
