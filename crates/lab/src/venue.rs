//! Venue: where drivers from outside (an MCP client, a trainer over OpenEnv) play episodes. It opens them, passes calls
//! on to them, and seals what comes of them in a run of its own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use envy_core::{
    End, Environment, EpisodeSpec, Fault, FaultKind, Message, Model, Record, Reply, RunId, Score, ToolCall,
    ToolSchema, Verdict,
};
use envy_rollout::{Cancel, Episode, Finished, Launch, Schedule};
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::admission::{admit, check};
use crate::bench::Bench;
use crate::dataset::TaskRef;
use crate::error::LabError;
use crate::run::plan;
use crate::stage::{Place, Stage};
use crate::store::{Outcome, Store};

/// Where drivers from outside play.
pub struct Venue {
    stage: Arc<Stage>,
    spec: EpisodeSpec,
    bench: Bench,
    store: Arc<Store>,
    book: Mutex<Book>,
    /// One place for each core: when a thousand clients leave at once, their records must not crowd out the steps of
    /// those who stay.
    sealing: Semaphore,
}

/// What is counted.
#[derive(Default)]
struct Book {
    /// The run of each driver, and how many of its episodes are sealed.
    runs: BTreeMap<String, (RunId, u32)>,
    /// How often each task was begun by each driver.
    rollouts: BTreeMap<(String, usize), u32>,
}

/// A live episode that a driver from outside plays call by call.
pub struct Attempt {
    venue: Arc<Venue>,
    episode: Episode,
    place: Place,
    calls: u32,
}

/// What one call brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// What the agent reads.
    pub text: String,
    /// The call failed.
    pub is_error: bool,
    /// There is a tool of that name.
    pub known: bool,
    /// Why the episode is over, if it is.
    pub end: Option<End>,
}

/// A finished episode. Only the reward, whether it passed and why it ended are for the client; the rest is the
/// operator's.
#[derive(Debug)]
pub struct Closed {
    /// Why it ended.
    pub end: End,
    /// The score, or whose fault it is that there is none.
    pub verdict: Verdict,
    /// What a report needs of it.
    pub outcome: Outcome,
    /// The run that the record is in, and its number there; nothing if there was nothing to seal.
    pub sealed: Option<(RunId, u32)>,
}

impl Closed {
    /// The score as it counts; nothing of a void, and of an episode that is left out for a breach.
    pub fn score(&self) -> Option<&Score> {
        self.verdict.score().filter(|_| !self.outcome.filtered)
    }
}

