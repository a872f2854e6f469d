//! Page: a run as one HTML file that needs no network and no script: summary, charts, every episode folded under it.
//!
//! Records are read and written one by one, so that memory does not grow with the run; what is shown of each is cut so that
//! the file stays small enough to open.

mod changes;
mod charts;
mod episode;
pub(crate) mod html;
mod summary;

use std::collections::BTreeMap;
use std::path::Path;

use envy_core::{EnvironmentInfo, RunId, TaskId};

use crate::dataset::TaskRef;
use crate::error::LabError;
use crate::report::report;
use crate::store::{Plan, Reader, Tally};
use crate::whole;
use changes::Visible;

/// Bytes that all episodes together may take.
const EPISODES_BYTES: usize = 14 << 20;

/// The least and the most that one episode may take.
const EPISODE_BYTES: std::ops::RangeInclusive<usize> = 1_200..=60_000;

/// Tasks whose visible halves are held at once.
const TASKS_HELD: usize = 24;

/// A run to be shown.
pub struct Source<'a> {
    /// Where its records are.
    pub reader: &'a Reader,
    /// Its name.
    pub run: &'a RunId,
    /// What it was to do.
    pub plan: &'a Plan,
    /// Its environment.
    pub info: &'static EnvironmentInfo,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Episodes shown.
    pub episodes: usize,
    /// Size of the file.
    pub bytes: u64,
}

/// Writes the page of a run, of what is sealed of it by now, whole or not at all.
///
/// # Errors
/// A record cannot be read, or the file cannot be written.
pub fn write(source: &Source<'_>, file: &Path) -> Result<Written, LabError> {
    let tallies = source.reader.tallies(source.run)?;
    let report = report(source.run, source.plan, source.info, &tallies);
    let share = EPISODES_BYTES / tallies.len().max(1);
    let bytes_max = share.clamp(*EPISODE_BYTES.start(), *EPISODE_BYTES.end());
    let mut tasks = Tasks::new(source.plan);
    let bytes = whole::write(file, |out| {
        out.write_all(html::head(&source.run.0).as_bytes())?;
        out.write_all(summary::summary(&report, source.plan, source.info, &tallies).as_bytes())?;
        out.write_all(b"<h2>Episodes</h2>")?;
        for tally in &tallies {
            out.write_all(episode_of(source, tally, &mut tasks, bytes_max)?.as_bytes())?;
        }
        Ok(out.write_all(b"</body></html>\n")?)
    })?;
    Ok(Written { episodes: tallies.len(), bytes })
}

fn episode_of(
    source: &Source<'_>,
    tally: &Tally,
    tasks: &mut Tasks,
    bytes_max: usize,
) -> Result<String, LabError> {
    let record = source.reader.record(source.run, tally.number)?.record;
    let visible = tasks.of(&record.task);
    Ok(episode::episode(tally.number, &record, visible, bytes_max))
}

/// The visible halves of the run's tasks, a bounded number of them at a time. A task that has gone is shown without what
/// was compared with it.
struct Tasks {
    folders: BTreeMap<TaskId, std::path::PathBuf>,
    held: BTreeMap<TaskId, Option<Visible>>,
}

impl Tasks {
    fn new(plan: &Plan) -> Self {
        let folders = plan.tasks.iter().map(|task| (task.id.clone(), task.folder.clone()));
        Self { folders: folders.collect(), held: BTreeMap::new() }
    }

    fn of(&mut self, task: &TaskId) -> Option<&Visible> {
        if !self.held.contains_key(task) {
            // Episodes come model by model, and there task by task: the next model asks for all of a small run again.
            if self.held.len() >= TASKS_HELD {
                self.held.clear();
            }
            let brief = self.folders.get(task).and_then(|folder| TaskRef::open(folder).ok()?.brief().ok());
            self.held.insert(task.clone(), brief.map(Visible::new));
        }
        self.held.get(task).and_then(Option::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use envy_core::Environment as _;

    use super::*;
    use crate::store::Store;
    use crate::testing::{self, Guess};

    #[test]
    fn a_page_holds_the_run_and_nothing_that_could_run() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(&home.path().join("runs.sqlite")).unwrap();
        let plan = testing::plan();
        let run = store.begin(&plan).unwrap();
        let mut nasty = testing::record(0, 0, Some(1.0));
        nasty.trajectory.turns = vec![testing::turn("<script>alert(1)</script><img src=x onerror=y>")];
        store.seal(&run, 0, &nasty).unwrap();
        store.seal(&run, 1, &testing::record(1, 0, None)).unwrap();
        let reader = store.reader().unwrap();
        let file = home.path().join("run.html");
        let source = Source { reader: &reader, run: &run, plan: &plan, info: Guess.info() };
        let written = write(&source, &file).unwrap();
        let page = std::fs::read_to_string(&file).unwrap();
        assert_eq!((written.episodes, written.bytes), (2, page.len() as u64));
        assert!(
            page.contains("&lt;script&gt;alert(1)") && !page.contains("<script") && !page.contains("<img")
        );
        assert!(page.contains("void") && page.contains("passed") && page.contains(&run.0));
        assert!(!page.contains("http://") && !page.contains("https://"), "a page needs no network");
        assert!(write(&source, &home.path().join("none/run.html")).is_err());
    }
}
