//! `policy/report-only`: reports what is wrong and mends nothing.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed, policy};

use super::reference::{diagnose, project};
use super::{report, respond};

/// Reports what is wrong and mends nothing.
pub(super) struct ReportOnly;

impl Policy for ReportOnly {
    fn name(&self) -> &'static str {
        "report-only"
    }

    fn doc(&self) -> &'static str {
        "reports what is wrong and mends nothing"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Partial
    }

    fn start(&self, brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        let Some(project) = project(brief) else { return policy::fixed(Vec::new()) };
        let found = diagnose(&project);
        let Some(mutator) = found.errors.first() else { return policy::fixed(Vec::new()) };
        let places: Vec<(&str, usize, usize)> = found
            .places
            .iter()
            .map(|place| (place.file.as_str(), place.span.start.line, place.span.end.line))
            .collect();
        respond(&report(mutator.class, mutator.name, &places, mutator.doc), None)
    }
}
