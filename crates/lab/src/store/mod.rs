//! Store: the runs and their sealed records, in one SQLite file.
//!
//! Everything is written by one thread that commits whatever waits in one transaction; a record is there whole or not
//! at all, however the process ends. The store never holds anything hidden: plans, trajectories, submissions, what the
//! boxes left, verdicts. Beside each record lies its signed receipt, beside the runs the jobs of a server.

mod jobs;
mod listing;
mod outcome;
mod plan;
mod read;
mod receipts;
mod schema;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use envy_core::{Record, RunId};
use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, TDEFLStatus, compress_to_output, create_comp_flags_from_zip_params,
};

pub use jobs::{Added, Delivery, Job, JobLimits, JobState};
pub use outcome::{Outcome, Tokens};
pub use plan::{Cell, Plan, PlannedTask, Setting};
pub use read::{Reader, RunSummary, SealedRecord, Tally};
pub use receipts::{Link, SealedText};

use crate::clock;
use crate::error::LabError;
use crate::receipt::{KEY_FILE, Receipt, SigningKey};
use writer::Writer;

/// A store that can be written. Reading is a [`Reader`]'s business and needs no writer.
pub struct Store {
    path: PathBuf,
    writer: Writer,
    key: Arc<SigningKey>,
    /// One for all: making it costs as much as packing a small record does, and takes more memory.
    compressor: Mutex<Box<CompressorOxide>>,
}

/// A record of a run, ready to be written: made where the episode ended, off the writer's thread.
struct Sealed {
    receipt: Receipt,
    outcome: String,
    record: Vec<u8>,
}

impl Store {
    /// Opens the store and the key beside it that signs its receipts, making each if there is none.
    ///
    /// # Errors
    /// It cannot be made, is no store, or was written by a newer envy; or the key cannot be used.
    pub fn open(path: &Path) -> Result<Self, LabError> {
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|error| LabError::file("create", parent, &error))?;
        }
        let connection = schema::open_for_writing(path)?;
        let key = Arc::new(SigningKey::of(&path.with_file_name(KEY_FILE))?);
        let flags = create_comp_flags_from_zip_params(COMPRESSION_LEVEL, WINDOW_ZLIB, 0);
        let compressor = Mutex::new(Box::new(CompressorOxide::new(flags)));
        Ok(Self { path: path.to_owned(), writer: Writer::start(path, connection)?, key, compressor })
    }

    /// A reader of this store.
    ///
    /// # Errors
    /// The database failed.
    pub fn reader(&self) -> Result<Reader, LabError> {
        Reader::open(&self.path)
    }

    /// Writes a new run and names it.
    ///
    /// # Errors
    /// The database failed.
    pub fn begin(&self, plan: &Plan) -> Result<RunId, LabError> {
        let plan_text = serde_json::to_string(plan).expect("a plan is plain data");
        let (created, digits) = (clock::now(), clock::digits(clock::now()));
        let environment = plan.environment.clone();
        self.writer.write(move |transaction| {
            // Two runs of one second get neighbouring names: ids stay unique and still grow with time.
            let taken: Option<String> =
                transaction.query_row("SELECT max(id) FROM runs", [], |row| row.get(0))?;
            let last = taken.and_then(|id| id.strip_prefix(RUN_PREFIX)?.parse::<u64>().ok()).unwrap_or(0);
            let id = format!("{RUN_PREFIX}{}", digits.max(last + 1));
            transaction.execute(
                "INSERT INTO runs (id, created, environment, plan) VALUES (?1, ?2, ?3, ?4)",
                (&id, clock::written(created), environment, plan_text),
            )?;
            Ok(RunId(id))
        })
    }

    /// Seals a record and signs its receipt: once this returns both survive any kill. `number` is the episode's cell in the
    /// run's plan.
    ///
    /// # Errors
    /// The database failed.
    pub fn seal(&self, run: &RunId, number: u32, record: &Record) -> Result<(), LabError> {
        let text = serde_json::to_string(record).expect("a record is plain data");
        let outcome = serde_json::to_string(&Outcome::of(record)).expect("an outcome is plain data");
        let receipt = Receipt::draft(run, number, record, &text, &outcome);
        let sealed = Sealed { receipt, outcome, record: self.compress(text.as_bytes()) };
        let key = Arc::clone(&self.key);
        self.writer.write(move |transaction| {
            let Sealed { receipt, outcome, record } = sealed;
            let mut insert = transaction.prepare_cached(
                "INSERT INTO episodes (run, number, attempt, seal, outcome, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?;
            let seal = receipt.record.as_str();
            insert.execute((&receipt.run.0, receipt.number, receipt.attempt, seal, outcome, record))?;
            // Its place in the chain is known only here, where one record follows another.
            receipts::append(transaction, receipt, &key)
        })
    }

    fn compress(&self, text: &[u8]) -> Vec<u8> {
        let mut compressor = self.compressor.lock().unwrap_or_else(PoisonError::into_inner);
        compressor.reset();
        let mut packed = Vec::with_capacity(text.len() / 2);
        let (status, _) = compress_to_output(&mut compressor, text, TDEFLFlush::Finish, |piece| {
            packed.extend_from_slice(piece);
            true
        });
        assert_eq!(status, TDEFLStatus::Done, "memory takes every byte");
        packed
    }
}

