//! Generation of an order: on several threads, written whole or not at all, with the rejected candidates counted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use envy_core::{
    GenerateError, GenerateInput, Generated, Job, JobResult, Rejection, TaskId, TaskSpec, drive,
};
use rayon::prelude::*;

use super::files::{Readers, Unfinished, write_file};
use super::library::Library;
use super::manifest::{SET_SCHEMA, SetManifest};
use super::order::{COUNT_MAX, Order};
use super::task::{self, TaskRef};
use crate::error::{LabError, counted};

/// Of how many specs a set gives up: twice its size and this many.
const SPARE_SPECS: usize = 8;

/// What a generation is told and asks while it goes on.
pub trait Progress: Sync {
    /// One more task is done.
    fn task_done(&self);

    /// True once the user wants to stop.
    fn stopped(&self) -> bool;

    /// Runs the jobs that a generation asks for.
    ///
    /// # Errors
    /// The host cannot run them.
    fn run_jobs(&self, jobs: Vec<Job>) -> Result<Vec<JobResult>, LabError>;
}

/// What came of an order.
pub struct Made {
    /// The tasks, in order.
    pub tasks: Vec<TaskRef>,
    /// The set's name, if there are several.
    pub set: Option<String>,
    /// The folder of the task or of the set.
    pub folder: PathBuf,
    /// The candidates that the gate rejected on the way, by condition.
    pub rejected: BTreeMap<String, usize>,
    /// What was understood of the user's table and the like.
    pub notes: Vec<String>,
    /// True if the same order had been generated before and nothing was to do.
    pub reused: bool,
}

/// Generates an order, or finds it generated.
///
/// # Errors
/// The knobs or the table cannot make a task, no candidate passes, or the folder cannot be written. Nothing
/// half-written is left behind.
pub fn generate(order: &Order, library: &Library, progress: &dyn Progress) -> Result<Made, LabError> {
    if order.count == 0 || order.count > COUNT_MAX {
        return Err(LabError::usage(
            format!("a count of {} tasks cannot be generated", order.count),
            format!("it takes a whole number from 1 to {COUNT_MAX}"),
        ));
    }
    let set = (order.count > 1).then(|| order.set_id());
    let name = set.clone().unwrap_or_else(|| order.task_id(&order.spec(0)).to_string());
    let place = order.place.clone().unwrap_or_else(|| library.root().join(name));
    if occupied(&place)? {
        return reuse(order, set, place);
    }
    match set {
        None => one(order, place, progress),
        Some(set) => several(order, set, place, progress),
    }
}

/// True if there is already something other than an empty folder.
fn occupied(place: &Path) -> Result<bool, LabError> {
    match std::fs::read_dir(place) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(LabError::file("write", place, &error)),
    }
}

/// The same order generates the same bytes: what lies there is the answer if it is whole and of this order.
fn reuse(order: &Order, set: Option<String>, place: PathBuf) -> Result<Made, LabError> {
    let taken = || {
        LabError::usage(
            format!("{} is not empty and holds another dataset", place.display()),
            "name a new folder with --out",
        )
    };
    let (tasks, rejected) = match &set {
        None if TaskRef::is_at(&place) => (vec![TaskRef::open(&place)?], None),
        Some(id) if Library::set_is_at(&place) => {
            let (manifest, tasks) = Library::open_set(&place)?;
            if manifest.id != *id {
                return Err(taken());
            }
            (tasks, Some(manifest.rejected))
        }
        _ => return Err(taken()),
    };
    if set.is_none() && *tasks[0].id() != order.task_id(&order.spec(0)) {
        return Err(taken());
    }
    let (mut notes, mut own_rejected) = (Vec::new(), Vec::new());
    for task in &tasks {
        task.brief()?;
        drop(task.hidden()?);
        let origin = task.origin()?;
        own_rejected.extend(origin.rejections);
        notes.push(origin.notes);
        task.touch();
    }
    let rejected = rejected.unwrap_or_else(|| counted(&own_rejected));
    Ok(Made { tasks, set, folder: place, rejected, notes: common(notes.into_iter()), reused: true })
}

fn one(order: &Order, place: PathBuf, progress: &dyn Progress) -> Result<Made, LabError> {
    let generated = attempt(order, order.spec(0), progress)??;
    let written = task::write(&generated, &place)?;
    progress.task_done();
    Ok(Made {
        tasks: vec![written],
        set: None,
        folder: place,
        rejected: counted(&generated.rejections),
        notes: generated.notes,
        reused: false,
    })
}

/// What is kept of a written task of a set: never its tables.
struct Written {
    id: TaskId,
    rejections: Vec<Rejection>,
    notes: Vec<String>,
}