impl Venue {
    /// A venue for `tasks`, each of which is read and checked. `spec` names the driver as its model.
    ///
    /// # Errors
    /// There is no task, or one was edited or belongs elsewhere.
    pub fn open(
        environment: &'static dyn Environment,
        tasks: Vec<TaskRef>,
        spec: EpisodeSpec,
        bench: Bench,
        store: Arc<Store>,
    ) -> Result<Self, LabError> {
        if tasks.is_empty() {
            return Err(LabError::usage("there is no task to play", "make one with `envy dataset generate`"));
        }
        admit(environment, &spec)?;
        tasks.iter().try_for_each(|task| check(environment, task))?;
        let stage = Arc::new(Stage::of(environment, tasks)?);
        let sealing = Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from));
        Ok(Self { stage, spec, bench, store, book: Mutex::default(), sealing })
    }

    /// The kind of task.
    pub fn environment(&self) -> &'static dyn Environment {
        self.stage.environment
    }

    /// The tasks, in order.
    pub fn tasks(&self) -> &[TaskRef] {
        &self.stage.tasks
    }

    /// The tools on offer.
    pub fn tools(&self) -> &[ToolSchema] {
        self.stage.toolbox.schemas()
    }

    /// How the episodes are attempted.
    pub fn spec(&self) -> &EpisodeSpec {
        &self.spec
    }

    /// The prompt of a task: (system, user). No episode is started.
    ///
    /// # Errors
    /// The task was edited.
    pub fn prompt(&self, task: usize) -> Result<(String, String), LabError> {
        let brief = self.stage.brief(task)?;
        Ok(self.stage.environment.prompt(&brief, &self.spec))
    }

    /// Starts an episode on a task. No box is opened before a tool needs one.
    ///
    /// # Errors
    /// The task was edited.
    pub fn start(self: &Arc<Self>, task: usize) -> Result<Attempt, LabError> {
        let place = self.next_place(task, &self.spec.model);
        let start = self.stage.start(place, self.spec.clone(), &self.bench, None)?;
        Ok(Attempt { venue: Arc::clone(self), episode: Episode::start(start), place, calls: 0 })
    }

    /// Plays a whole episode with a model, tried again while it comes out void, and seals it; nothing if `cancel` is
    /// thrown before its end.
    ///
    /// # Errors
    /// The store failed.
    pub async fn play(
        self: &Arc<Self>,
        task: usize,
        model: Arc<dyn Model>,
        spec: EpisodeSpec,
        cancel: Cancel,
    ) -> Result<Option<Closed>, LabError> {
        let place = self.next_place(task, &spec.model);
        let launch = {
            let (venue, spec) = (Arc::clone(self), spec.clone());
            move |(): &()| {
                let start = venue.stage.start(place, spec.clone(), &venue.bench, None);
                let start = start.map_err(|error| Fault::new(FaultKind::Task, error.to_string()))?;
                Ok(Launch { start, model: Arc::clone(&model) })
            }
        };
        let mut over = None;
        Schedule::new(1, cancel).run([()], launch, |finished| over = Some(finished)).await;
        let Some(Finished { outcome, earlier, .. }) = over else { return Ok(None) };
        let record = self.stage.record(place, 0, spec, outcome, &earlier, &self.bench);
        self.close(record).await.map(Some)
    }

    /// The run that the episodes of outside drivers are sealed in, once there is one.
    pub fn run(&self) -> Option<RunId> {
        self.book().runs.get(&self.spec.model).map(|(run, _)| run.clone())
    }

    fn next_place(&self, task: usize, driver: &str) -> Place {
        let mut book = self.book();
        let next = book.rollouts.entry((driver.to_owned(), task)).or_default();
        *next += 1;
        Place { task, rollout: *next - 1 }
    }

    /// Seals a record off the asynchronous threads.
    async fn close(self: &Arc<Self>, record: Record) -> Result<Closed, LabError> {
        let _place = self.sealing.acquire().await.expect("the semaphore is never closed");
        let venue = Arc::clone(self);
        let sealing = tokio::task::spawn_blocking(move || {
            let sealed = venue.seal(&record)?;
            let outcome = Outcome::of(&record);
            // Whoever plays is told the reward that counts.
            let verdict = record.counted().map_or(record.verdict, Verdict::Graded);
            Ok(Closed { end: record.end, verdict, outcome, sealed: Some(sealed) })
        });
        match sealing.await {
            Ok(closed) => closed,
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }

    /// Seals a record: in a run of its driver's that begins with the first one.
    fn seal(&self, record: &Record) -> Result<(RunId, u32), LabError> {
        let driver = &record.episode.model;
        let (run, number) = {
            let mut book = self.book();
            if !book.runs.contains_key(driver) {
                let models = vec![driver.clone()];
                let plan = plan(self.stage.environment, &self.stage.tasks, models, 0, record.episode.clone());
                book.runs.insert(driver.clone(), (self.store.begin(&plan)?, 0));
            }
            let (run, sealed) = book.runs.get_mut(driver).expect("it was just put there");
            *sealed += 1;
            (run.clone(), *sealed - 1)
        };
        self.store.seal(&run, number, record)?;
        Ok((run, number))
    }

    fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt {
    /// Index of the task among the venue's.
    pub fn task(&self) -> usize {
        self.place.task
    }

    /// What the agent reads first: (system, user).
    pub fn prompt(&self) -> (String, String) {
        let (mut system, mut user) = (String::new(), String::new());
        for message in self.episode.messages() {
            match message {
                Message::System { text } if system.is_empty() => system.clone_from(text),
                Message::User { text } if user.is_empty() => user.clone_from(text),
                _ => {}
            }
        }
        (system, user)
    }

    /// Calls that were played.
    pub fn calls(&self) -> u32 {
        self.calls
    }

    /// Why the episode is over, if it is.
    pub fn end(&self) -> Option<End> {
        self.episode.end()
    }

    /// Plays one call as a turn of its own. Whoever drops this half-way drops the attempt with it.
    pub async fn call(&mut self, name: &str, arguments: Value) -> Called {
        let known = self.episode.tools().iter().any(|tool| tool.name == name);
        self.calls += 1;
        let call = ToolCall { id: format!("call-{}", self.calls), name: name.to_owned(), arguments };
        let reply = Reply { calls: vec![call], ..Reply::default() };
        let step = self.episode.step(reply).await;
        let seen = step.observations.first();
        let text = seen.map_or("not run: the episode is over", |seen| seen.text.as_str()).to_owned();
        Called { text, is_error: seen.is_none_or(|seen| seen.is_error), known, end: step.done }
    }

    /// Grades the submission, or the files as they stand, and seals the record.
    ///
    /// # Errors
    /// The store failed.
    pub async fn finish(self) -> Result<Closed, LabError> {
        let Self { venue, episode, place, .. } = self;
        let outcome = episode.finish().await;
        let record = venue.stage.record(place, 0, venue.spec.clone(), outcome, &[], &venue.bench);
        venue.close(record).await
    }

    /// Ends the episode without a grade because its driver is gone: `why` is the detail of the void. Nothing is sealed
    /// of an episode in which nothing was called.
    ///
    /// # Errors
    /// The store failed.
    pub async fn abandon(mut self, why: &str) -> Result<Option<Closed>, LabError> {
        if self.calls == 0 {
            return Ok(None);
        }
        self.episode.break_off_for_good(Fault::new(FaultKind::Provider, why));
        self.finish().await.map(Some)
    }
}

#[cfg(test)]
mod tests {
    use envy_core::{FlagKind, IntegrityMode};
    use serde_json::json;

    use super::*;
    use crate::dataset::{self, Library};
    use crate::testing::{self, Guess, Memory, Quiet};

    struct Scene {
        _home: tempfile::TempDir,
        venue: Arc<Venue>,
    }

    fn scene() -> Scene {
        scene_of(EpisodeSpec::new("served/test"))
    }

    fn scene_of(spec: EpisodeSpec) -> Scene {
        let home = tempfile::tempdir().unwrap();
        let library = Library::at(home.path().join("datasets"));
        let tasks = dataset::generate(&testing::order(1, 2), &library, &Quiet::default()).unwrap().tasks;
        let store = Arc::new(Store::open(&home.path().join("runs.sqlite")).unwrap());
        let bench = Bench::of(Arc::new(Memory::default()));
        let venue = Venue::open(&Guess, tasks, spec, bench, store).unwrap();
        Scene { _home: home, venue: Arc::new(venue) }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_outside_driver_plays_to_a_sealed_verdict() {
        let scene = scene();
        let mut attempt = scene.venue.start(1).unwrap();
        let hint = attempt.call("read_file", json!({"path": "hint.txt"})).await;
        assert!(!hint.is_error && hint.end.is_none(), "{hint:?}");
        let content = scene.venue.stage.brief(1).unwrap();
        let content = String::from_utf8_lossy(content.file("hint.txt").unwrap()).into_owned();
        attempt.call("write_file", json!({"path": "answer.txt", "content": content})).await;
        let unknown = attempt.call("guess", json!({})).await;
        assert!(unknown.is_error && !unknown.known, "{unknown:?}");
        assert_eq!(attempt.call("submit_answer", json!({})).await.end, Some(End::Submitted));
        let closed = attempt.finish().await.unwrap();
        assert!(closed.score().unwrap().passed);
        let (run, number) = closed.sealed.unwrap();
        let reader = scene.venue.store.reader().unwrap();
        let record = reader.record(&run, number).unwrap().record;
        assert_eq!((record.trajectory.turns.len(), record.episode.model.as_str()), (4, "served/test"));
        assert_eq!(reader.tallies(&run).unwrap().len(), 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn whoever_snoops_is_told_what_counts_and_the_record_keeps_verdict_and_mode() {
        for (mode, told) in [
            (IntegrityMode::Report, Some((1.0, true))),
            (IntegrityMode::Penalise, Some((0.0, false))),
            (IntegrityMode::Filter, None),
        ] {
            let scene = scene_of(EpisodeSpec { integrity: mode, ..EpisodeSpec::new("served/test") });
            let mut attempt = scene.venue.start(0).unwrap();
            attempt.call("read_file", json!({"path": "../hidden/golden.csv"})).await;
            let content = scene.venue.stage.brief(0).unwrap();
            let content = String::from_utf8_lossy(content.file("hint.txt").unwrap()).into_owned();
            attempt.call("write_file", json!({"path": "answer.txt", "content": content})).await;
            attempt.call("submit_answer", json!({})).await;
            let closed = attempt.finish().await.unwrap();
            assert_eq!(closed.score().map(|score| (score.reward, score.passed)), told, "{mode}");
            let (run, number) = closed.sealed.unwrap();
            let record = scene.venue.store.reader().unwrap().record(&run, number).unwrap().record;
            let earned = record.verdict.score().map(|score| score.reward);
            assert_eq!((record.integrity.mode, earned), (mode, Some(1.0)), "the verdict stays the grader's");
            assert_eq!(record.integrity.kinds(), [FlagKind::HiddenData]);
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_model_plays_into_a_run_of_its_own_unless_it_is_stopped_first() {
        let scene = scene();
        let name = "policy/reference";
        let sources =
            crate::models::ModelSettings::default().sources(std::path::Path::new("/no/store")).unwrap();
        let model = crate::models::open(&Guess, name, &sources).unwrap().model;
        let play = |cancel| scene.venue.play(0, Arc::clone(&model), EpisodeSpec::new(name), cancel);
        for number in 0..2 {
            let closed = play(Cancel::new()).await.unwrap().unwrap();
            assert!(closed.outcome.passed);
            let (run, sealed) = closed.sealed.unwrap();
            let record = scene.venue.store.reader().unwrap().record(&run, sealed).unwrap().record;
            assert_eq!((sealed, record.rollout), (number, number));
        }
        let thrown = Cancel::new();
        thrown.cancel();
        assert!(play(thrown).await.unwrap().is_none());
        let runs = scene.venue.store.reader().unwrap().runs().unwrap();
        assert_eq!((runs.len(), runs[0].planned, &runs[0].models[0]), (1, 2, &name.to_owned()));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_abandoned_episode_is_void_and_an_untouched_one_leaves_nothing() {
        let scene = scene();
        let untouched = scene.venue.start(0).unwrap();
        assert!(untouched.abandon("gone").await.unwrap().is_none());
        assert!(scene.venue.run().is_none());
        let mut begun = scene.venue.start(0).unwrap();
        begun.call("list_files", json!({})).await;
        let closed = begun.abandon("gone").await.unwrap().unwrap();
        assert_eq!(closed.verdict, Verdict::Void(Fault::new(FaultKind::Provider, "gone")));
        assert!(closed.sealed.is_some());
    }
}
