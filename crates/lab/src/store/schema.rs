//! The tables, and which versions of them this build reads.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{jobs, listing, receipts};
use crate::error::LabError;

/// The version of the tables, in SQLite's `user_version`. A newer one is refused, never guessed at.
const VERSION: i64 = 4;

/// How long a process waits for another one that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

const TABLES: &str = "
CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  created TEXT NOT NULL,
  environment TEXT NOT NULL,
  plan TEXT NOT NULL
) STRICT;
CREATE TABLE episodes (
  run TEXT NOT NULL REFERENCES runs (id),
  number INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  seal TEXT NOT NULL,
  outcome TEXT NOT NULL,
  record BLOB NOT NULL,
  PRIMARY KEY (run, number, attempt)
) STRICT;
";

/// Opens the store for its one writer, making the tables if there are none.
pub(super) fn open_for_writing(path: &Path) -> Result<Connection, LabError> {
    let failed = |error: rusqlite::Error| failure(path, &error);
    let mut connection = Connection::open(path).map_err(failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    check_version(path, &connection)?;
    connection.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
    // A record is durable once it is acknowledged, also through a power cut.
    connection.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(failed)?;
    let found = version(&transaction).map_err(failed)?;
    for (since, tables) in [(1, TABLES), (2, jobs::TABLE), (3, receipts::TABLE), (4, listing::TABLE)] {
        if found < since {
            transaction.execute_batch(tables).map_err(failed)?;
        }
    }
    if found < VERSION {
        transaction.pragma_update(None, "user_version", VERSION).map_err(failed)?;
    }
    transaction.commit().map_err(failed)?;
    Ok(connection)
}

/// Opens the store for reading. One that an older envy wrote gets what is new first.
pub(super) fn open_for_reading(path: &Path) -> Result<Connection, LabError> {
    let connection = read_only(path)?;
    if version(&connection).map_err(|error| failure(path, &error))? == VERSION {
        return Ok(connection);
    }
    drop((connection, open_for_writing(path)?));
    read_only(path)
}

fn read_only(path: &Path) -> Result<Connection, LabError> {
    let failed = |error: rusqlite::Error| failure(path, &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    check_version(path, &connection)?;
    Ok(connection)
}

fn check_version(path: &Path, connection: &Connection) -> Result<(), LabError> {
    let found = version(connection).map_err(|error| failure(path, &error))?;
    if found > VERSION {
        return Err(LabError::NewerStore { path: path.to_owned(), found, known: VERSION });
    }
    Ok(())
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// A database error in the lab's words.
pub(super) fn failure(path: &Path, error: &rusqlite::Error) -> LabError {
    let full = error.sqlite_error_code() == Some(ErrorCode::DiskFull);
    LabError::Store { path: path.to_owned(), reason: error.to_string(), full }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_store_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("runs.sqlite");
        drop(open_for_writing(&path).unwrap());
        Connection::open(&path).unwrap().pragma_update(None, "user_version", VERSION + 1).unwrap();
        for error in [open_for_writing(&path).err(), open_for_reading(&path).err()] {
            let error = error.unwrap();
            let newer =
                matches!(error, LabError::NewerStore { found, known: VERSION, .. } if found == VERSION + 1);
            assert!(newer, "{error}");
            assert!(error.hint().contains("newer"));
        }
    }

    #[test]
    fn an_older_store_gets_what_is_new_and_keeps_what_it_has() {
        let steps = [TABLES, jobs::TABLE, receipts::TABLE];
        for before in 1..=steps.len() {
            let tables = steps[..before].concat();
            let home = tempfile::tempdir().unwrap();
            let path = home.path().join("runs.sqlite");
            let old = Connection::open(&path).unwrap();
            old.execute_batch(&tables).unwrap();
            let plan = r#"{"tasks": [1, 2], "models": ["policy/null"], "rollouts": 3}"#;
            old.execute("INSERT INTO runs VALUES ('run-1', '', 'guess', ?1)", [plan]).unwrap();
            for (number, attempt, outcome) in [(0, 0, "null"), (0, 1, "0.5"), (1, 0, "1"), (2, 0, "null")] {
                let outcome = format!(r#"{{"reward": {outcome}}}"#);
                old.execute(
                    "INSERT INTO episodes VALUES ('run-1', ?1, ?2, '', ?3, x'')",
                    (number, attempt, outcome),
                )
                .unwrap();
            }
            old.pragma_update(None, "user_version", before as i64).unwrap();
            drop(old);
            // A reader is enough.
            let new = open_for_reading(&path).unwrap();
            let row = new.query_row(listing::SELECT, [], |row| {
                Ok((row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?))
            });
            let (tasks, planned, sealed, graded): (u32, u32, u32, u32) = row.unwrap();
            assert_eq!((tasks, planned, sealed, graded), (2, 6, 3, 2), "from version {before}");
            let count = |table: &str| {
                new.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, u32>(0))
                    .unwrap()
            };
            let counts = ["runs", "jobs", "receipts"].map(count);
            assert_eq!((counts, version(&new).unwrap()), ([1, 0, 0], VERSION));
        }
    }

    #[test]
    fn a_file_that_is_no_store_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("runs.sqlite");
        std::fs::write(&path, "this is no database, but it is long enough to be looked at as one....")
            .unwrap();
        assert!(matches!(open_for_writing(&path).err().unwrap(), LabError::Store { .. }));
    }
}
