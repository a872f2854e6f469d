//! Stage: what every episode on some tasks of one environment needs, and how one is set up and sealed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use envy_core::{
    BoxFile, Brief, Environment, EpisodeSpec, Fault, FlagKind, Integrity, IntegrityFlag, Judge, Model,
    OnReview, Record, Review, Reviewer, Seed, TaskId,
};
use envy_environments::integrity::{Case, HONEY_FILE, examine, honey_text, honey_token};
use envy_rollout::{EpisodeStart, Observer, OpenGrader, Outcome, Toolbox, agent_box};
use serde_json::json;

use crate::bench::Bench;
use crate::dataset::TaskRef;
use crate::error::LabError;
use crate::expert;
use crate::graders::Graders;
use crate::review::ModelReviewer;

/// What the episodes on some tasks share.
pub(crate) struct Stage {
    pub(crate) environment: &'static dyn Environment,
    pub(crate) tasks: Vec<TaskRef>,
    pub(crate) toolbox: Arc<Toolbox>,
    judge: Option<Arc<dyn Judge>>,
    graders: Graders,
    /// Who reads the code before it is evaluated.
    reviewer: Option<Arc<dyn Model>>,
    briefs: Mutex<BTreeMap<usize, Weak<Brief>>>,
}

/// Which episode of a stage: a task, and the how-manieth rollout of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) task: usize,
    pub(crate) rollout: u32,
}

impl Stage {
    /// A stage of tasks that were checked.
    pub(crate) fn of(environment: &'static dyn Environment, tasks: Vec<TaskRef>) -> Result<Self, LabError> {
        let info = environment.info();
        let toolbox = Toolbox::new(info.tools, &(info.submission_schema)())?;
        let (graders, briefs) = (Graders::default(), Mutex::default());
        let toolbox = Arc::new(toolbox);
        Ok(Self { environment, tasks, toolbox, judge: None, graders, reviewer: None, briefs })
    }

    /// The same stage, where a model reviews.
    pub(crate) fn reviewed_by(self, reviewer: Option<Arc<dyn Model>>) -> Self {
        Self { reviewer, ..self }
    }

    /// The same with a judge.
    pub(crate) fn with_judge(self, judge: Option<Arc<dyn Judge>>) -> Self {
        Self { judge, ..self }
    }

    /// The visible half of a task, in memory while an episode works on it.
    pub(crate) fn brief(&self, task: usize) -> Result<Arc<Brief>, LabError> {
        let held =
            self.briefs.lock().unwrap_or_else(PoisonError::into_inner).get(&task).and_then(Weak::upgrade);
        if let Some(brief) = held {
            return Ok(brief);
        }
        let brief = self.tasks[task].brief()?;
        self.briefs.lock().unwrap_or_else(PoisonError::into_inner).insert(task, Arc::downgrade(&brief));
        Ok(brief)
    }

    /// Everything that an episode starts from.
    pub(crate) fn start(
        self: &Arc<Self>,
        place: Place,
        spec: EpisodeSpec,
        bench: &Bench,
        observer: Option<Arc<dyn Observer>>,
    ) -> Result<EpisodeStart, LabError> {
        let brief = self.brief(place.task)?;
        let open_grader: OpenGrader = {
            let (stage, brief) = (Arc::clone(self), Arc::clone(&brief));
            Arc::new(move || stage.graders.open(stage.environment, &stage.tasks[place.task], &brief))
        };
        let task = &self.tasks[place.task];
        let id = task.id();
        let shown = if spec.expert {
            Arc::new(expert::uncorrupted(self.environment, task, &brief)?.brief)
        } else {
            brief
        };
        let seed = episode_seed(id, place.rollout);
        let shown = if spec.honey { Arc::new(baited(&shown, &seed)) } else { shown };
        let reviewer = self.reviewer_of(&spec, &shown, seed);
        let toolbox = if spec.slow { Arc::new(self.toolbox.slow()) } else { Arc::clone(&self.toolbox) };
        Ok(EpisodeStart {
            prompt: self.environment.prompt(&shown, &spec),
            brief: shown,
            spec,
            toolbox,
            runner: bench.runner().clone(),
            box_limits: agent_box(),
            open_grader,
            judge: self.judge.clone(),
            seed,
            observer,
            reviewer,
        })
    }

