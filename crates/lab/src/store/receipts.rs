//! The receipts of a run, each holding the digest of the one before, and records as the texts that they were sealed as.

use envy_core::{Digest, RunId};
use rusqlite::{OptionalExtension as _, Row, Transaction};

use super::read::{RECORD_BYTES_MAX, Reader};
use crate::error::LabError;
use crate::receipt::{Receipt, SignedReceipt, SigningKey};

/// The table of the receipts.
pub(super) const TABLE: &str = "
CREATE TABLE receipts (
  run TEXT NOT NULL REFERENCES runs (id),
  position INTEGER NOT NULL,
  number INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  receipt TEXT NOT NULL,
  signature TEXT NOT NULL,
  PRIMARY KEY (run, position),
  UNIQUE (run, number, attempt)
) STRICT;
";

/// A receipt as it lies in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where the store says that it stands in the run's chain.
    pub position: u32,
    /// The episode's number that it is kept for.
    pub number: u32,
    /// The attempt that it is kept for.
    pub attempt: u32,
    /// The receipt.
    pub receipt: SignedReceipt,
}

/// A record as the store has it, checked against nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedText {
    /// The digest that is kept beside it.
    pub seal: String,
    /// What reports read of it.
    pub outcome: String,
    /// Its JSON text, or how its bytes are damaged: the end of a sentence.
    pub text: Result<String, String>,
}

/// Signs a receipt as the next one of its run and writes it.
pub(super) fn append(
    transaction: &Transaction<'_>,
    receipt: Receipt,
    key: &SigningKey,
) -> rusqlite::Result<()> {
    let (number, attempt, run) = (receipt.number, receipt.attempt, receipt.run.clone());
    let mut last = transaction.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM receipts WHERE run = ?1 ORDER BY position DESC LIMIT 1"
    ))?;
    let (position, previous) = match last.query_row([&run.0], link).optional()? {
        Some(last) => (last.position + 1, last.receipt.digest()),
        None => (0, plan_digest(transaction, &run)?),
    };
    let signed = receipt.sign(position, previous, key);
    transaction
        .prepare_cached(
            "INSERT INTO receipts (run, position, number, attempt, receipt, signature)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((&run.0, position, number, attempt, signed.text, signed.signature))
        .map(drop)
}

/// The columns of a [`Link`], in its order.
const COLUMNS: &str = "position, number, attempt, receipt, signature";

fn link(row: &Row<'_>) -> rusqlite::Result<Link> {
    Ok(Link {
        position: row.get(0)?,
        number: row.get(1)?,
        attempt: row.get(2)?,
        receipt: SignedReceipt { text: row.get(3)?, signature: row.get(4)? },
    })
}

/// What the first receipt of a run holds in the place of one before it.
fn plan_digest(connection: &rusqlite::Connection, run: &RunId) -> rusqlite::Result<Digest> {
    let plan: String =
        connection.query_row("SELECT plan FROM runs WHERE id = ?1", [&run.0], |row| row.get(0))?;
    Ok(Digest::of(plan.as_bytes()))
}

impl Reader {
    /// What the first receipt of a run holds in the place of one before it: the digest of the plan.
    ///
    /// # Errors
    /// The database failed.
    pub fn chain_start(&self, run: &RunId) -> Result<Digest, LabError> {
        self.failing(plan_digest(&self.connection, run))
    }

    /// The receipts of a run in the order of their places; none in a store of before there were any.
    ///
    /// # Errors
    /// The database failed.
    pub fn chain(&self, run: &RunId) -> Result<Vec<Link>, LabError> {
        if !self.has_receipts()? {
            return Ok(Vec::new());
        }
        let sql = format!("SELECT {COLUMNS} FROM receipts WHERE run = ?1 ORDER BY position");
        let mut statement = self.failing(self.connection.prepare_cached(&sql))?;
        let rows = self.failing(statement.query_map([&run.0], link))?;
        self.failing(rows.collect())
    }

    /// The receipt of an episode's last attempt, if it has one.
    ///
    /// # Errors
    /// The database failed.
    pub fn receipt(&self, run: &RunId, number: u32) -> Result<Option<SignedReceipt>, LabError> {
        if !self.has_receipts()? {
            return Ok(None);
        }
        let sql = format!(
            "SELECT {COLUMNS} FROM receipts WHERE run = ?1 AND number = ?2 ORDER BY attempt DESC LIMIT 1"
        );
        let found = self.connection.query_row(&sql, (&run.0, number), link);
        Ok(self.failing(found.optional())?.map(|link| link.receipt))
    }

