//! `template-name`: what is written, and which tools read it.

use std::path::Path;

use serde_json::json;

use super::{Exported, RunExport, Source};
use crate::error::LabError;

pub(super) struct Template;

impl RunExport for Template {
    fn name(&self) -> &'static str {
        "template-name"
    }

    fn doc(&self) -> &'static str {
        "Verdicts, one JSON object a line: number, verdict."
    }

    fn write(&self, source: &Source<'_>, out: &Path) -> Result<Exported, LabError> {
        source.lines(out.join(format!("{}.template-name.jsonl", source.run)), |episode| {
            Some(json!({ "number": episode.number, "verdict": episode.record.verdict }))
        })
    }
}