/// How every run's id begins.
const RUN_PREFIX: &str = "run-";

/// A positive window asks for zlib's header and check sum.
const WINDOW_ZLIB: i32 = 1;

/// zlib's fast levels: CSV shrinks to a third at a tenth of the best level's time.
const COMPRESSION_LEVEL: i32 = 3;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn store() -> (tempfile::TempDir, Store) {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(&home.path().join("runs.sqlite")).unwrap();
        (home, store)
    }

    #[test]
    fn records_come_back_as_they_were_sealed() {
        let (_home, store) = store();
        let plan = testing::plan();
        let (first, second) = (store.begin(&plan).unwrap(), store.begin(&plan).unwrap());
        assert!(first < second);
        let record = testing::record(0, 0, Some(0.25));
        store.seal(&first, 0, &record).unwrap();
        let reader = store.reader().unwrap();
        let back = reader.record(&first, 0).unwrap();
        assert_eq!((back.record, reader.plan(&first).unwrap()), (record, plan));
        assert_eq!(reader.tallies(&second).unwrap(), []);
    }

    #[test]
    fn the_same_cell_is_never_sealed_twice() {
        let (_home, store) = store();
        let run = store.begin(&testing::plan()).unwrap();
        store.seal(&run, 0, &testing::record(0, 0, None)).unwrap();
        assert!(store.seal(&run, 0, &testing::record(0, 0, Some(1.0))).is_err());
        store.seal(&run, 0, &testing::record(0, 1, Some(1.0))).unwrap();
        let tallies = store.reader().unwrap().tallies(&run).unwrap();
        // The last attempt is the cell's outcome.
        assert_eq!(tallies.len(), 1);
        assert_eq!((tallies[0].attempt, tallies[0].outcome.reward), (1, Some(1.0)));
    }

    #[test]
    fn an_edited_record_is_refused() {
        let (home, store) = store();
        let run = store.begin(&testing::plan()).unwrap();
        store.seal(&run, 0, &testing::record(0, 0, Some(1.0))).unwrap();
        let forged = serde_json::to_vec(&testing::record(0, 0, Some(0.5))).unwrap();
        let forged = store.compress(&forged);
        let raw = rusqlite::Connection::open(home.path().join("runs.sqlite")).unwrap();
        raw.execute("UPDATE episodes SET record = ?1", [forged]).unwrap();
        let told = store.reader().unwrap().record(&run, 0).unwrap_err().to_string();
        assert!(told.contains("seal"), "{told}");
    }

    #[test]
    fn many_threads_seal_at_once() {
        let (_home, store) = store();
        let run = store.begin(&testing::plan()).unwrap();
        std::thread::scope(|scope| {
            for number in 0..16 {
                let (store, run) = (&store, &run);
                scope.spawn(move || store.seal(run, number, &testing::record(number, 0, Some(1.0))).unwrap());
            }
        });
        assert_eq!(store.reader().unwrap().tallies(&run).unwrap().len(), 16);
    }
}
