//! `parquet`: a row for each episode, for tools that read columns. `record` is the whole record as JSON text; the columns
//! before it are what a report needs, so that it need not be parsed.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use super::columns::Kind::{Double, Int, Text, Truth};
use super::columns::{Cell, Column, Table};
use super::{Exported, RunExport, Source, word};
use crate::error::LabError;
use crate::store::Outcome;

pub(super) struct Parquet;

/// The columns, in order: `docs/serving.md` says what they are.
const COLUMNS: &[Column] = &[
    Column { name: "run", kind: Text, optional: false },
    Column { name: "number", kind: Int, optional: false },
    Column { name: "task", kind: Text, optional: false },
    Column { name: "model", kind: Text, optional: false },
    Column { name: "rollout", kind: Int, optional: false },
    Column { name: "attempt", kind: Int, optional: false },
    Column { name: "end", kind: Text, optional: false },
    Column { name: "reward", kind: Double, optional: true },
    Column { name: "passed", kind: Truth, optional: false },
    Column { name: "fault", kind: Text, optional: true },
    Column { name: "turns", kind: Int, optional: false },
    Column { name: "probes", kind: Int, optional: false },
    Column { name: "tokens_read", kind: Int, optional: false },
    Column { name: "tokens_written", kind: Int, optional: false },
    Column { name: "cost", kind: Double, optional: false },
    Column { name: "wall_ms", kind: Int, optional: false },
    Column { name: "seal", kind: Text, optional: false },
    Column { name: "record", kind: Text, optional: false },
];

impl RunExport for Parquet {
    fn name(&self) -> &'static str {
        "parquet"
    }

    fn doc(&self) -> &'static str {
        "A row for each episode, in columns."
    }

    fn write(&self, source: &Source<'_>, out: &Path) -> Result<Exported, LabError> {
        let path = out.join(format!("{}.parquet", source.run));
        let failed = |error: std::io::Error| LabError::file("write", &path, &error);
        let file = File::create(&path).map_err(failed)?;
        let mut table = Table::begin(BufWriter::new(file), COLUMNS).map_err(failed)?;
        let mut episodes = 0;
        for tally in source.tallies()? {
            let episode = source.episode(tally.number)?;
            let outcome = Outcome::of(&episode.record);
            let record = serde_json::to_string(&episode.record).expect("a record is plain data");
            table
                .add(vec![
                    Cell::Text(source.run.0.clone()),
                    Cell::Int(i64::from(episode.number)),
                    Cell::Text(outcome.task.as_str().to_owned()),
                    Cell::Text(outcome.model),
                    Cell::Int(i64::from(outcome.rollout)),
                    Cell::Int(i64::from(episode.record.attempt)),
                    Cell::Text(word(&outcome.end)),
                    outcome.reward.map_or(Cell::Nothing, Cell::Double),
                    Cell::Truth(outcome.passed),
                    outcome.fault.map_or(Cell::Nothing, |fault| Cell::Text(word(&fault))),
                    Cell::Int(outcome.turns as i64),
                    Cell::Int(i64::from(outcome.probes)),
                    Cell::Int(outcome.tokens.read as i64),
                    Cell::Int(outcome.tokens.written as i64),
                    Cell::Double(outcome.tokens.cost),
                    Cell::Int(outcome.wall_ms as i64),
                    Cell::Text(episode.seal),
                    Cell::Text(record),
                ])
                .map_err(failed)?;
            episodes += 1;
        }
        table.finish().map_err(failed)?;
        Ok(Exported { files: vec![path], episodes })
    }
}
