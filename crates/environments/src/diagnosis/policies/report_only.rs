//! `policy/report-only`: reports what is wrong and mends nothing.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed, policy};

use envy_pycode::mutators::Located;
use serde_json::json;

use super::reference::{diagnose, project};
use super::{EMPTY_TEST, report, respond};

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
        let place = |place: &Located| {
            let (start, end) = (place.span.start.line, place.span.end.line);
            json!({"file": place.file, "start": start, "end": end, "symbol": place.span.symbol})
        };
        let mut said = report(mutator.class, mutator.name, &[], mutator.doc);
        said["locations"] = found.places.iter().map(place).collect();
        respond(&said, Some(EMPTY_TEST))
    }
}
