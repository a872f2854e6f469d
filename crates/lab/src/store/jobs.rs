//! Jobs: episodes that a server owes to someone. They lie in the store, so that they outlive the server.

use rusqlite::{OptionalExtension as _, Row, Transaction};
use serde_json::Value;

use super::Store;
use crate::clock;
use crate::error::LabError;

/// The table of the jobs, new in version 2 of the store.
pub(super) const TABLE: &str = "
CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  scope TEXT NOT NULL,
  owner TEXT NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER,
  state TEXT NOT NULL,
  holder TEXT,
  request TEXT NOT NULL,
  result TEXT,
  delivery TEXT
) STRICT;
CREATE INDEX jobs_by_state ON jobs (scope, state, created);
";

/// The columns of a [`Job`], in its order.
const COLUMNS: &str = "id, owner, created, expires, state, request, result, delivery";

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// It waits for its turn.
    Queued,
    /// Its episode is being played.
    Running,
    /// It has its result.
    Over,
}

impl JobState {
    /// The state's name on the wire and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Over => "over",
        }
    }

    fn of(name: &str) -> Self {
        match name {
            "queued" => Self::Queued,
            "running" => Self::Running,
            _ => Self::Over,
        }
    }
}

/// What became of the message that a job is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It is to be sent.
    Waiting,
    /// Its receiver took it.
    Delivered,
    /// It was given up.
    Failed,
}

impl Delivery {
    /// The delivery's name on the wire and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    fn of(name: &str) -> Self {
        match name {
            "waiting" => Self::Waiting,
            "delivered" => Self::Delivered,
            _ => Self::Failed,
        }
    }
}

/// A job as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its name, which nobody can guess.
    pub id: String,
    /// Whose it is.
    pub owner: String,
    /// When it was asked for, seconds since 1970.
    pub created: i64,
    /// When it is forgotten, seconds since 1970; nothing before it is over.
    pub expires: Option<i64>,
    /// How far it is.
    pub state: JobState,
    /// What was asked for.
    pub request: Value,
    /// What came of it.
    pub result: Option<Value>,
    /// The message that it is over, if someone waits for one.
    pub delivery: Option<Delivery>,
}

/// How many jobs a server keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobLimits {
    /// Jobs of all owners, whether over or not.
    pub held_max: u32,
    /// Jobs of one owner that are not over.
    pub open_max: u32,
}

/// What became of a new job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It waits for its turn.
    Queued,
    /// The server keeps as many jobs as it may.
    Full,
    /// The owner waits for as many jobs as it may.
    TooMany,
}

impl Store {
    /// Queues a job of `owner`, unless a limit forbids it. `scope` names what the jobs are about: only a server of the
    /// same scope takes them up.
    ///
    /// # Errors
    /// The database failed.
    pub fn add_job(&self, scope: &str, job: &Job, limits: JobLimits) -> Result<Added, LabError> {
        let (scope, job) = (scope.to_owned(), job.clone());
        self.writer.write(move |transaction| {
            forget(transaction)?;
            let held: u32 =
                transaction
                    .query_row("SELECT count(*) FROM jobs WHERE scope = ?1", [&scope], |row| row.get(0))?;
            let open: u32 = transaction.query_row(
                "SELECT count(*) FROM jobs WHERE scope = ?1 AND owner = ?2 AND state <> 'over'",
                (&scope, &job.owner),
                |row| row.get(0),
            )?;
            if held >= limits.held_max {
                return Ok(Added::Full);
            }
            if open >= limits.open_max {
                return Ok(Added::TooMany);
            }
            transaction.execute(
                "INSERT INTO jobs (id, scope, owner, created, state, request, delivery)
                 VALUES (?1, ?2, ?3, ?4, 'queued', ?5, ?6)",
                (
                    &job.id,
                    &scope,
                    &job.owner,
                    job.created,
                    job.request.to_string(),
                    job.delivery.map(Delivery::name),
                ),
            )?;
            Ok(Added::Queued)
        })
    }