    /// Every sealed attempt of a run, by number and attempt.
    ///
    /// # Errors
    /// The database failed.
    pub fn attempts(&self, run: &RunId) -> Result<Vec<(u32, u32)>, LabError> {
        let sql = "SELECT number, attempt FROM episodes WHERE run = ?1 ORDER BY number, attempt";
        let mut statement = self.failing(self.connection.prepare_cached(sql))?;
        let rows = self.failing(statement.query_map([&run.0], |row| Ok((row.get(0)?, row.get(1)?))))?;
        self.failing(rows.collect())
    }

    /// A sealed attempt as it lies there.
    ///
    /// # Errors
    /// The run has no such attempt, or the database failed.
    pub fn sealed_text(&self, run: &RunId, number: u32, attempt: u32) -> Result<SealedText, LabError> {
        let sql =
            "SELECT seal, outcome, record FROM episodes WHERE run = ?1 AND number = ?2 AND attempt = ?3";
        let row = self.connection.query_row(sql, (&run.0, number, attempt), |row| {
            let packed = row.get_ref(2)?.as_bytes()?;
            Ok(SealedText { seal: row.get(0)?, outcome: row.get(1)?, text: unpack(packed) })
        });
        self.failing(row)
    }

    /// Stores of version 2 and before have none.
    fn has_receipts(&self) -> Result<bool, LabError> {
        let sql = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'receipts'";
        self.failing(self.connection.query_row(sql, [], |row| row.get::<_, u32>(0))).map(|count| count > 0)
    }
}

fn unpack(packed: &[u8]) -> Result<String, String> {
    let text = miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(packed, RECORD_BYTES_MAX)
        .map_err(|_| "is cut off or damaged and cannot be unpacked".to_owned())?;
    String::from_utf8(text).map_err(|_| "is damaged: it is no text any more".to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::*;
    use crate::testing;

    #[test]
    fn every_receipt_holds_the_digest_of_the_one_before() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(&home.path().join("runs.sqlite")).unwrap();
        let (run, other) = (store.begin(&testing::plan()).unwrap(), store.begin(&testing::plan()).unwrap());
        std::thread::scope(|scope| {
            for number in 0..16 {
                let (store, run) = (&store, &run);
                scope.spawn(move || store.seal(run, number, &testing::record(number, 0, Some(1.0))).unwrap());
            }
        });
        store.seal(&other, 0, &testing::record(0, 0, None)).unwrap();
        let reader = store.reader().unwrap();
        let mut previous = reader.chain_start(&run).unwrap();
        let chain = reader.chain(&run).unwrap();
        assert_eq!(chain.len(), 16);
        for (place, link) in chain.iter().enumerate() {
            let receipt = link.receipt.read().unwrap();
            assert_eq!((receipt.position, &receipt.previous), (place as u32, &previous));
            assert_eq!(
                (receipt.number, receipt.attempt, receipt.run),
                (link.number, link.attempt, run.clone())
            );
            assert!(link.receipt.is_signed_by(&receipt.key));
            previous = link.receipt.digest();
        }
        assert_eq!(reader.chain(&other).unwrap().len(), 1);
        assert_eq!(reader.attempts(&run).unwrap().len(), 16);
    }

    #[test]
    fn a_store_without_receipts_is_read_and_gets_them_from_then_on() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("runs.sqlite");
        let store = Store::open(&path).unwrap();
        let run = store.begin(&testing::plan()).unwrap();
        store.seal(&run, 0, &testing::record(0, 0, Some(1.0))).unwrap();
        drop(store);
        let raw = rusqlite::Connection::open(&path).unwrap();
        raw.execute_batch(
            "DROP TRIGGER run_listed; DROP TRIGGER episode_counted; DROP VIEW planned; DROP TABLE listing;
                 DROP TABLE receipts; PRAGMA user_version = 2",
        )
        .unwrap();
        let reader = Reader::open(&path).unwrap();
        assert_eq!((reader.chain(&run).unwrap(), reader.receipt(&run, 0).unwrap()), (Vec::new(), None));
        assert!(reader.record(&run, 0).is_ok());
        let store = Store::open(&path).unwrap();
        store.seal(&run, 1, &testing::record(1, 0, Some(1.0))).unwrap();
        let first = store.reader().unwrap().receipt(&run, 1).unwrap().unwrap().read().unwrap();
        assert_eq!((first.position, first.previous), (0, store.reader().unwrap().chain_start(&run).unwrap()));
    }
}
