//! `jsonl`: each episode's whole record, a line each.

use std::path::Path;

use serde_json::json;

use super::{Exported, RunExport, Source};
use crate::error::LabError;

pub(super) struct Jsonl;

impl RunExport for Jsonl {
    fn name(&self) -> &'static str {
        "jsonl"
    }

    fn doc(&self) -> &'static str {
        "Whole records, one JSON object a line: run, number, seal, record."
    }

    fn write(&self, source: &Source<'_>, out: &Path) -> Result<Exported, LabError> {
        source.lines(out.join(format!("{}.jsonl", source.run)), |episode| {
            Some(json!({
                "schema": "envy.episode/1",
                "run": source.run,
                "number": episode.number,
                "seal": episode.seal,
                "record": episode.record,
            }))
        })
    }
}