    /// The oldest job that waits; from now on it is `holder`'s.
    ///
    /// # Errors
    /// The database failed.
    pub fn take_job(&self, scope: &str, holder: &str) -> Result<Option<Job>, LabError> {
        let (scope, holder) = (scope.to_owned(), holder.to_owned());
        self.writer.write(move |transaction| {
            let sql = format!(
                "UPDATE jobs SET state = 'running', holder = ?2 WHERE id =
                   (SELECT id FROM jobs WHERE scope = ?1 AND state = 'queued' ORDER BY created, rowid LIMIT 1)
                 RETURNING {COLUMNS}"
            );
            transaction.query_row(&sql, (&scope, &holder), job).optional()
        })
    }

    /// Puts a job that was taken back into the queue.
    ///
    /// # Errors
    /// The database failed.
    pub fn give_job_back(&self, id: &str) -> Result<(), LabError> {
        let id = id.to_owned();
        self.writer.write(move |transaction| {
            let sql = "UPDATE jobs SET state = 'queued', holder = NULL WHERE id = ?1 AND state = 'running'";
            transaction.execute(sql, [&id]).map(drop)
        })
    }

    /// Puts the running jobs of every holder that is not `alive` back into the queue: how many.
    ///
    /// # Errors
    /// The database failed.
    pub fn recover_jobs(
        &self,
        scope: &str,
        alive: impl Fn(&str) -> bool + Send + 'static,
    ) -> Result<usize, LabError> {
        let scope = scope.to_owned();
        self.writer.write(move |transaction| {
            let running: Vec<(String, Option<String>)> = transaction
                .prepare("SELECT id, holder FROM jobs WHERE scope = ?1 AND state = 'running'")?
                .query_map([&scope], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?;
            let orphans = running.iter().filter(|(_, holder)| !holder.as_deref().is_some_and(&alive));
            let mut count = 0;
            for (id, _) in orphans {
                let sql = "UPDATE jobs SET state = 'queued', holder = NULL WHERE id = ?1";
                count += transaction.execute(sql, [id])?;
            }
            Ok(count)
        })
    }

    /// Writes what came of a job, which is kept for `ttl_s` seconds from now.
    ///
    /// # Errors
    /// The database failed.
    pub fn end_job(&self, id: &str, result: &Value, ttl_s: u32) -> Result<(), LabError> {
        let (id, result) = (id.to_owned(), result.to_string());
        let expires = now() + i64::from(ttl_s);
        self.writer.write(move |transaction| {
            let sql =
                "UPDATE jobs SET state = 'over', holder = NULL, result = ?2, expires = ?3 WHERE id = ?1";
            transaction.execute(sql, (&id, result, expires)).map(drop)
        })
    }

    /// Writes what became of a job's message.
    ///
    /// # Errors
    /// The database failed.
    pub fn set_delivery(&self, id: &str, delivery: Delivery) -> Result<(), LabError> {
        let id = id.to_owned();
        self.writer.write(move |transaction| {
            let sql = "UPDATE jobs SET delivery = ?2 WHERE id = ?1";
            transaction.execute(sql, (&id, delivery.name())).map(drop)
        })
    }

    /// The jobs that are over and whose message is still to be sent.
    ///
    /// # Errors
    /// The database failed.
    pub fn undelivered_jobs(&self, scope: &str) -> Result<Vec<Job>, LabError> {
        let scope = scope.to_owned();
        self.writer.write(move |transaction| {
            forget(transaction)?;
            let sql = format!(
                "SELECT {COLUMNS} FROM jobs WHERE scope = ?1 AND state = 'over' AND delivery = 'waiting' ORDER BY created"
            );
            transaction.prepare(&sql)?.query_map([&scope], job)?.collect()
        })
    }

    /// A job by its name, unless it was forgotten.
    ///
    /// # Errors
    /// The database failed.
    pub fn job(&self, id: &str) -> Result<Option<Job>, LabError> {
        let id = id.to_owned();
        self.writer.write(move |transaction| {
            let sql =
                format!("SELECT {COLUMNS} FROM jobs WHERE id = ?1 AND (expires IS NULL OR expires > ?2)");
            transaction.query_row(&sql, (&id, now()), job).optional()
        })
    }

    /// How many jobs wait, and how many run.
    ///
    /// # Errors
    /// The database failed.
    pub fn open_jobs(&self, scope: &str) -> Result<(u32, u32), LabError> {
        let scope = scope.to_owned();
        self.writer.write(move |transaction| {
            let sql =
                "SELECT count(*) FILTER (WHERE state = 'queued'), count(*) FILTER (WHERE state = 'running')
                       FROM jobs WHERE scope = ?1";
            transaction.query_row(sql, [&scope], |row| Ok((row.get(0)?, row.get(1)?)))
        })
    }
}

/// Removes what is past its time.
fn forget(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM jobs WHERE expires <= ?1", [now()]).map(drop)
}

fn now() -> i64 {
    clock::now().as_second()
}

fn job(row: &Row<'_>) -> rusqlite::Result<Job> {
    let value = |index: usize| {
        let text: Option<String> = row.get(index)?;
        // The store wrote it itself; what is no JSON any more is shown as nothing.
        Ok::<_, rusqlite::Error>(text.and_then(|text| serde_json::from_str(&text).ok()))
    };
    Ok(Job {
        id: row.get(0)?,
        owner: row.get(1)?,
        created: row.get(2)?,
        expires: row.get(3)?,
        state: JobState::of(&row.get::<_, String>(4)?),
        request: value(5)?.unwrap_or_default(),
        result: value(6)?,
        delivery: row.get::<_, Option<String>>(7)?.as_deref().map(Delivery::of),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const LIMITS: JobLimits = JobLimits { held_max: 3, open_max: 2 };

    fn new(id: &str, owner: &str) -> Job {
        Job {
            id: id.to_owned(),
            owner: owner.to_owned(),
            created: now(),
            expires: None,
            state: JobState::Queued,
            request: json!({"index": 0}),
            result: None,
            delivery: Some(Delivery::Waiting),
        }
    }

    fn store() -> (tempfile::TempDir, Store) {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(&home.path().join("runs.sqlite")).unwrap();
        (home, store)
    }

    #[test]
    fn jobs_are_taken_in_order_by_their_own_scope_and_end_with_a_result() {
        let (_home, store) = store();
        for id in ["b", "a"] {
            assert_eq!(store.add_job("s", &new(id, "me"), LIMITS).unwrap(), Added::Queued);
        }
        assert!(store.take_job("other", "h").unwrap().is_none());
        assert_eq!(store.take_job("s", "h").unwrap().unwrap().id, "b");
        assert_eq!(store.open_jobs("s").unwrap(), (1, 1));
        store.end_job("b", &json!({"reward": 1.0}), 60).unwrap();
        let over = store.job("b").unwrap().unwrap();
        assert_eq!((over.state, over.result), (JobState::Over, Some(json!({"reward": 1.0}))));
        assert_eq!(store.undelivered_jobs("s").unwrap().len(), 1);
        store.set_delivery("b", Delivery::Delivered).unwrap();
        assert!(store.undelivered_jobs("s").unwrap().is_empty());
    }

    #[test]
    fn limits_hold_for_each_owner_and_for_all() {
        let (_home, store) = store();
        let add = |id: &str, owner: &str| store.add_job("s", &new(id, owner), LIMITS).unwrap();
        assert_eq!(
            [add("1", "me"), add("2", "me"), add("3", "me")],
            [Added::Queued, Added::Queued, Added::TooMany]
        );
        assert_eq!([add("4", "you"), add("5", "you")], [Added::Queued, Added::Full]);
        // What is past its time makes room.
        store.end_job("1", &json!({}), 0).unwrap();
        assert!(store.job("1").unwrap().is_none());
        assert_eq!(add("6", "me"), Added::Queued);
    }

    #[test]
    fn a_dead_servers_jobs_are_queued_again_and_a_living_ones_are_not() {
        let (home, store) = store();
        for id in ["1", "2"] {
            store.add_job("s", &new(id, "me"), LIMITS).unwrap();
        }
        store.take_job("s", "dead").unwrap();
        store.take_job("s", "alive").unwrap();
        drop(store);
        let store = Store::open(&home.path().join("runs.sqlite")).unwrap();
        assert_eq!(store.recover_jobs("s", |holder| holder == "alive").unwrap(), 1);
        assert_eq!(store.take_job("s", "next").unwrap().unwrap().id, "1");
        store.give_job_back("1").unwrap();
        assert_eq!(store.open_jobs("s").unwrap(), (1, 1));
    }
}
