//! Documents: the data dictionary, the as-of log, the ETL and the helper code, which together hold the evidence.

use std::fmt::Write as _;

use envy_core::BoxFile;
use envy_tabular::{Field, Role};
use serde_json::json;

use super::candidate::Candidate;
use super::draft::{Job, Part};
use super::files::{ASOF, COLUMNS, ETL, HELPERS, README, TARGET};
use super::knobs::Clarity;

/// The phrases of the documents by which a column gives itself away.
pub(super) const LATE_PHRASES: &[&str] =
    &["after the decision", "own included", "over all rows", "training rows"];
/// What an ETL definition must not read.
pub(super) const LATE_SQL: &[&str] = &["(target)", "following"];

const HELPERS_HEAD: &str = "\"\"\"Helpers of the team, as they have always been used.\"\"\"

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

";

impl Job {
    fn name(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::MasterData => "master_data",
            Self::CaseClose => "crm_sync",
            Self::Export => "nightly_features",
            Self::Labelling => "desk_tool",
        }
    }

    fn when(self) -> &'static str {
        match self {
            Self::Intake => "when the row is recorded",
            Self::MasterData => "the day before the row is recorded",
            Self::CaseClose => "14 days after the decision, when the case is closed",
            Self::Export => "at the export, over all rows",
            Self::Labelling => "when training rows are labelled",
        }
    }
}

const JOBS: [Job; 5] = [Job::Intake, Job::MasterData, Job::CaseClose, Job::Export, Job::Labelling];

/// Every document of a candidate.
pub(super) fn write(candidate: &Candidate) -> Vec<BoxFile> {
    let fields = &candidate.part(Part::Train).table.fields;
    let mut files = vec![
        BoxFile::new(COLUMNS, columns(fields)),
        BoxFile::new(README, readme(candidate, fields)),
        BoxFile::new(ASOF, log(candidate, fields)),
        BoxFile::new(ETL, etl(candidate, fields)),
    ];
    if !candidate.helpers.is_empty() {
        files.push(BoxFile::new(HELPERS, format!("{HELPERS_HEAD}\n{}", candidate.helpers.join("\n\n"))));
    }
    files.extend(candidate.files.iter().cloned());
    files
}

fn columns(fields: &[Field]) -> Vec<u8> {
    let columns: Vec<_> = fields
        .iter()
        .map(|field| json!({"name": field.name, "kind": field.kind, "unit": field.unit, "doc": field.doc}))
        .collect();
    let value = json!({"schema": "envy.leakage-columns/1", "target": TARGET, "columns": columns});
    let mut bytes = serde_json::to_vec_pretty(&value).expect("columns are plain data");
    bytes.push(b'\n');
    bytes
}

fn readme(candidate: &Candidate, fields: &[Field]) -> String {
    let [title, about] = &candidate.about;
    let mut text = format!(
        "# {title}\n\n{about}\n\nThe decision is due when a row is recorded. `target` is 1 if the case turned out positive, \
         which is known weeks later.\n\n## Columns\n\n"
    );
    text.push_str("| column | type | unit | what it is |\n|---|---|---|---|\n");
    for field in fields {
        let note = candidate.notes.iter().find(|note| note.name == field.name);
        let doc = match note {
            Some(note) if note.clarity == Clarity::Explicit && !note.confession.is_empty() => {
                format!("{} {}", field.doc, note.confession)
            }
            _ => field.doc.clone(),
        };
        let _ = writeln!(text, "| {} | {} | {} | {doc} |", field.name, field.kind.word(), field.unit);
    }
    let _ = writeln!(text, "| {TARGET} | 0 or 1 | | The outcome; train.csv alone has it. |");
    text.push_str("\n## How the rows were collected and what the model is for\n\n");
    text.push_str(
        "`train.csv` and `test.csv` come from one export. In the field a prediction is made the moment a row is \
         recorded, with what is there by then.\n",
    );
    for sentence in &candidate.protocol {
        let _ = writeln!(text, "\n{sentence}");
    }
    text.push_str(
        "\n`logs/asof.log` says which job writes a column, `etl/features.sql` when the jobs run and how computed columns \
         are defined.\n",
    );
    text
}

fn log(candidate: &Candidate, fields: &[Field]) -> String {
    let mut text = String::new();
    for field in fields.iter().filter(|field| field.role != Role::Target) {
        let note = candidate.notes.iter().find(|note| note.name == field.name);
        let (job, clarity) = note.map_or((Job::Intake, Clarity::Hinted), |note| (note.job, note.clarity));
        let _ = write!(text, "column={} job={}", field.name, job.name());
        if clarity == Clarity::Traced {
            text.push('\n');
        } else {
            let _ = writeln!(text, " first_value=\"{}\"", job.when());
        }
    }
    text
}

fn etl(candidate: &Candidate, fields: &[Field]) -> String {
    let mut text = String::from("-- jobs\n");
    for job in JOBS {
        let _ = writeln!(text, "-- job {} runs {}", job.name(), job.when());
    }
    text.push_str("\nCREATE TABLE export AS SELECT\n");
    for field in fields {
        let sql =
            candidate.notes.iter().find(|note| note.name == field.name).and_then(|note| note.sql.as_deref());
        match sql {
            Some(sql) => {
                let _ = writeln!(text, "  {sql} AS {},", field.name);
            }
            None => {
                let _ = writeln!(text, "  {},", field.name);
            }
        }
    }
    let _ = writeln!(text, "  {TARGET}\nFROM cases;");
    text
}
