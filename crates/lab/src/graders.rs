//! The graders in use. A task's hidden half is in memory only while someone probes or grades, and once for all who
//! do so at the same time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use envy_core::{Brief, Environment, Fault, FaultKind, Grader, TaskId};

use crate::dataset::TaskRef;
use crate::error::LabError;

/// Opens graders and shares those that are open.
#[derive(Clone, Default)]
pub(crate) struct Graders {
    open: Arc<Mutex<BTreeMap<TaskId, Arc<Slot>>>>,
}

/// One task's grader, if it is in use. Its lock is held while the grader is opened, so that nobody opens it twice.
#[derive(Default)]
struct Slot(Mutex<Option<Weak<dyn Grader>>>);

impl Graders {
    /// The grader of a task.
    ///
    /// # Errors
    /// The folder was edited or is gone: `Fault::Task`.
    pub(crate) fn open(
        &self,
        environment: &dyn Environment,
        task: &TaskRef,
        brief: &Brief,
    ) -> Result<Arc<dyn Grader>, Fault> {
        let slot = {
            let mut slots = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(slots.entry(task.id().clone()).or_default())
        };
        let mut held = slot.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(grader) = held.as_ref().and_then(Weak::upgrade) {
            return Ok(grader);
        }
        let grader =
            open(environment, task, brief).map_err(|error| Fault::new(FaultKind::Task, error.to_string()))?;
        *held = Some(Arc::downgrade(&grader));
        Ok(grader)
    }
}

/// Opens a task's grader; the hidden half itself is dropped once the grader has what it needs of it.
pub(crate) fn open(
    environment: &dyn Environment,
    task: &TaskRef,
    brief: &Brief,
) -> Result<Arc<dyn Grader>, LabError> {
    let hidden = task.hidden()?;
    let grader = environment
        .grader(brief, &hidden)
        .map_err(|what| LabError::Grader { task: task.id().short().to_owned(), what })?;
    Ok(Arc::from(grader))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset;
    use crate::testing::{self, Guess};

    #[test]
    fn a_grader_is_shared_while_in_use_and_gone_afterwards() {
        let home = tempfile::tempdir().unwrap();
        let task = dataset::write(&testing::generated(1), &home.path().join("task")).unwrap();
        let (graders, brief) = (Graders::default(), task.brief().unwrap());
        let first = graders.open(&Guess, &task, &brief).unwrap();
        let second = graders.open(&Guess, &task, &brief).unwrap();
        assert!(Arc::ptr_eq(&first, &second));
        let gone = Arc::downgrade(&first);
        drop((first, second));
        assert!(gone.upgrade().is_none());
        std::fs::write(task.folder().join("hidden/golden.txt"), "1").unwrap();
        let fault = graders.open(&Guess, &task, &brief).err().unwrap();
        assert_eq!(fault.kind, FaultKind::Task);
        assert!(fault.detail.contains("hidden/golden.txt"), "{}", fault.detail);
    }
}