fn several(order: &Order, set: String, place: PathBuf, progress: &dyn Progress) -> Result<Made, LabError> {
    let unfinished = Unfinished::beside(&place)?;
    let mut members: BTreeMap<usize, Written> = BTreeMap::new();
    let mut rejections = Vec::new();
    let mut next = 0;
    // A spec without a passing candidate is replaced by the next one, so that the set depends on no thread.
    while members.len() < order.count {
        let batch = next..next + (order.count - members.len());
        if batch.end > 2 * order.count + SPARE_SPECS {
            return Err(LabError::Exhausted(rejections));
        }
        next = batch.end;
        let outcomes: Vec<(usize, Result<Written, GenerateError>)> = batch
            .into_par_iter()
            .map(|index| Ok((index, member(order, index, unfinished.path(), progress)?)))
            .collect::<Result<_, LabError>>()?;
        for (index, outcome) in outcomes {
            match outcome {
                Ok(written) => {
                    rejections.extend(written.rejections.iter().cloned());
                    members.insert(index, written);
                }
                Err(GenerateError::Exhausted { rejections: all }) => rejections.extend(all),
                Err(error) => return Err(error.into()),
            }
        }
    }
    let manifest = SetManifest {
        schema: SET_SCHEMA.to_owned(),
        id: set.clone(),
        environment: order.environment.info().name.to_owned(),
        tasks: members.values().map(|member| member.id.clone()).collect(),
        rejected: counted(&rejections),
    };
    write_file(unfinished.path(), Library::SET_FILE, manifest.to_text().as_bytes(), Readers::Everyone)?;
    unfinished.finish()?;
    let (_, tasks) = Library::open_set(&place)?;
    let notes = common(members.into_values().map(|member| member.notes));
    Ok(Made { tasks, set: Some(set), folder: place, rejected: manifest.rejected, notes, reused: false })
}

/// The notes that every task of a set has: what was understood of the user's table, not what one task is like.
fn common(mut notes: impl Iterator<Item = Vec<String>>) -> Vec<String> {
    let mut shared = notes.next().unwrap_or_default();
    for other in notes {
        shared.retain(|note| other.contains(note));
    }
    shared
}

/// Generates and writes one task of a set.
fn member(
    order: &Order,
    index: usize,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<Result<Written, GenerateError>, LabError> {
    let generated = match attempt(order, order.spec(index), progress)? {
        Ok(generated) => generated,
        Err(error) => return Ok(Err(error)),
    };
    let id = generated.task.id.clone();
    task::fill(&generated, &folder.join(id.as_str()))?;
    progress.task_done();
    Ok(Ok(Written { id, rejections: generated.rejections, notes: generated.notes }))
}

fn attempt(
    order: &Order,
    spec: TaskSpec,
    progress: &dyn Progress,
) -> Result<Result<Generated, GenerateError>, LabError> {
    if progress.stopped() {
        return Err(LabError::Interrupted);
    }
    let table = order.table.as_ref().map(|table| table.bytes.clone());
    let input = GenerateInput { spec, salt: order.salt.clone(), table };
    drive(order.environment.generate(input), |jobs| progress.run_jobs(jobs))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::testing::{self, Quiet};

    #[test]
    fn the_same_order_gives_the_same_bytes_and_is_found_again() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let make =
            |home: &Path| generate(&testing::order(5, 4), &Library::at(home), &Quiet::default()).unwrap();
        let digests = |made: &Made| made.tasks.iter().map(TaskRef::digest).collect::<Vec<_>>();
        let (one, two) = (make(first.path()), make(second.path()));
        assert_eq!((one.tasks.len(), one.reused), (4, false));
        assert_eq!(digests(&one), digests(&two));
        let again = make(first.path());
        assert!(again.reused);
        assert_eq!((digests(&again), &again.rejected), (digests(&one), &one.rejected));
    }

    #[test]
    fn specs_without_a_passing_candidate_are_replaced_and_counted() {
        let home = tempfile::tempdir().unwrap();
        let made = generate(&testing::order(11, 40), &Library::at(home.path()), &Quiet::default()).unwrap();
        assert_eq!(made.tasks.len(), 40);
        // The fake gate rejects each candidate of one spec in four.
        assert!(made.rejected["headroom"] > 0, "{:?}", made.rejected);
    }

    #[test]
    fn a_stop_and_a_failure_leave_nothing_behind() {
        let home = tempfile::tempdir().unwrap();
        let library = Library::at(home.path());
        let stopped = Quiet { stopped: AtomicBool::new(true) };
        let error = generate(&testing::order(1, 3), &library, &stopped).map(|_| ()).unwrap_err();
        assert!(matches!(error, LabError::Interrupted));
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
        stopped.stopped.store(false, Ordering::Relaxed);
        generate(&testing::order(1, 3), &library, &stopped).unwrap();
    }

    #[test]
    fn an_occupied_folder_is_never_written_over() {
        let home = tempfile::tempdir().unwrap();
        let library = Library::at(home.path());
        let mut order = testing::order(1, 1);
        order.place = Some(home.path().join("mine"));
        generate(&order, &library, &Quiet::default()).unwrap();
        order.seed = 2;
        let error = generate(&order, &library, &Quiet::default()).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("holds another dataset"), "{error}");
        std::fs::create_dir(home.path().join("notes")).unwrap();
        std::fs::write(home.path().join("notes/x"), "mine").unwrap();
        order.place = Some(home.path().join("notes"));
        assert!(generate(&order, &library, &Quiet::default()).is_err());
    }
}
