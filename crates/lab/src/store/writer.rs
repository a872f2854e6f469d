//! The one thread that writes. It takes what waits, commits it in one transaction and answers everyone.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::schema::failure;
use crate::error::LabError;

/// The most writes of one transaction.
const GROUP_MAX: usize = 256;

type Step = Box<dyn FnOnce(&Transaction<'_>) -> rusqlite::Result<()> + Send>;

struct Request {
    step: Step,
    /// Gets the outcome once the transaction is committed.
    answer: SyncSender<Result<(), LabError>>,
}

/// The handle of the writing thread; dropping it waits for what was asked of it.
pub(super) struct Writer {
    requests: Option<Mutex<Sender<Request>>>,
    thread: Option<JoinHandle<()>>,
    path: PathBuf,
}

impl Writer {
    pub(super) fn start(path: &Path, connection: Connection) -> Result<Self, LabError> {
        let (requests, waiting) = channel();
        let owned = path.to_owned();
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || serve(&owned, connection, &waiting))
            .map_err(|error| LabError::file("start a thread for", path, &error))?;
        Ok(Self { requests: Some(Mutex::new(requests)), thread: Some(thread), path: path.to_owned() })
    }

    /// Runs `step` in the next transaction and returns once that is committed.
    pub(super) fn write<T: Send + 'static>(
        &self,
        step: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, LabError> {
        let (value_out, value) = sync_channel(1);
        let (answer, answered) = sync_channel(1);
        let step: Step = Box::new(move |transaction| {
            // The receiver waits below; it is gone only if its thread is.
            let _gone = value_out.send(step(transaction)?);
            Ok(())
        });
        let gone = || LabError::Store {
            path: self.path.clone(),
            reason: "its writer has stopped".to_owned(),
            full: false,
        };
        let requests = self.requests.as_ref().ok_or_else(gone)?;
        requests.lock().map_err(|_| gone())?.send(Request { step, answer }).map_err(|_| gone())?;
        answered.recv().map_err(|_| gone())??;
        value.recv().map_err(|_| gone())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the writer has been answered with errors already.
            let _panicked = thread.join();
        }
    }
}

fn serve(path: &Path, mut connection: Connection, waiting: &Receiver<Request>) {
    while let Ok(first) = waiting.recv() {
        let mut group = vec![first];
        while group.len() < GROUP_MAX {
            let Ok(next) = waiting.try_recv() else { break };
            group.push(next);
        }
        let (steps, answers): (Vec<Step>, Vec<_>) =
            group.into_iter().map(|request| (request.step, request.answer)).unzip();
        let outcomes = match commit(&mut connection, steps) {
            Ok(outcomes) => {
                outcomes.into_iter().map(|one| one.map_err(|error| failure(path, &error))).collect()
            }
            Err(error) => answers.iter().map(|_| Err(failure(path, &error))).collect::<Vec<_>>(),
        };
        for (answer, outcome) in answers.iter().zip(outcomes) {
            // An asker that is gone needs no answer.
            let _gone = answer.send(outcome);
        }
    }
}

/// One transaction; a step that fails takes only itself back.
fn commit(connection: &mut Connection, steps: Vec<Step>) -> rusqlite::Result<Vec<rusqlite::Result<()>>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut outcomes = Vec::with_capacity(steps.len());
    for step in steps {
        transaction.execute_batch("SAVEPOINT step")?;
        let outcome = step(&transaction);
        let end = if outcome.is_ok() { "RELEASE step" } else { "ROLLBACK TO step; RELEASE step" };
        transaction.execute_batch(end)?;
        outcomes.push(outcome);
    }
    transaction.commit()?;
    Ok(outcomes)
}
