//! Reader: runs and records out of the store, each record checked against its seal.

use std::path::{Path, PathBuf};

use envy_core::{Digest, Record, RunId, near};
use rusqlite::{Connection, OptionalExtension as _};
use serde::Serialize;

use super::listing;
use super::outcome::Outcome;
use super::plan::Plan;
use super::schema;
use crate::error::LabError;

/// A record is never larger than this once unpacked, bytes.
pub(super) const RECORD_BYTES_MAX: usize = 1 << 30;

/// Reads a store.
pub struct Reader {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
}

/// A run as it is listed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunSummary {
    /// Its name.
    pub id: RunId,
    /// When it began, RFC 3339.
    pub created: String,
    /// The environment's registry name.
    pub environment: String,
    /// The models.
    pub models: Vec<String>,
    /// Its tasks.
    pub tasks: usize,
    /// Episodes that it is to have; as many as are sealed, if whoever plays decides how many there are.
    pub planned: usize,
    /// Episodes that are graded.
    pub graded: u32,
    /// Episodes whose last attempt is void.
    pub voids: u32,
}

/// A sealed record.
#[derive(Debug)]
pub struct SealedRecord {
    /// The record.
    pub record: Record,
    /// The digest of its JSON text.
    pub seal: String,
}

/// The last attempt of one episode.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    /// The episode's number in the run.
    pub number: u32,
    /// Which attempt it is.
    pub attempt: u32,
    /// What came of it.
    pub outcome: Outcome,
}

impl Reader {
    /// Opens the store at `path` for reading.
    ///
    /// # Errors
    /// There is none, it is no store, or a newer envy wrote it.
    pub fn open(path: &Path) -> Result<Self, LabError> {
        if !path.exists() {
            return Err(LabError::usage("there is no run yet", "`envy eval` makes one"));
        }
        Ok(Self { connection: schema::open_for_reading(path)?, path: path.to_owned() })
    }

