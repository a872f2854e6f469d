//! A run: every task with every model, so many times; each episode sealed as soon as it ends.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use envy_core::{Environment, EpisodeSpec, Fault, FaultKind, Model, Record, RunId};
use envy_rollout::{Cancel, Finished, Launch, Observer, Schedule};
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::admission::{admit, check};
use crate::bench::Bench;
use crate::calibrate::sequential::next_batch;
use crate::dataset::TaskRef;
use crate::error::LabError;
use crate::expert;
use crate::models::{self, ModelSettings, Sources};
use crate::stage::{Place, Stage};
use crate::store::{Cell, Outcome, Plan, PlannedTask, Store};

/// Records on their way into the store at once: enough to share a commit on a slow disk, and fewer than there are
/// blocking threads, so that episodes which go on find one.
const SEALS_MAX: usize = 256;

/// A plan that was checked against what lies on disk.
pub struct Ready {
    plan: Plan,
    setup: Arc<Setup>,
}

/// A run in the store.
pub struct Run {
    id: RunId,
    plan: Plan,
    setup: Arc<Setup>,
}

/// Sees a run as it happens.
pub trait Watch: Send + Sync {
    /// An episode begins, or a try of it.
    fn begun(&self, _cell: &Cell) {}

    /// An episode was sealed.
    fn sealed(&self, cell: &Cell, outcome: &Outcome);

    /// Who sees the turns of an episode, if anybody.
    fn observer(&self, cell: &Cell) -> Option<Arc<dyn Observer>>;
}

/// How a run went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ran {
    /// Episodes that this process sealed.
    pub sealed: usize,
    /// Episodes that are still to be played: the run was stopped.
    pub left: usize,
}

/// What every episode of a run needs.
struct Setup {
    stage: Arc<Stage>,
    models: Vec<Arc<dyn Model>>,
    /// How they are reached, for the records.
    reach: Value,
    episode: EpisodeSpec,
}

/// The plan of a new run.
pub fn plan(
    environment: &dyn Environment,
    tasks: &[TaskRef],
    models: Vec<String>,
    rollouts: u32,
    episode: EpisodeSpec,
) -> Plan {
    let planned = |task: &TaskRef| PlannedTask {
        id: task.id().clone(),
        digest: task.digest(),
        folder: task.folder().to_owned(),
        // An expert is compared with nobody.
        expert: expert::kept(task).filter(|_| !episode.expert),
        uncertified: !task.manifest().certified,
    };
    Plan {
        schema: "envy.run-plan/1".to_owned(),
        environment: environment.info().name.to_owned(),
        tasks: tasks.iter().map(planned).collect(),
        models,
        reach: ModelSettings::default(),
        until_placed: None,
        judge: None,
        rollouts,
        episode,
        settings: Vec::new(),
    }
}

impl Ready {
    /// Reads and checks every task and finds every model of a plan; nothing is written.
    ///
    /// # Errors
    /// A task was edited or belongs elsewhere, or a model is unknown.
    pub fn check(
        environment: &'static dyn Environment,
        plan: Plan,
        sources: &Sources,
    ) -> Result<Self, LabError> {
        let setup = Arc::new(Setup::of(environment, &plan, sources)?);
        Ok(Self { plan, setup })
    }

    /// Writes a new run to the store.
    ///
    /// # Errors
    /// The store failed.
    pub fn begin(self, store: &Store) -> Result<Run, LabError> {
        let id = store.begin(&self.plan)?;
        Ok(self.resume(id))
    }

    /// Takes up a run that was stopped or killed.
    pub fn resume(self, id: RunId) -> Run {
        Run { id, plan: self.plan, setup: self.setup }
    }
}

impl Run {
    /// The run's name.
    pub fn id(&self) -> &RunId {
        &self.id
    }

    /// What it does.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The cells that are to be played next, each with its attempt: graded ones are never repeated, void ones are tried
    /// again. In a run that ends when every pass rate is placed these are one batch, and none once all are placed.
    ///
    /// # Errors
    /// The store failed.
    pub fn left(&self, store: &Store) -> Result<Vec<(Cell, u32)>, LabError> {
        self.left_but(store, &BTreeSet::new())
    }