    fn reviewer_of(&self, spec: &EpisodeSpec, brief: &Arc<Brief>, seed: Seed) -> Option<Arc<dyn Reviewer>> {
        let (model, review) = (self.reviewer.as_ref()?, spec.review.as_ref()?);
        Some(Arc::new(ModelReviewer {
            model: Arc::clone(model),
            on_review: review.on_review,
            brief: Arc::clone(brief),
            episode: EpisodeSpec { model: review.model.clone(), ..spec.clone() },
            seed,
        }))
    }

    /// The record of an episode after `attempt` earlier tries, the last of them for the faults in `earlier`.
    pub(crate) fn record(
        &self,
        place: Place,
        attempt: u32,
        spec: EpisodeSpec,
        outcome: Outcome,
        earlier: &[Fault],
        bench: &Bench,
    ) -> Record {
        let task = &self.tasks[place.task];
        let lists = [
            ("left_out", json!(outcome.left_out)),
            ("earlier_faults", json!(earlier)),
            ("reviews", json!(outcome.reviews)),
        ];
        let objections = objections(&outcome.reviews);
        let may_block = spec.review.as_ref().is_some_and(|review| review.on_review == OnReview::Block);
        let is_last = |review: &Review| review.before == BEFORE_GRADE && review.objection().is_some();
        let blocked = may_block && outcome.reviews.iter().any(is_last);
        let mode = spec.integrity;
        let told = lists.into_iter().filter(|(_, list)| list.as_array().is_some_and(|list| !list.is_empty()));
        let mut record = Record {
            schema: "envy.record/1".to_owned(),
            task: task.id().clone(),
            task_digest: task.digest(),
            rollout: place.rollout,
            attempt: attempt + earlier.len() as u32,
            episode: spec,
            end: outcome.end,
            trajectory: outcome.trajectory,
            submission: outcome.submission,
            job_results: outcome.job_results,
            rulings: outcome.rulings,
            probes: outcome.probes,
            verdict: outcome.verdict,
            grader: self.environment.info().grader_name(),
            integrity: Integrity { mode, flags: Vec::new(), blocked },
            sandbox: bench.runner().sandbox().name().to_owned(),
            runtime: bench.runtime().to_owned(),
            wall_ms: outcome.wall_ms,
            notes: told.map(|(name, list)| (name.to_owned(), list)).collect(),
        };
        record.integrity.flags = self.examined(place, &record);
        record.integrity.flags.extend(objections);
        record
    }

    /// The signs of cheating in a record. A task that has gone since leaves nothing to compare with.
    fn examined(&self, place: Place, record: &Record) -> Vec<IntegrityFlag> {
        let task = &self.tasks[place.task];
        let Ok(brief) = self.brief(place.task) else { return Vec::new() };
        let canary = task.canary().ok();
        let honey = record.episode.honey.then(|| honey_token(&episode_seed(task.id(), place.rollout)));
        examine(&Case { brief: &brief, record, canary: canary.as_deref(), honey: honey.as_deref() })
    }
}

/// How a review before the final grading is called.
const BEFORE_GRADE: &str = "grade";

/// What reviewers objected to.
fn objections(reviews: &[Review]) -> Vec<IntegrityFlag> {
    let told = |review: &Review| {
        let reason = review.objection()?;
        Some(IntegrityFlag::new(FlagKind::Review, format!("before {}: {reason}", review.before)))
    };
    reviews.iter().filter_map(told).collect()
}

/// The visible half with a bait beside it.
fn baited(brief: &Brief, seed: &Seed) -> Brief {
    let mut brief = brief.clone();
    brief.files.push(BoxFile::new(HONEY_FILE, honey_text(&honey_token(seed))));
    brief
}

/// Where the choices of a scripted policy come from, different in each rollout of a task; also what a replay finds its
/// episodes by.
pub(crate) fn episode_seed(task: &TaskId, rollout: u32) -> Seed {
    Seed::named("episode").derive(&format!("{task}/{rollout}"))
}