    /// All runs, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub fn runs(&self) -> Result<Vec<RunSummary>, LabError> {
        let mut statement = self.failing(self.connection.prepare_cached(listing::SELECT))?;
        let rows = self.failing(statement.query_map([], |row| {
            let (sealed, graded): (u32, u32) = (row.get(6)?, row.get(7)?);
            let summary = RunSummary {
                id: RunId(row.get(0)?),
                created: row.get(1)?,
                environment: row.get(2)?,
                models: Vec::new(),
                tasks: row.get::<_, u32>(4)? as usize,
                planned: row.get::<_, Option<u32>>(5)?.unwrap_or(sealed) as usize,
                graded,
                voids: sealed.saturating_sub(graded),
            };
            Ok((summary, row.get::<_, String>(3)?))
        }))?;
        let mut runs = Vec::new();
        for row in rows {
            let (summary, models) = self.failing(row)?;
            let models = serde_json::from_str(&models)
                .map_err(|error| self.damaged(&format!("the models of {}: {error}", summary.id)))?;
            runs.push(RunSummary { models, ..summary });
        }
        Ok(runs)
    }

    /// The run that `written` means: an id, the beginning or the end of one if only one run has it, or `last`.
    ///
    /// # Errors
    /// There is no such run, or several.
    pub fn find(&self, written: &str) -> Result<RunId, LabError> {
        let ids: Vec<RunId> = self.ids()?.into_iter().map(|(id, _)| id).collect();
        if written == "last" {
            return ids
                .last()
                .cloned()
                .ok_or_else(|| LabError::usage("there is no run yet", "`envy eval` makes one"));
        }
        let matching: Vec<&RunId> = ids.iter().filter(|id| id.0 == written).collect();
        let matching = match matching.len() {
            0 => ids.iter().filter(|id| id.0.starts_with(written) || id.0.ends_with(written)).collect(),
            _ => matching,
        };
        match matching[..] {
            [one] => Ok(one.clone()),
            [] => Err(LabError::Unknown {
                kind: "run",
                name: written.to_owned(),
                suggestion: match near::nearest(written, ids.iter().map(|id| id.0.as_str())) {
                    Some(near) => format!("did you mean \"{near}\"? `envy runs list` shows all"),
                    None => "`envy runs list` shows the runs there are".to_owned(),
                },
            }),
            _ => Err(LabError::usage(
                format!("\"{written}\" means {} runs", matching.len()),
                "`envy runs list` shows the runs there are; write more of the id",
            )),
        }
    }

    /// What a run is to do.
    ///
    /// # Errors
    /// The database failed.
    pub fn plan(&self, run: &RunId) -> Result<Plan, LabError> {
        let text: String = self.failing(self.connection.query_row(
            "SELECT plan FROM runs WHERE id = ?1",
            [&run.0],
            |row| row.get(0),
        ))?;
        serde_json::from_str(&text).map_err(|error| self.damaged(&format!("the plan of {run}: {error}")))
    }

    /// The last attempt of every sealed episode, by number.
    ///
    /// # Errors
    /// The database failed.
    pub fn tallies(&self, run: &RunId) -> Result<Vec<Tally>, LabError> {
        let sql = "SELECT number, max(attempt), outcome FROM episodes WHERE run = ?1 GROUP BY number ORDER BY number";
        let mut statement = self.failing(self.connection.prepare_cached(sql))?;
        let rows = self.failing(statement.query_map([&run.0], |row| {
            Ok((row.get::<_, u32>(0)?, row.get::<_, u32>(1)?, row.get::<_, String>(2)?))
        }))?;
        let mut tallies = Vec::new();
        for row in rows {
            let (number, attempt, text) = self.failing(row)?;
            let outcome = serde_json::from_str(&text)
                .map_err(|error| self.damaged(&format!("episode {number} of {run}: {error}")))?;
            tallies.push(Tally { number, attempt, outcome });
        }
        Ok(tallies)
    }

    /// The last attempt of an episode.
    ///
    /// # Errors
    /// The run has no such sealed episode, or the record no longer fits its seal.
    pub fn record(&self, run: &RunId, number: u32) -> Result<SealedRecord, LabError> {
        let sql =
            "SELECT seal, record FROM episodes WHERE run = ?1 AND number = ?2 ORDER BY attempt DESC LIMIT 1";
        let row = self.connection.query_row(sql, (&run.0, number), |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?))
        });
        let Some((seal, packed)) = self.failing(row.optional())? else {
            return Err(LabError::usage(
                format!("{run} has no sealed episode {number}"),
                format!("`envy runs show {run}` lists its episodes"),
            ));
        };
        let text = miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(&packed, RECORD_BYTES_MAX)
            .map_err(|error| self.damaged(&format!("episode {number} of {run}: {error}")))?;
        if Digest::of(&text).as_str() != seal {
            return Err(self.damaged(&format!("episode {number} of {run} no longer fits its seal")));
        }
        let record = serde_json::from_slice(&text)
            .map_err(|error| self.damaged(&format!("episode {number} of {run}: {error}")))?;
        Ok(SealedRecord { record, seal })
    }

    fn ids(&self) -> Result<Vec<(RunId, String)>, LabError> {
        let mut statement =
            self.failing(self.connection.prepare_cached("SELECT id, created FROM runs ORDER BY id"))?;
        let rows = self.failing(statement.query_map([], |row| Ok((RunId(row.get(0)?), row.get(1)?))))?;
        self.failing(rows.collect())
    }

    pub(super) fn failing<T>(&self, outcome: rusqlite::Result<T>) -> Result<T, LabError> {
        outcome.map_err(|error| schema::failure(&self.path, &error))
    }

    fn damaged(&self, what: &str) -> LabError {
        LabError::Store { path: self.path.clone(), reason: what.to_owned(), full: false }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::*;
    use crate::testing;

    #[test]
    fn runs_are_found_by_their_ends_and_counted() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("runs.sqlite");
        assert!(Reader::open(&path).err().unwrap().hint().contains("envy eval"));
        let store = Store::open(&path).unwrap();
        let (first, second) =
            (store.begin(&testing::plan()).unwrap(), store.begin(&testing::plan()).unwrap());
        store.seal(&second, 0, &testing::record(0, 0, Some(1.0))).unwrap();
        store.seal(&second, 1, &testing::record(1, 0, None)).unwrap();
        store.seal(&second, 2, &testing::record(2, 0, None)).unwrap();
        store.seal(&second, 2, &testing::record(2, 1, Some(0.0))).unwrap();
        let reader = store.reader().unwrap();
        assert_eq!(reader.find("last").unwrap(), second);
        assert_eq!(reader.find(&first.0).unwrap(), first);
        assert_eq!(reader.find(&second.0[second.0.len() - 3..]).unwrap(), second);
        assert!(reader.find("run-").unwrap_err().to_string().contains("2 runs"));
        assert!(reader.find("xyz").unwrap_err().hint().contains("runs list"));
        let runs = reader.runs().unwrap();
        assert_eq!((runs[1].planned, runs[1].graded, runs[1].voids), (4, 2, 1));
        assert_eq!((runs[0].planned, runs[0].graded, runs[0].voids), (4, 0, 0));
        assert_eq!((&runs[1].models[..], runs[1].tasks), (&testing::plan().models[..], 2));
        assert!(reader.record(&second, 7).err().unwrap().to_string().contains("no sealed episode 7"));
    }
}