    /// The same, without the cells that were `tried` in vain.
    fn left_but(&self, store: &Store, tried: &BTreeSet<u32>) -> Result<Vec<(Cell, u32)>, LabError> {
        let tallies = store.reader()?.tallies(&self.id)?;
        let sealed: BTreeMap<u32, (u32, bool)> = tallies
            .iter()
            .map(|tally| (tally.number, (tally.attempt, tally.outcome.reward.is_some())))
            .collect();
        let next = |cell: Cell| match sealed.get(&cell.number) {
            Some((_, true)) => None,
            Some((attempt, false)) => Some((cell, attempt + 1)),
            None => Some((cell, 0)),
        };
        let left = self.plan.cells().filter_map(next);
        Ok(match self.plan.until_placed {
            // Such a run has one batch: nothing was tried yet.
            None => left.collect(),
            Some(band) => {
                let left = left.map(|(cell, attempt)| (cell.number, attempt)).collect();
                next_batch(band, self.plan.cells(), &left, &tallies, tried)
            }
        })
    }

    /// Plays what is left, `concurrency` episodes at once, until all are over or `cancel` is thrown; what was finished
    /// by then is sealed before this returns.
    ///
    /// # Errors
    /// The store failed: the run was stopped, and can be resumed.
    pub async fn play(
        &self,
        bench: &Bench,
        store: &Arc<Store>,
        concurrency: usize,
        cancel: Cancel,
        watch: &Arc<dyn Watch>,
    ) -> Result<Ran, LabError> {
        let (mut tried, mut sealed) = (BTreeSet::new(), 0);
        loop {
            let cells = self.left_but(store, &tried)?;
            let planned = cells.len();
            tried.extend(cells.iter().map(|(cell, _)| cell.number));
            let played = self.play_cells(cells, bench, store, concurrency, cancel.clone(), watch).await?;
            sealed += played;
            if played < planned {
                return Ok(Ran { sealed, left: planned - played });
            }
            // Only a run that ends by what it sees has another batch.
            if planned == 0 || self.plan.until_placed.is_none() {
                return Ok(Ran { sealed, left: 0 });
            }
        }
    }

    /// Plays these cells; how many were sealed.
    async fn play_cells(
        &self,
        cells: Vec<(Cell, u32)>,
        bench: &Bench,
        store: &Arc<Store>,
        concurrency: usize,
        cancel: Cancel,
        watch: &Arc<dyn Watch>,
    ) -> Result<usize, LabError> {
        let mut seals: JoinSet<Result<(), LabError>> = JoinSet::new();
        let launch = {
            let (setup, bench, watch) = (Arc::clone(&self.setup), bench.clone(), Arc::clone(watch));
            move |key: &(Cell, u32)| setup.launch(&key.0, &bench, watch.as_ref())
        };
        let (stop, gate) = (cancel.clone(), Arc::new(Semaphore::new(SEALS_MAX)));
        let schedule = Schedule::new(concurrency, cancel);
        schedule
            .run(cells, launch, |finished: Finished<(Cell, u32)>| {
                let (store, watch, run) = (Arc::clone(store), Arc::clone(watch), self.id.clone());
                let (setup, bench, stop) = (Arc::clone(&self.setup), bench.clone(), stop.clone());
                let seal = move || {
                    let cell = finished.key.0;
                    let record = setup.record(finished, &bench);
                    // Without a store to seal in there is no point in playing on.
                    store.seal(&run, cell.number, &record).inspect_err(|_| stop.cancel())?;
                    watch.sealed(&cell, &Outcome::of(&record));
                    Ok(())
                };
                let gate = Arc::clone(&gate);
                seals.spawn(async move {
                    let _place = gate.acquire().await.expect("the gate is never closed");
                    let sealed = tokio::task::spawn_blocking(seal).await;
                    sealed.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
                });
            })
            .await;
        let mut sealed = 0;
        let mut failure = None;
        while let Some(ended) = seals.join_next().await {
            match ended {
                Ok(Ok(())) => sealed += 1,
                Ok(Err(error)) => failure = Some(error),
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            }
        }
        failure.map_or(Ok(sealed), Err)
    }
}

impl Setup {
    fn of(environment: &'static dyn Environment, plan: &Plan, sources: &Sources) -> Result<Self, LabError> {
        admit(environment, &plan.episode)?;
        let mut tasks = Vec::with_capacity(plan.tasks.len());
        for planned in &plan.tasks {
            let task = TaskRef::open(&planned.folder)?;
            check(environment, &task)?;
            if task.digest() != planned.digest {
                return Err(LabError::Edited {
                    folder: planned.folder.clone(),
                    what: format!("it is no longer the task {} that the run began with", planned.id.short()),
                });
            }
            tasks.push(task);
        }
        let judge = plan.judge.as_ref().map(|judge| judge.judge(sources.store())).transpose()?;
        let open = |name: &String| Ok(models::open(environment, name, sources)?.model);
        let reviewer = plan.episode.review.as_ref().map(|review| open(&review.model)).transpose()?;
        Ok(Self {
            reach: serde_json::to_value(&plan.reach).expect("settings are plain data"),
            stage: Arc::new(Stage::of(environment, tasks)?.reviewed_by(reviewer).with_judge(judge)),
            models: plan.models.iter().map(open).collect::<Result<_, LabError>>()?,
            episode: plan.episode.clone(),
        })
    }

    fn launch(&self, cell: &Cell, bench: &Bench, watch: &dyn Watch) -> Result<Launch, Fault> {
        watch.begun(cell);
        let start = self
            .stage
            .start(place(cell), self.spec(cell), bench, watch.observer(cell))
            .map_err(|error| Fault::new(FaultKind::Task, error.to_string()))?;
        Ok(Launch { start, model: Arc::clone(&self.models[cell.model]) })
    }

    fn record(&self, finished: Finished<(Cell, u32)>, bench: &Bench) -> Record {
        let Finished { key: (cell, attempt), outcome, earlier } = finished;
        let mut record = self.stage.record(place(&cell), attempt, self.spec(&cell), outcome, &earlier, bench);
        record.notes.insert("reach".to_owned(), self.reach.clone());
        record
    }

    fn spec(&self, cell: &Cell) -> EpisodeSpec {
        EpisodeSpec { model: self.models[cell.model].name().to_owned(), ..self.episode.clone() }
    }
}

/// Where on the stage a cell is played.
fn place(cell: &Cell) -> Place {
    Place { task: cell.task, rollout: cell.rollout }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::calibrate::band::{Band, EPISODES_MAX};
    use crate::dataset::{self, Library};
    use crate::report::report;
    use crate::testing::{self, Guess, Memory, Quiet};

    struct Unwatched;

    impl Watch for Unwatched {
        fn sealed(&self, _cell: &Cell, _outcome: &Outcome) {}

        fn observer(&self, _cell: &Cell) -> Option<Arc<dyn Observer>> {
            None
        }
    }

    struct Scene {
        home: tempfile::TempDir,
        store: Arc<Store>,
        tasks: Vec<TaskRef>,
    }

    impl Scene {
        fn new() -> Self {
            let home = tempfile::tempdir().unwrap();
            let library = Library::at(home.path().join("datasets"));
            let tasks = dataset::generate(&testing::order(1, 3), &library, &Quiet::default()).unwrap().tasks;
            let store = Arc::new(Store::open(&home.path().join("runs.sqlite")).unwrap());
            Self { home, store, tasks }
        }

        fn begin(&self, models: &[&str], rollouts: u32) -> Run {
            let models = models.iter().map(|name| (*name).to_owned()).collect();
            let plan = plan(&Guess, &self.tasks, models, rollouts, EpisodeSpec::new(""));
            Ready::check(&Guess, plan, &testing::sources()).unwrap().begin(&self.store).unwrap()
        }

        async fn play(&self, run: &Run, sandbox: Memory, cancel: Cancel) -> Ran {
            let watch: Arc<dyn Watch> = Arc::new(Unwatched);
            run.play(&Bench::of(Arc::new(sandbox)), &self.store, 8, cancel, &watch).await.unwrap()
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_run_seals_every_episode_and_the_store_never_sees_a_canary() {
        let scene = Scene::new();
        let run = scene.begin(&["policy/null", "policy/reference"], 2);
        let ran = scene.play(&run, Memory::default(), Cancel::new()).await;
        assert_eq!(ran, Ran { sealed: 12, left: 0 });
        let reader = scene.store.reader().unwrap();
        let report = report(run.id(), run.plan(), Guess.info(), &reader.tallies(run.id()).unwrap());
        let earned: Vec<_> = report.rows.iter().map(|row| (row.episodes, row.passed)).collect();
        assert_eq!(earned, [(6, 0), (6, 6)]);
        let canaries: Vec<String> =
            scene.tasks.iter().map(|task| task.hidden().unwrap().canary().to_owned()).collect();
        for number in 0..12 {
            let record = serde_json::to_string(&reader.record(run.id(), number).unwrap().record).unwrap();
            assert!(!canaries.iter().any(|canary| record.contains(canary)));
        }
        for file in std::fs::read_dir(scene.home.path()).unwrap().flatten() {
            let Ok(bytes) = std::fs::read(file.path()) else { continue };
            let text = String::from_utf8_lossy(&bytes);
            assert!(!canaries.iter().any(|canary| text.contains(canary)), "{}", file.path().display());
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_expert_plays_on_right_data_and_later_runs_stand_beside_it() {
        let scene = Scene::new();
        let episode = EpisodeSpec { expert: true, ..EpisodeSpec::new("") };
        let model = vec!["policy/reference".to_owned()];
        let planned = plan(&Guess, &scene.tasks, model, 1, episode);
        let run = Ready::check(&Guess, planned, &testing::sources()).unwrap().begin(&scene.store).unwrap();
        scene.play(&run, Memory::default(), Cancel::new()).await;
        let tallies = scene.store.reader().unwrap().tallies(run.id()).unwrap();
        let kept = expert::keep_played(&Guess, run.plan(), &tallies).unwrap();
        assert_eq!(kept.len(), 3);
        assert_eq!((kept[0].1.score, kept[0].1.model.as_deref()), (1.0, Some("policy/reference")));
        let later = scene.begin(&["policy/null"], 1);
        assert!(later.plan().tasks.iter().all(|task| task.expert.as_ref() == Some(&kept[0].1)));
        assert!(expert::keep_played(&Guess, later.plan(), &[]).unwrap_err().hint().contains("--num-runs"));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn voids_are_tried_again_on_resume_and_graded_episodes_never() {
        let scene = Scene::new();
        let run = scene.begin(&["policy/null", "policy/reference"], 1);
        let broken = Memory { failures: 1_000.into() };
        scene.play(&run, broken, Cancel::new()).await;
        let sealed = || scene.store.reader().unwrap().tallies(run.id()).unwrap();
        let graded = |tallies: &[crate::store::Tally]| {
            tallies.iter().filter(|tally| tally.outcome.reward.is_some()).count()
        };
        // The null policy needs no box, the reference does.
        let (before, left) = (sealed(), run.left(&scene.store).unwrap());
        assert_eq!(before.len(), 6);
        assert_eq!(left.len(), 6 - graded(&before));
        assert!(!left.is_empty());
        let again =
            Ready::check(&Guess, run.plan().clone(), &testing::sources()).unwrap().resume(run.id().clone());
        let ran = scene.play(&again, Memory::default(), Cancel::new()).await;
        assert_eq!(ran, Ran { sealed: left.len(), left: 0 });
        let after = sealed();
        assert_eq!(graded(&after), 6);
        for (before, after) in before.iter().zip(&after) {
            let was_graded = before.outcome.reward.is_some();
            assert_eq!(was_graded, before.attempt == after.attempt, "cell {}", after.number);
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_run_until_placed_stops_as_soon_as_every_rate_is_placed() {
        let scene = Scene::new();
        let models = ["policy/null", "policy/reference"].map(str::to_owned).to_vec();
        let mut plan = plan(&Guess, &scene.tasks, models, EPISODES_MAX as u32, EpisodeSpec::new(""));
        plan.until_placed = Some(Band::standard());
        let run = Ready::check(&Guess, plan, &testing::sources()).unwrap().begin(&scene.store).unwrap();
        let ran = scene.play(&run, Memory::default(), Cancel::new()).await;
        // All of 4 pass: too easy. None of 28 pass: too hard.
        assert_eq!(ran, Ran { sealed: 3 * (4 + 28), left: 0 });
        assert_eq!(scene.play(&run, Memory::default(), Cancel::new()).await, Ran { sealed: 0, left: 0 });
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_stopped_run_says_what_is_left_and_goes_on_there() {
        let scene = Scene::new();
        let run = scene.begin(&["policy/reference"], 2);
        let cancel = Cancel::new();
        cancel.cancel();
        assert_eq!(scene.play(&run, Memory::default(), cancel).await, Ran { sealed: 0, left: 6 });
        assert_eq!(scene.play(&run, Memory::default(), Cancel::new()).await, Ran { sealed: 6, left: 0 });
        assert_eq!(scene.play(&run, Memory::default(), Cancel::new()).await, Ran { sealed: 0, left: 0 });
    }

    #[test]
    fn nothing_is_played_on_an_edited_task() {
        let scene = Scene::new();
        let run = scene.begin(&["policy/null"], 1);
        let edit = |path: &Path| std::fs::write(path, "edited").unwrap();
        edit(&scene.tasks[1].folder().join("hidden/golden.txt"));
        let error = Ready::check(&Guess, run.plan().clone(), &testing::sources()).err().unwrap();
        assert!(error.to_string().contains("hidden/golden.txt was edited"), "{error}");
    }

    #[test]
    fn a_task_of_another_version_or_environment_is_refused() {
        let scene = Scene::new();
        let mut run = scene.begin(&["policy/null"], 1);
        run.plan.models = vec!["policy/nul".to_owned()];
        assert!(Ready::check(&Guess, run.plan.clone(), &testing::sources()).is_err());
        run.plan.tasks[0].digest = envy_core::Digest::of(b"another");
        run.plan.models.clear();
        let error = Ready::check(&Guess, run.plan.clone(), &testing::sources()).err().unwrap();
        assert!(error.to_string().contains("no longer the task"), "{error}");
    }
}
